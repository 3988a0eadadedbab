package dev.ashlar.replay;

import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.ResetMode.KeepMemory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * An arena under replay: it is reset, with its memory kept, whenever no block of the trace is live. The events between
 * two resets are a {@linkplain Trace#frames() frame}. No block is live beyond it, so every event is served as recorded.
 *
 * <p>For one thread: with several, one could allocate while another resets.
 */
final class FrameSubject implements Subject {

    private static final KeepMemory KEEP = new KeepMemory();

    private final Subject subject;
    private final Resettable arena;
    private int live;

    FrameSubject(Subject subject, Resettable arena) {
        this.subject = subject;
        this.arena = arena;
    }

    @Override
    public boolean allocate(int block) {
        boolean served = subject.allocate(block);
        live += served ? 1 : 0;
        return served;
    }

    @Override
    public void free(int block) {
        if (subject.memory(block) != null) {
            subject.free(block);
            live--;
            if (live == 0) {
                arena.reset(KEEP);
            }
        }
    }

    @Override
    public @Nullable MemorySegment memory(int block) {
        return subject.memory(block);
    }

    @Override
    public Books books() {
        return subject.books();
    }
}
