package dev.ashlar.slab.internal;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.SizeClasses;
import java.lang.foreign.MemorySegment;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Giving up a slab of one slot while another heap frees its block: afterwards nobody has a slab without an owner in which a
 * slot waits to be collected.
 */
public class HeapModelCheckTest {

    private static final int SLOT = 32 * 1024;
    private static final SizeClasses SIZE_CLASSES = SizeClasses.of(SLOT);

    private record Memory(MemorySegment memory) implements MemorySource.Chunk {
        @Override
        public void close() {}
    }

    private final Heap filling;
    private final Heap freeing;
    private final Slab slab;
    private final int slot;
    private final SlabSupply supply;

    /** One slab is full, and the only one that the filling heap has. */
    public HeapModelCheckTest() {
        MemorySource source = new MemorySource() {
            @Override
            public String name() {
                return "array";
            }

            @Override
            public Chunk take(long byteSize, long byteAlignment) {
                return new Memory(MemorySegment.ofArray(new long[(int) byteSize / Long.BYTES]));
            }
        };
        supply = new SlabSupply(SIZE_CLASSES, new MeteredSource(source, 64 * 1024, () -> 0), 1 << 20, 0);
        supply.chunks().preallocate(64 * 1024);
        filling = new Heap(supply, null);
        freeing = new Heap(supply, null);
        Slab first = filling.slabWithRoom(0);
        if (first == null) {
            throw new IllegalStateException("no room");
        }
        slab = first;
        slot = slab.take();
    }

    /** Gives the full slab up. */
    @Operation(runOnce = true, nonParallelGroup = "filling")
    public void giveUp() {
        filling.slabWithRoom(0);
    }

    /** Frees its block. */
    @Operation(runOnce = true, nonParallelGroup = "freeing")
    public void free() {
        if (!freeing.free(slab, slot, SLOT)) {
            throw new AssertionError("a live block was refused");
        }
    }

    /** Called when all is quiet. */
    @Validate
    public void noSlabIsLost() {
        if (slab.owner() == null && slab.hasReleasedFromOutside()) {
            throw new AssertionError("the slab is lost");
        }
    }

    @Test
    void mustNotLoseASlabThatIsFreedWhileItIsGivenUp() {
        ModelCheck.options()
                .threads(2)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .check(HeapModelCheckTest.class);
    }
}
