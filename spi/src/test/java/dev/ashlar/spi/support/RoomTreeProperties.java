package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** The tree against an array that is searched from its start. */
class RoomTreeProperties {

    private static final int LONGEST = 64;

    record Step(int kind, double range, int length) {}

    /** Counts the nodes that are looked at, and lets another thread act in between. */
    private static final class Watched extends RoomTree {
        private long looks;
        private long interruptedAfter;
        private Runnable other = () -> {};

        Watched(int capacity) {
            super(capacity);
        }

        @Override
        protected int at(int level, int index) {
            int node = super.at(level, index);
            if (++looks == interruptedAfter) {
                other.run();
            }
            return node;
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.doubles().between(0, 0.99),
                        Arbitraries.integers().between(1, LONGEST))
                .as(Step::new)
                .list()
                .ofMaxSize(200);
    }

    @Property
    void mustFindTheFirstRangeThatHasRoom(
            @ForAll @IntRange(min = 1, max = 5000) int capacity, @ForAll("steps") List<Step> steps) {
        RoomTree tree = new RoomTree(capacity);
        int[] room = new int[capacity];
        for (Step step : steps) {
            int range = (int) (step.range * capacity);
            switch (step.kind) {
                case 0 -> {
                    room[range] = Math.max(room[range], step.length);
                    tree.raise(range, step.length);
                }
                case 1 -> {
                    room[range] = Math.min(room[range], step.length - 1);
                    tree.lower(range, i -> room[i]);
                }
                default -> assertThat(tree.next(range, step.length)).isEqualTo(firstFrom(room, range, step.length));
            }
            assertThat(tree.next(0, step.length)).isEqualTo(firstFrom(room, 0, step.length));
            tree.checkInvariants();
        }
    }

    private static int firstFrom(int[] room, int from, int length) {
        for (int i = from; i < room.length; i++) {
            if (room[i] >= length) {
                return i;
            }
        }
        return -1;
    }

    /** 16 nodes a level, up and down, whatever is beside. */
    @Example
    void mustLookAtFewNodesHoweverManyRangesThereAre() {
        for (int capacity : new int[] {10, 1_000, 100_000}) {
            Watched tree = new Watched(capacity);
            tree.raise(capacity - 1, 8);
            for (int from : new int[] {0, 1, capacity / 2, capacity - 1}) {
                tree.looks = 0;
                assertThat(tree.next(from, 8)).isEqualTo(capacity - 1);
                assertThat(tree.looks).as("looks among %s ranges", capacity).isLessThanOrEqualTo(2 * 16 * 5);
                tree.looks = 0;
                assertThat(tree.next(from, 9)).isEqualTo(-1);
                assertThat(tree.looks).isLessThanOrEqualTo(2 * 16 * 5);
            }
            tree.looks = 0;
            tree.lower(capacity - 1, _ -> 0);
            assertThat(tree.looks).isLessThanOrEqualTo(4 * 16 * 5);
        }
    }

    /** Another thread makes room in the same range or another one, after each read of the first thread. */
    @Example
    void mustLoseNoRoomThatIsMadeWhileOtherRoomIsTaken() {
        for (int other : new int[] {5, 6, 20, 299}) {
            for (int look = 1; look < 100; look++) {
                int[] room = new int[300];
                Watched tree = new Watched(room.length);
                tree.raise(5, LONGEST);
                tree.looks = 0;
                tree.interruptedAfter = look;
                tree.other = () -> {
                    room[other] = 10;
                    tree.raise(other, 10);
                };

                tree.lower(5, range -> room[range]);

                if (tree.looks >= look) {
                    assertThat(tree.next(0, 10)).as("after %s looks", look).isEqualTo(other);
                    tree.checkInvariants();
                }
            }
        }
    }

    /** Room is made in the range after it was looked at for the first time. */
    @Example
    void mustLookAgainWhetherRoomWasMadeInARangeThatIsLowered() {
        RoomTree tree = new RoomTree(300);
        tree.raise(5, LONGEST);
        int[] asked = {0};

        tree.lower(5, _ -> {
            if (asked[0]++ > 0) {
                return 10;
            }
            tree.raise(5, 10); // leaves it as it is
            return 7;
        });

        assertThat(tree.next(0, 10)).isEqualTo(5);
    }

    /** Each thread makes room in ranges of its own and of others, and takes it. What is there at the end is found. */
    @Property(tries = 100)
    void mustLoseNoRoomWhenManyThreadsMakeItAndTakeIt(@ForAll long seed) throws InterruptedException {
        int capacity = 300;
        RoomTree tree = new RoomTree(capacity);
        AtomicIntegerArray room = new AtomicIntegerArray(capacity);
        List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            Random random = new Random(seed + thread);
            threads.add(Thread.ofPlatform().start(() -> {
                for (int step = 0; step < 2000; step++) {
                    int length = 1 + random.nextInt(LONGEST);
                    if (random.nextBoolean()) {
                        int range = random.nextInt(capacity);
                        room.set(range, length);
                        tree.raise(range, length);
                    } else {
                        int range = tree.next(0, length);
                        if (range >= 0) {
                            room.updateAndGet(range, now -> now >= length ? now - length : now);
                            tree.lower(range, room::get);
                        }
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        tree.checkInvariants();
        int[] left = new int[capacity];
        for (int range = 0; range < capacity; range++) {
            left[range] = room.get(range);
            assertThat(tree.at(0, range)).as("leaf %s", range).isGreaterThanOrEqualTo(left[range]);
            tree.lower(range, room::get);
        }
        for (int length = 1; length <= LONGEST; length++) {
            assertThat(tree.next(0, length)).isEqualTo(firstFrom(left, 0, length));
        }
    }
}
