package dev.ashlar.spi.support;

import dev.ashlar.slab.internal.BitmapSlab;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A slab of two slots that its heap disowns while others release its blocks and look for room, by Lincheck's model
 * checker. Afterwards it has an owner that has it, or any thread finds it by its room, or it is retired, and exactly
 * one of these.
 */
@Tag("unsafe")
public class OwnershipModelCheckTest {

    private static final int SLOT = PageChunk.PAGE / 2;
    private static final int CHUNK = 64 * 1024;

    private record Memory(MemorySegment memory) implements MemorySource.Chunk {
        @Override
        public void close() {}
    }

    private static final class OneChunk implements MemorySource {
        @Override
        public String name() {
            return "array";
        }

        @Override
        public Chunk take(long byteSize, long byteAlignment) {
            return new Memory(MemorySegment.ofArray(new long[(int) byteSize / Long.BYTES]));
        }
    }

    /** A full slab that its heap owns. It is the only slab. */
    public abstract static class World {

        private final Chunks chunks;
        private final SlabStore store;
        private final SlabHeap taking;
        private final Slab slab;
        private boolean disowned;
        private @Nullable Slab taken;

        World(long retained) {
            MeteredSource source = new MeteredSource(new OneChunk(), CHUNK, () -> 0);
            chunks = new Chunks(source, retained, 0);
            chunks.preallocate(CHUNK);
            store = new SlabStore(BitmapSlab::new, SizeClasses.of(SLOT), source, chunks, CHUNK);
            taking = new SlabHeap(store, null);
            slab = Objects.requireNonNull(store.take(0, new SlabHeap(store, null)));
            for (int slot = 0; slot < 2; slot++) {
                if (slab.take() != slot) {
                    throw new IllegalStateException("a slab of fewer slots");
                }
            }
            chunks.all().get(0).runs().take(CHUNK / PageChunk.PAGE - 1);
        }

        /** The owner disowns it. */
        @Operation(runOnce = true, nonParallelGroup = "filling")
        public void disown() {
            store.disown(slab);
            disowned = true;
        }

        /** Another thread releases a block. */
        @Operation(runOnce = true)
        public void releaseFirst() {
            release(0);
        }

        /** Another thread releases the other block. */
        @Operation(runOnce = true)
        public void releaseSecond() {
            release(1);
        }

        private void release(int slot) {
            Slab.Release release = slab.releaseFromOutside(slot);
            if (release == Slab.Release.REFUSED) {
                throw new AssertionError("a live block was refused");
            }
            if (slab.owner() == null) {
                if (release == Slab.Release.PERHAPS_EMPTY) {
                    store.settle(slab);
                } else {
                    SlabList.noteRoom(slab);
                }
            }
        }

        /** A thread looks for room, takes a slot if it can, and keeps the slab. */
        @Operation(runOnce = true, nonParallelGroup = "taking")
        public void takeWithRoom() {
            Slab found = store.take(0, taking);
            if (found != null && found.collect() == 0) { // it was noted but has no room, as SlabList says
                store.disown(found);
            } else if (found != null) {
                taken = found;
                if (found.take() < 0) {
                    throw new AssertionError("a slab was found that has no room");
                }
            }
        }

        /** Called when all threads have ended. */
        @Validate
        public void theSlabIsInOnePlace() {
            SlabHeap owner = slab.owner();
            if (!disowned) {
                require(taken != slab, "nobody takes it from its owner");
            } else if (taken == slab) {
                require(owner == taking, "the thread that took it owns it");
            } else if (owner == null) {
                require(!slab.isEmpty(), "an empty slab is not nobody's");
                require(!slab.hasRoom() || store.take(0, taking) == slab, "one with room is found");
            } else {
                require(slab.isEmpty(), "one that is out of use is empty");
                require(owner == SlabHeap.RETAINED || owner == SlabHeap.RETIRED, "nobody else owns it");
                require((owner == SlabHeap.RETAINED) == chunks.retainsSlabs(), "it is retained if it says so");
                require(owner == SlabHeap.RETAINED || taken != null || pagesInUse() == 15, "its page is free");
            }
        }

        private int pagesInUse() {
            return chunks.all().get(0).runs().used();
        }

        private static void require(boolean holds, String what) {
            if (!holds) {
                throw new AssertionError("does not hold: " + what);
            }
        }
    }

    /** Empty slabs are returned to their chunk. */
    public static class Retiring extends World {
        /** Retains no empty slab. */
        public Retiring() {
            super(0);
        }
    }

    /** Empty slabs are retained. */
    public static class Retaining extends World {
        /** Retains all empty slabs. */
        public Retaining() {
            super(CHUNK);
        }
    }

    /** Operations return nothing, so everything is linearizable. */
    public static class Anything {
        /** See {@link World#disown}. */
        public void disown() {}

        /** See {@link World#releaseFirst}. */
        public void releaseFirst() {}

        /** See {@link World#releaseSecond}. */
        public void releaseSecond() {}

        /** See {@link World#takeWithRoom}. */
        public void takeWithRoom() {}
    }

    private static ModelCheckingOptions options() {
        return new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(TestLength.of(2, 300))
                .invocationsPerIteration(TestLength.of(150, 20_000))
                .loopIterationsBeforeThreadSwitch(20) // the choice of a slab's size takes 16 iterations
                .sequentialSpecification(Anything.class);
    }

    @Test
    void mustLeaveASlabInOnePlaceWhereEmptyOnesAreRetired() {
        options().check(Retiring.class);
    }

    @Test
    void mustLeaveASlabInOnePlaceWhereEmptyOnesAreRetained() {
        options().check(Retaining.class);
    }
}
