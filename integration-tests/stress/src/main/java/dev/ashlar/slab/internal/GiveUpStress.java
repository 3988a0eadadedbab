package dev.ashlar.slab.internal;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.SizeClasses;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A heap of the slab strategy gives up a full slab while another heap frees its only block. The first writes that the slab
 * has no owner and then looks for freed slots, the second frees and then looks for an owner; each write must be seen before
 * the look that follows it, or neither sees the other.
 */
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Somebody has the slab")
@Outcome(id = "1", expect = Expect.FORBIDDEN, desc = "The slab is lost: free, and with no owner")
@State
public class GiveUpStress {

    private static final int SLOT = 32 * 1024;
    private static final int CHUNK = 64 * 1024;
    private static final SizeClasses SIZE_CLASSES = SizeClasses.of(SLOT);

    /** Nobody writes to it. */
    private static final MemorySegment MEMORY = MemorySegment.ofArray(new long[CHUNK / Long.BYTES]);

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
            return new Memory(MEMORY);
        }
    }

    private final Heap filling;
    private final Heap freeing;
    private final Slab slab;
    private final int slot;

    /** One slab is full, and the only one that the filling heap has. */
    public GiveUpStress() {
        MeteredSource source = new MeteredSource(new OneChunk(), CHUNK, () -> 0);
        SlabSupply supply = new SlabSupply(SIZE_CLASSES, source, 1 << 20, 0);
        supply.chunks().preallocate(CHUNK);
        filling = new Heap(supply, null);
        freeing = new Heap(supply, null);
        slab = Objects.requireNonNull(filling.slabWithRoom(0));
        slot = slab.take();
    }

    /** Gives the full slab up. */
    @Actor
    public void giveUp() {
        filling.slabWithRoom(0);
    }

    /** Frees its block. */
    @Actor
    public void free() {
        freeing.free(slab, slot, SLOT);
    }

    /** Whether the slab is lost. */
    @Arbiter
    public void look(I_Result result) {
        result.r1 = slab.owner() == null && slab.hasReleasedFromOutside() ? 1 : 0;
    }
}
