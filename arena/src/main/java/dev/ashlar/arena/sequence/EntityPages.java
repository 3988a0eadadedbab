package dev.ashlar.arena.sequence;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * From entity to position, in pages: the sparse half of a sparse set (Briggs and Torczon, <i>An Efficient
 * Representation for Sparse Sets</i>, 1993). A page is taken with the first entity in it and freed with the last, so
 * that memory follows the ids that are in use and not the largest of them. Only the table of pages grows with that.
 *
 * <p>An entry is the position + 1, or 0. Invariant: {@code live} of a page is the number of its entries that are not 0,
 * and at least 1.
 */
final class EntityPages implements AutoCloseable {

    /** Entities of a page: entries of 4 bytes fill a page of 4 KiB. */
    static final int PAGE = 1024;

    static final int NONE = -1;

    private static final class Page {

        final MemorySegment entries;
        int live;

        Page(MemorySegment entries) {
            this.entries = entries;
        }
    }

    private final Allocator allocator;
    private @Nullable Page[] pages = new @Nullable Page[0];

    EntityPages(Allocator allocator) {
        this.allocator = allocator;
    }

    int positionOf(int entity) {
        int number = entity / PAGE;
        Page page = entity < 0 || number >= pages.length ? null : pages[number];
        return page == null ? NONE : page.entries.getAtIndex(ValueLayout.JAVA_INT, entity % PAGE) - 1;
    }

    /** Notes a position for an entity that has none. */
    void add(int entity, int position) {
        int number = entity / PAGE;
        if (number >= pages.length) {
            pages = Arrays.copyOf(pages, Math.max(number + 1, pages.length + pages.length / 2));
        }
        Page page = pages[number];
        if (page == null) {
            page = new Page(allocator.allocateZeroed((long) PAGE * Integer.BYTES, Integer.BYTES));
            pages[number] = page;
        }
        page.entries.setAtIndex(ValueLayout.JAVA_INT, entity % PAGE, position + 1);
        page.live++;
    }

    /** Notes another position for an entity that has one. */
    void move(int entity, int position) {
        page(entity).entries.setAtIndex(ValueLayout.JAVA_INT, entity % PAGE, position + 1);
    }

    /** Forgets an entity that has a position. */
    void remove(int entity) {
        Page page = page(entity);
        page.entries.setAtIndex(ValueLayout.JAVA_INT, entity % PAGE, 0);
        page.live--;
        if (page.live == 0) {
            pages[entity / PAGE] = null;
            allocator.free(page.entries);
        }
    }

    private Page page(int entity) {
        Page page = pages[entity / PAGE];
        if (page == null) {
            throw new IllegalStateException("entity " + entity + " has no page");
        }
        return page;
    }

    /** Bytes of pages. */
    long byteSize() {
        return Arrays.stream(pages).filter(page -> page != null).count() * PAGE * Integer.BYTES;
    }

    @Override
    public void close() {
        @Nullable Page[] last = pages;
        pages = new @Nullable Page[0];
        for (Page page : last) {
            if (page != null) {
                allocator.free(page.entries);
            }
        }
    }

    /** Throws if what holds between any two calls does not. */
    void checkInvariants() {
        for (int number = 0; number < pages.length; number++) {
            Page page = pages[number];
            int live = 0;
            for (int i = 0; i < PAGE && page != null; i++) {
                live += page.entries.getAtIndex(ValueLayout.JAVA_INT, i) == 0 ? 0 : 1;
            }
            if (page != null && (live == 0 || live != page.live)) {
                throw new AssertionError("page " + number + " counts " + page.live + " entries and has " + live);
            }
        }
    }
}
