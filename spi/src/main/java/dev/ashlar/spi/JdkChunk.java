package dev.ashlar.spi;

import dev.ashlar.spi.support.VarHandles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** An arena with one segment, as it was handed out once. A session may hand its memory out again, as another chunk. */
final class JdkChunk implements MemorySource.Chunk {

    private static final VarHandle RETURNED = VarHandles.of(MethodHandles.lookup(), "returned", boolean.class);

    private final Arena arena;
    private final MemorySegment memory;

    /** Keeps what comes back; null for a chunk without one. */
    private final @Nullable JdkSession session;

    private final byte alignmentShift;

    @SuppressWarnings("UnusedVariable") // through RETURNED
    private boolean returned;

    private JdkChunk(Arena arena, MemorySegment memory, @Nullable JdkSession session, byte alignmentShift) {
        this.arena = arena;
        this.memory = memory;
        this.session = session;
        this.alignmentShift = alignmentShift;
    }

    /** Makes a chunk, or returns null if there is no memory for it. */
    static @Nullable JdkChunk make(long byteSize, long byteAlignment, @Nullable JdkSession session) {
        Arena arena = Arena.ofShared();
        try {
            byte shift = (byte) Long.numberOfTrailingZeros(byteAlignment);
            return new JdkChunk(arena, arena.allocate(byteSize, byteAlignment), session, shift);
        } catch (OutOfMemoryError e) {
            arena.close();
            return null;
        }
    }

    /** The memory of a chunk that came back, to be handed out again. */
    JdkChunk again() {
        return new JdkChunk(arena, memory, session, alignmentShift);
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    long byteAlignment() {
        return 1L << alignmentShift;
    }

    @Override
    public long takenBytes() {
        return JdkMemorySource.taken(memory.byteSize(), byteAlignment());
    }

    @Override
    public void close() {
        if (session == null) {
            closeArena();
        } else if (RETURNED.compareAndSet(this, false, true) && !session.keep(this)) {
            try {
                closeArena();
            } catch (IllegalStateException e) {
                RETURNED.setVolatile(this, false);
                throw e;
            }
        }
    }

    /** Returns the memory, unless that was done before. */
    void closeArena() {
        try {
            arena.close();
        } catch (IllegalStateException e) {
            // Either a foreign call uses the memory, or it was returned before. The arena decides which. So if two
            // threads close it, one returns the memory and neither fails.
            if (arena.scope().isAlive()) {
                throw e;
            }
        }
    }
}
