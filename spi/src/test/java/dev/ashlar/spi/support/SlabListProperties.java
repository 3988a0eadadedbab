package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeTry;
import org.jspecify.annotations.Nullable;

/** The slabs of a class compared with a model: all slabs in the order of their places, with their states. */
class SlabListProperties {

    private static final int CHUNK = 4 << 20;

    private static final PageChunk MEMORY =
            new PageChunk(new MeteredSource(new TestSource(CHUNK), CHUNK, () -> 0).take(CHUNK, PageChunk.PAGE));

    private static final SlabStore STORE = store();

    private static SlabStore store() {
        MeteredSource source = new MeteredSource(new TestSource(0), 0, () -> 0);
        return new SlabStore(TestSlab::new, SizeClasses.of(64), source, new Chunks(source, 0, 0), 0);
    }

    /** So many that the list needs trees to find one, and trees of trees. */
    private static final int MANY = 3000;

    private enum State {
        OWNED,
        WITH_ROOM,
        RETAINED
    }

    /** A place of the list, with a slab or empty. Places are used again, lowest first. */
    private static final class Place {
        private Slab slab = STORE.none();
        private State state = State.OWNED;

        boolean isFree() {
            return slab == STORE.none();
        }
    }

    private final SlabHeap heap = new SlabHeap(STORE, null);
    private SlabList list = new SlabList();
    private final List<Place> places = new ArrayList<>();

    @BeforeTry
    void clear() {
        list = new SlabList();
        places.clear();
    }

    @Property
    void mustFindTheFirstSlabOfAKind(
            @ForAll boolean many, @ForAll @Size(max = 400) List<@IntRange(min = 0, max = 9999) Integer> steps) {
        for (int slab = 0; many && slab < MANY; slab++) {
            add();
        }
        for (int step : steps) {
            int choice = step / 8;
            switch (step % 8) {
                case 0, 1, 2 -> add();
                case 3 -> disown(choice);
                case 4 -> retain(choice);
                case 5 -> remove(choice);
                case 6 -> assertThat(list.takeWithRoom(heap, true)).isSameAs(first(State.WITH_ROOM));
                default -> assertThat(list.takeRetained(heap)).isSameAs(first(State.RETAINED));
            }
            assertThat(list.byteSize())
                    .isEqualTo(places.stream()
                            .mapToLong(place -> place.slab.byteSize())
                            .sum());
        }
    }

    private void add() {
        Slab slab = new TestSlab(new Slab.Place(MEMORY, 0, 1 + places.size() % 5, 0, 64));
        slab.claim(heap);
        list.add(slab);
        for (Place place : places) {
            if (place.isFree()) {
                place.slab = slab;
                place.state = State.OWNED;
                return;
            }
        }
        Place place = new Place();
        place.slab = slab;
        places.add(place);
    }

    private List<Place> owned() {
        return places.stream()
                .filter(place -> !place.isFree() && place.state == State.OWNED)
                .toList();
    }

    private void disown(int choice) {
        List<Place> owned = owned();
        if (!owned.isEmpty()) {
            Place place = owned.get(choice % owned.size());
            place.slab.disown();
            SlabList.noteRoom(place.slab);
            SlabList.noteRoom(place.slab); // twice, as two threads that release a slot do
            place.state = State.WITH_ROOM;
        }
    }

    private void retain(int choice) {
        List<Place> owned = owned();
        if (!owned.isEmpty()) {
            Place place = owned.get(choice % owned.size());
            place.slab.retain();
            SlabList.noteRetained(place.slab);
            place.state = State.RETAINED;
        }
    }

    /** A note of a slab that was retired or has an owner may remain. It must have no effect. */
    private void remove(int choice) {
        List<Place> owned = owned();
        if (!owned.isEmpty()) {
            Place place = owned.get(choice % owned.size());
            SlabList.noteRoom(place.slab);
            long with = list.metadataBytes();
            SlabList.remove(place.slab);
            assertThat(with - list.metadataBytes())
                    .as("what the list no longer refers to")
                    .isEqualTo(place.slab.metadataBytes());
            SlabList.noteRoom(place.slab);
            place.slab = STORE.none();
        }
    }

    private @Nullable Slab first(State state) {
        for (Place place : places) {
            if (!place.isFree() && place.state == state) {
                place.state = State.OWNED;
                assertThat(place.slab.owner()).isSameAs(heap);
                return place.slab;
            }
        }
        return null;
    }

    /** Another thread is likely to be freeing its blocks just now. */
    @Property
    void mustPassOverTheSlabThatGotRoomLast(@ForAll @IntRange(min = 1, max = 200) int count, @ForAll int choice) {
        for (int i = 0; i < count; i++) {
            add();
        }
        Place last = places.get(Math.floorMod(choice, count));
        for (Place place : places) {
            if (place != last) {
                place.slab.disown();
                SlabList.noteRoom(place.slab);
            }
        }
        last.slab.disown();
        SlabList.noteRoom(last.slab);
        for (Place place : places) {
            if (place != last) {
                assertThat(list.takeWithRoom(heap, false)).isSameAs(place.slab);
            }
        }
        assertThat(list.takeWithRoom(heap, false)).isNull();
        assertThat(list.takeWithRoom(heap, true)).isSameAs(last.slab);
    }

    @Property
    void mustHavePlacesForManySlabsAndUseThemAgain(@ForAll @IntRange(min = 1, max = 1_000) int count) {
        List<Slab> slabs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Slab slab = new TestSlab(new Slab.Place(MEMORY, 0, 1, 0, 64));
            slab.claim(heap);
            list.add(slab);
            slabs.add(slab);
        }
        long metadata = list.metadataBytes();
        long ofSlabs = slabs.stream().mapToLong(Slab::metadataBytes).sum();
        assertThat(metadata - ofSlabs).isBetween(count * 4L, 200 + count * 24L);
        for (int round = 0; round < 3; round++) {
            slabs.forEach(SlabList::remove);
            slabs.forEach(list::add);
        }
        assertThat(list.metadataBytes()).isEqualTo(metadata);
        assertThat(list.byteSize()).isEqualTo((long) count * PageChunk.PAGE);
    }

    /** Threads add slabs at the same time, so each meets directories that another has just replaced. */
    @Property(tries = 50)
    void mustKeepEverySlabThatThreadsAddAtTheSameTime() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        int each = 1500;
        CountDownLatch start = new CountDownLatch(1);
        for (int thread = 0; thread < 4; thread++) {
            Thread adding = Thread.ofPlatform().unstarted(() -> {
                try {
                    start.await();
                    for (int i = 0; i < each; i++) {
                        Slab slab = new TestSlab(new Slab.Place(MEMORY, 0, 1, 0, 64));
                        slab.claim(heap);
                        list.add(slab);
                        slab.disown();
                        SlabList.noteRoom(slab);
                    }
                } catch (Throwable e) {
                    failures.add(e);
                }
            });
            adding.start();
            threads.add(adding);
        }
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(failures).isEmpty();
        for (int i = 0; i < 4 * each; i++) {
            assertThat(list.takeWithRoom(heap, true)).as("slab %s", i).isNotNull();
        }
        assertThat(list.takeWithRoom(heap, true)).isNull();
    }
}
