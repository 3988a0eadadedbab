package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The table against a list that is searched from its start. */
class RoomTableProperties {

    private static final int LONGEST = 64;

    private static final class Range extends RoomTable.Member {
        final AtomicInteger room = new AtomicInteger();
        Runnable whenLookedAt = () -> {};

        Range(int room) {
            this.room.set(room);
        }

        @Override
        protected int room() {
            int now = room.get();
            whenLookedAt.run();
            return now;
        }
    }

    private static Range oldestWithRoom(RoomTable<Range> table, int length) {
        for (int place = table.next(0, length); place >= 0; place = table.next(place + 1, length)) {
            Range range = table.at(place);
            if (range != null && range.room.get() >= length) {
                return range;
            }
            table.noteNoRoom(place);
        }
        return null;
    }

    private static Range oldestWithRoom(List<Range> ranges, int length) {
        return ranges.stream()
                .filter(range -> range.room.get() >= length)
                .findFirst()
                .orElse(null);
    }

    @Property
    void mustFindTheOldestWithRoomHoweverManyCameAndWent(@ForAll long seed) {
        Random random = new Random(seed);
        RoomTable<Range> table = new RoomTable<>();
        List<Range> model = new ArrayList<>();
        int most = 1 + random.nextInt(100);
        for (int step = 0; step < 500; step++) {
            if (model.isEmpty() || (model.size() < most && random.nextInt(3) == 0)) {
                Range added = new Range(random.nextInt(LONGEST));
                table = table.with(added);
                model.add(added);
            } else if (random.nextInt(3) == 0) {
                Range removed = model.remove(random.nextInt(model.size()));
                assertThat(table.remove(removed)).isTrue();
                assertThat(table.remove(removed)).isFalse();
            } else {
                Range changed = model.get(random.nextInt(model.size()));
                changed.room.set(random.nextInt(LONGEST));
                table.noteRoom(changed);
            }
            int length = 1 + random.nextInt(LONGEST);
            assertThat(oldestWithRoom(table, length)).isSameAs(oldestWithRoom(model, length));
            assertThat(table.members()).isEqualTo(model);
            table.checkInvariants();
        }
    }

    /** A thread that frees the last block of a range is late: the range was removed, and the table replaced. */
    @Example
    void mustTakeNoteOfRoomInARangeThatWasRemoved() {
        RoomTable<Range> table = new RoomTable<>();
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            ranges.add(new Range(1));
            table = table.with(ranges.getLast());
        }
        RoomTable<Range> large = table;
        for (Range range : ranges) {
            large.remove(range);
        }
        while (table.places() >= large.places()) {
            table = table.with(new Range(1));
        }

        ranges.forEach(large::noteRoom);

        table.checkInvariants();
        assertThat(ranges.getLast().place()).isGreaterThanOrEqualTo(table.places());
    }

    /** Another thread makes room in the oldest range each time one is looked at while the table is replaced. */
    @Example
    void mustLoseNoRoomThatIsMadeWhileTheTableIsReplaced() {
        for (int look = 1; look <= 40; look++) {
            RoomTable<Range> table = new RoomTable<>();
            List<Range> ranges = new ArrayList<>();
            while (ranges.size() < table.places()) {
                ranges.add(new Range(0));
                assertThat(table.with(ranges.getLast())).isSameAs(table);
            }
            Range oldest = ranges.getFirst();
            int[] looks = {0};
            int at = look;
            ranges.forEach(range -> range.whenLookedAt = () -> {
                if (++looks[0] == at) {
                    oldest.room.set(LONGEST);
                    table.noteRoom(oldest); // in the table that this thread has
                }
            });
            RoomTable<Range> successor = table.with(new Range(0));
            assertThat(successor).isNotSameAs(table);
            if (looks[0] >= look) {
                assertThat(oldestWithRoom(successor, LONGEST))
                        .as("after %s looks", look)
                        .isSameAs(oldest);
            }
            successor.checkInvariants();
        }
    }

    /** Some threads make room and take it, with the table that they have, while another adds and removes ranges. */
    @Property(tries = 50)
    void mustLoseNoRoomWhenThreadsMakeItWhileRangesComeAndGo(@ForAll long seed) throws InterruptedException {
        AtomicReference<RoomTable<Range>> table = new AtomicReference<>(new RoomTable<>());
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            ranges.add(new Range(LONGEST));
            table.set(table.get().with(ranges.getLast()));
        }
        List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < 3; thread++) {
            Random random = new Random(seed + thread);
            threads.add(Thread.ofPlatform().start(() -> {
                for (int step = 0; step < 2000; step++) {
                    int length = 1 + random.nextInt(LONGEST);
                    RoomTable<Range> in = table.get();
                    if (random.nextBoolean()) {
                        Range range = ranges.get(random.nextInt(ranges.size()));
                        range.room.set(length);
                        in.noteRoom(range);
                    } else {
                        Range range = oldestWithRoom(in, length);
                        if (range != null) {
                            range.room.set(0);
                        }
                    }
                }
            }));
        }
        for (int step = 0; step < 500; step++) {
            Range passing = new Range(0);
            table.set(table.get().with(passing));
            table.get().remove(passing);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        table.get().checkInvariants();
        for (int length = 1; length <= LONGEST; length++) {
            assertThat(oldestWithRoom(table.get(), length)).isSameAs(oldestWithRoom(ranges, length));
        }
    }
}
