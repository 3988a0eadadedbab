package dev.ashlar.verification.properties;

import dev.ashlar.api.Inspectable;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.ChurnWorkload;
import dev.ashlar.testkit.ChurnWorkload.Mix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;

/**
 * The work of one of several threads. Blocks pass between threads through an exchange. Blocks that a worker leaves
 * there when it ends are freed by another worker or by the test.
 */
sealed interface Worker {

    /**
     * Works until it is done.
     *
     * @param subject the allocator
     * @param exchange passes blocks to other workers
     * @param allocations counts the allocated blocks
     * @param number the number of the worker
     */
    void work(AllocatorUnderTest subject, Queue<MemorySegment> exchange, LongAdder allocations, int number);

    /** Allocates, some in batches, and frees nothing. */
    record Producer(int operations, long seed) implements Worker {
        @Override
        public void work(AllocatorUnderTest subject, Queue<MemorySegment> exchange, LongAdder allocations, int number) {
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < operations; i++) {
                List<MemorySegment> blocks = blocks(subject, random);
                exchange.addAll(blocks);
                allocations.add(blocks.size());
            }
        }

        private static List<MemorySegment> blocks(AllocatorUnderTest subject, SplittableRandom random) {
            return switch (random.nextInt(16)) {
                case 0 -> subject.allocateAll(random.nextLong(1, 2048), alignment(random), random.nextInt(1, 20));
                case 1 -> subject.allocateAll(new long[] {size(random), size(random), size(random)}, alignment(random));
                default -> List.of(subject.allocate(size(random), alignment(random)));
            };
        }

        /** Uniform over the logarithm, up to 64 KiB. One in a few hundred is larger than any slot. */
        private static long size(SplittableRandom random) {
            return random.nextInt(300) == 0 ? Steps.LARGEST : random.nextLong(1L << random.nextInt(1, 17));
        }

        private static long alignment(SplittableRandom random) {
            return random.nextInt(4) > 0 ? 8 : 1L << random.nextInt(13);
        }
    }

    /** Frees blocks that others allocated. It looks for a block a number of times, and may find none. */
    record Consumer(int operations) implements Worker {
        @Override
        public void work(AllocatorUnderTest subject, Queue<MemorySegment> exchange, LongAdder allocations, int number) {
            for (int i = 0; i < operations; i++) {
                MemorySegment block = exchange.poll();
                if (block == null) {
                    Thread.onSpinWait();
                } else {
                    subject.free(block);
                }
            }
        }
    }

    /** Allocates and frees its own and other blocks, and ends with some live blocks. */
    record Churner(int operations) implements Worker {
        @Override
        public void work(AllocatorUnderTest subject, Queue<MemorySegment> exchange, LongAdder allocations, int number) {
            ChurnWorkload churn = new ChurnWorkload(subject, Mix.SINGLE, exchange, number);
            churn.run(operations);
            allocations.add(churn.served());
        }
    }

    /** Trims, reads the figures and walks over everything while the others work. */
    record Observer(int operations) implements Worker {
        @Override
        public void work(AllocatorUnderTest subject, Queue<MemorySegment> exchange, LongAdder allocations, int number) {
            for (int i = 0; i < operations; i += 50) {
                subject.allocator().trim();
                if (subject.stats().committedBytes() < 0) {
                    throw new AssertionError("rule 10: negative committed bytes");
                }
                subject.allocator()
                        .as(Inspectable.class)
                        .ifPresent(inspectable -> inspectable.inspect(new Inspectable.Visitor() {}));
            }
        }
    }
}
