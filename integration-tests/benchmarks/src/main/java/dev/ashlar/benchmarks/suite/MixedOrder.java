package dev.ashlar.benchmarks.suite;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Blocks freed partly in the order of their allocation and partly in reverse, while a window of them survives. It
 * separates allocators that keep neighbours together from others. Each thread fills a ring of slots with runs of blocks
 * of one size, from one byte to 1,000. When the cursor reaches the end, the next fifth of the ring becomes the
 * protected window; the blocks below it are freed in order, those above it in reverse order, and the cursor goes on at
 * the bottom and skips the window. In the remote kind, a random half of the freed blocks goes to the next thread, which
 * frees them in reverse order.
 *
 * <p>An operation is an allocation, with its free. The work is the same for any number of threads.
 *
 * @param slots of all threads together
 * @param passes through all sizes, of all threads together
 * @param run how many blocks of one size below 100 bytes are allocated in a run; of larger sizes it is a fifth
 * @param remote whether a half of the blocks is freed by another thread
 */
record MixedOrder(int slots, int passes, int run, boolean remote) implements Workload {

    private static final int SMALL_BELOW = 100;
    private static final int SIZE_BELOW = 1_000;
    private static final int FEWER = 5;

    static MixedOrder of(Length length, boolean remote) {
        return new MixedOrder(
                length.of(1_600, 10_000, 10_000), length.of(1, 100, 10_000), length.of(25, 250, 250), remote);
    }

    @Override
    public Score run(Team team) throws InterruptedException {
        List<Queue<Slots>> inboxes = Stream.<Queue<Slots>>generate(ConcurrentLinkedQueue::new)
                .limit(team.size())
                .toList();
        long nanos = team.time(client -> {
            Queue<Slots> own = inboxes.get(client.index);
            Queue<Slots> next = inboxes.get((client.index + 1) % team.size());
            new Ring(client, Math.max(FEWER, slots / team.size()), own, remote ? next : null)
                    .run(Math.max(1, passes / team.size()));
        });
        team.prepare(main -> inboxes.forEach(inbox -> freeReceived(inbox, main)));
        return new Score(team.operations(), nanos);
    }

    private static void freeReceived(Queue<Slots> inbox, Client client) {
        for (Slots received = inbox.poll(); received != null; received = inbox.poll()) {
            for (int slot = received.count() - 1; slot >= 0; slot--) {
                received.free(client, slot);
            }
        }
    }

    /** The blocks of a thread. */
    private final class Ring {

        private final Client client;
        private final Slots ring;
        private final Queue<Slots> inbox;

        /** Where the half of the freed blocks goes, or null. */
        private final @Nullable Queue<Slots> next;

        private int cursor;
        private int windowStart;
        private int windowEnd;

        Ring(Client client, int slots, Queue<Slots> inbox, @Nullable Queue<Slots> next) {
            this.client = client;
            this.ring = new Slots(slots);
            this.inbox = inbox;
            this.next = next;
        }

        void run(int times) {
            for (int time = 0; time < times; time++) {
                for (int largest = 1; largest < SIZE_BELOW; largest = 3 * largest / 2 + 1) {
                    for (int size = largest; size >= 1; size /= 2) {
                        int blocks = size < SMALL_BELOW ? run : run / FEWER;
                        for (int block = 0; block < blocks; block++) {
                            append(size);
                        }
                        client.count(blocks);
                    }
                }
            }
            ring.freeAll(client);
        }

        private void append(int byteSize) {
            if (cursor == windowStart) {
                cursor = windowEnd;
            }
            if (cursor == ring.count()) {
                turn();
            }
            long address = ring.allocate(client, cursor, byteSize);
            client.putByte(address, byteSize);
            client.putByte(address + byteSize - 1, byteSize);
            cursor++;
        }

        /** Protects the next window and frees everything else. */
        private void turn() {
            int protectedSlots = ring.count() / FEWER;
            windowStart = windowEnd + protectedSlots > ring.count() ? 0 : windowEnd;
            windowEnd = windowStart + protectedSlots;
            Slots away = new Slots(next == null ? 0 : ring.count());
            int sent = 0;
            for (int slot = 0; slot < windowStart; slot++) {
                sent += freeOrMove(slot, away, sent);
            }
            for (int slot = ring.count() - 1; slot >= windowEnd; slot--) {
                sent += freeOrMove(slot, away, sent);
            }
            if (next != null) {
                next.add(away);
                freeReceived(inbox, client);
            }
            cursor = windowStart == 0 ? windowEnd : 0;
        }

        /** Frees the block of a slot, or moves it away and returns 1. */
        private int freeOrMove(int slot, Slots away, int sent) {
            if (next == null || client.random.nextBoolean()) {
                ring.free(client, slot);
                return 0;
            }
            ring.move(slot, away, sent);
            return 1;
        }
    }
}
