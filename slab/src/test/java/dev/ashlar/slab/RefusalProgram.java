package dev.ashlar.slab;

import dev.ashlar.api.Allocator;
import dev.ashlar.testkit.UnbackedSource;
import java.util.concurrent.CountDownLatch;

/** Requests until the limit refuses, with free memory in the slabs of threads that wait, and then requests more. */
final class RefusalProgram {

    static final String BEGIN = "requests begin";
    static final String END = "requests end";

    private static final int THREADS = 4;

    private RefusalProgram() {}

    /**
     * Prints how many blocks were served, between two lines that mark the time of the requests.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) throws InterruptedException {
        try (Allocator allocator =
                Slab.builder().source(new UnbackedSource()).limit("1MiB").build()) {
            for (int i = 0; i < THREADS; i++) { // one after the other: at once, some would share a heap
                CountDownLatch used = new CountDownLatch(1);
                Thread.ofPlatform().daemon().start(() -> {
                    allocator.free(allocator.allocate(1024));
                    used.countDown();
                    await(new CountDownLatch(1));
                });
                used.await();
            }
            System.out.println(BEGIN);
            int served = 0;
            int refused = 0;
            while (refused < 100) {
                if (allocator.tryAllocate(1024, 8) == null) {
                    refused++;
                } else {
                    served++;
                }
            }
            System.out.println(END);
            System.out.println(served + " served");
        }
        System.exit(0);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
