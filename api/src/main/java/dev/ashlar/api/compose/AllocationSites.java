package dev.ashlar.api.compose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The places in a program that allocate, each with a number. A place is a tag and the first frames outside Ashlar. A
 * place that was seen before costs a stack walk and a look-up; the file and the line of a frame are looked up once.
 *
 * <p>Safe for use by many threads. Places are kept for ever, so there is a bound on them.
 */
final class AllocationSites {

    /** Further places share the last one. A program that generates code may have any number. */
    private static final int MOST_SITES = 1 << 14;

    private static final String OWN_PACKAGES = "dev.ashlar.";

    /** The JVM reads frames in batches. With as many as there usually are of Ashlar's own, it needs one. */
    private static final int USUAL_OWN_FRAMES = 8;

    private final StackWalker walker;
    private final int depth;
    private final ConcurrentHashMap<Place, Site> byPlace = new ConcurrentHashMap<>();

    /** The sites by their numbers. A site is added once, so copying costs little. */
    private final CopyOnWriteArrayList<Site> byNumber = new CopyOnWriteArrayList<>();

    /**
     * No places yet.
     *
     * @param depth the most frames of a place
     */
    AllocationSites(int depth) {
        this.depth = depth;
        this.walker = StackWalker.getInstance(Set.of(), depth + USUAL_OWN_FRAMES);
    }

    /** A place, and what was sampled there: sums of weights, of which those of blocks may be fractions. */
    static final class Site {

        final int number;
        final @Nullable String tag;
        final List<StackTraceElement> frames;
        final DoubleAdder allocatedBlocks = new DoubleAdder();
        final DoubleAdder allocatedBytes = new DoubleAdder();
        final DoubleAdder freedBlocks = new DoubleAdder();
        final DoubleAdder freedBytes = new DoubleAdder();

        /** Whether an unreachable block of this site was logged. A race logs two, which is benign. */
        volatile boolean isUnreachableLogged;

        Site(int number, @Nullable String tag, List<StackTraceElement> frames) {
            this.number = number;
            this.tag = tag;
            this.frames = frames;
        }

        void allocated(double weight, long byteSize) {
            allocatedBlocks.add(weight);
            allocatedBytes.add(weight * byteSize);
        }

        void freed(double weight, long byteSize) {
            freedBlocks.add(weight);
            freedBytes.add(weight * byteSize);
        }
    }

    /**
     * A tag and frames: for each the names of class and method, and an index in the bytecode. The index of the caller
     * is that of a call, which has one parameter list. So overloaded methods need no comparison.
     */
    private static final class Place {

        private final @Nullable String tag;
        private final List<String> names;
        private final int[] indices;
        private final int hash;

        Place(@Nullable String tag, List<String> names, int[] indices) {
            this.tag = tag;
            this.names = names;
            this.indices = indices;
            this.hash = 31 * (31 * names.hashCode() + Arrays.hashCode(indices)) + Objects.hashCode(tag);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Place that
                    && hash == that.hash
                    && Arrays.equals(indices, that.indices)
                    && names.equals(that.names)
                    && Objects.equals(tag, that.tag);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** The place that called Ashlar. */
    Site here(@Nullable String tag) {
        List<StackWalker.StackFrame> frames = walker.walk(this::firstOutside);
        List<String> names = new ArrayList<>(2 * frames.size());
        int[] indices = new int[frames.size()];
        for (int i = 0; i < indices.length; i++) {
            StackWalker.StackFrame frame = frames.get(i);
            names.add(frame.getClassName());
            names.add(frame.getMethodName());
            indices[i] = frame.getByteCodeIndex();
        }
        Place place = new Place(tag, names, indices);
        Site known = byPlace.get(place);
        return known != null ? known : add(place, frames);
    }

    private List<StackWalker.StackFrame> firstOutside(Stream<StackWalker.StackFrame> frames) {
        List<StackWalker.StackFrame> outside = new ArrayList<>(depth);
        Iterator<StackWalker.StackFrame> all = frames.iterator();
        while (outside.size() < depth && all.hasNext()) {
            StackWalker.StackFrame frame = all.next();
            if (!outside.isEmpty() || !frame.getClassName().startsWith(OWN_PACKAGES)) {
                outside.add(frame);
            }
        }
        return outside;
    }

    private synchronized Site add(Place place, List<StackWalker.StackFrame> frames) {
        Site known = byPlace.get(place);
        if (known == null && byNumber.size() == MOST_SITES) {
            return byNumber.getLast();
        }
        if (known == null) {
            boolean isLast = byNumber.size() == MOST_SITES - 1;
            known = new Site(
                    byNumber.size(),
                    isLast ? "(others)" : place.tag,
                    isLast
                            ? List.of()
                            : frames.stream()
                                    .map(StackWalker.StackFrame::toStackTraceElement)
                                    .toList());
            byNumber.add(known);
            byPlace.put(place, known);
        }
        return known;
    }

    /** The site of a number. */
    Site site(int number) {
        return byNumber.get(number);
    }

    /** All sites by their numbers. */
    List<Site> all() {
        return List.copyOf(byNumber);
    }
}
