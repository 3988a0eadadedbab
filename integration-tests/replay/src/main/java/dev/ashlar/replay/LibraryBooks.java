package dev.ashlar.replay;

import dev.ashlar.api.Allocator;
import java.util.function.LongSupplier;

/**
 * The memory of the allocator of a C library: the growth of a figure of the whole process since this was opened. It
 * means nothing after another replay in this process, because a library uses its freed memory again.
 */
final class LibraryBooks implements Books {

    /** A figure that is unknown. */
    private static final long UNKNOWN = -1;

    private final Allocator allocator;
    private final LongSupplier figure;
    private final boolean isQuick;
    private final long before;
    private long peak;

    private LibraryBooks(Allocator allocator, LongSupplier figure, boolean isQuick) {
        this.allocator = allocator;
        this.figure = figure;
        this.isQuick = isQuick;
        this.before = figure.getAsLong();
    }

    /** Without figures. */
    static LibraryBooks blind(Allocator allocator) {
        return new LibraryBooks(allocator, () -> UNKNOWN, true);
    }

    /** With what the library says that it has committed, which is read often. */
    static LibraryBooks committed(Allocator allocator) {
        boolean isKnown = allocator.stats().committedBytes() > 0;
        return isKnown ? new LibraryBooks(allocator, () -> allocator.stats().committedBytes(), true) : blind(allocator);
    }

    /**
     * With the resident memory of mimalloc, which takes long to read. So it is read at the peak and at the end only.
     */
    static LibraryBooks residentOfMimalloc(Allocator allocator) {
        return MimallocSegments.areKnown()
                ? new LibraryBooks(allocator, MimallocSegments::residentBytes, false)
                : blind(allocator);
    }

    @Override
    public void watch() {
        if (isQuick) {
            read();
        }
    }

    private void read() {
        peak = Math.max(peak, figure.getAsLong() - before);
    }

    @Override
    public Figures figures() {
        read();
        return before == UNKNOWN ? Figures.NONE : new Figures(peak, null, null, null, null, null, null);
    }

    /** Returns free pages, so that the next run must take its memory again, like a fresh allocator. */
    @Override
    public void finish() {
        allocator.trim();
        close();
    }

    @Override
    public void close() {
        allocator.close();
    }
}
