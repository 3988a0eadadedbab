package dev.ashlar.api.compose;

import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The sampled objects of a tracking pool, by identity. It does not keep them alive, so the garbage collector can find
 * those that were dropped.
 */
final class ObjectTracker extends Tracker {

    private final ConcurrentHashMap<Object, Acquired> acquired = new ConcurrentHashMap<>();

    ObjectTracker(Tracking tracking) {
        super(tracking, TrackingReport.Kind.OBJECTS, tracking.objectsPerSample);
    }

    /** What is known of an acquired object. */
    record Acquired(Key key, SampledBlocks.Entry entry) {}

    /** An object in the map. It equals itself, and is still found when the object is gone. */
    static final class Key extends WeakReference<Object> {

        private final int hash;
        volatile boolean isUnreachable;

        Key(Object object) {
            super(object);
            hash = System.identityHashCode(object);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        @SuppressWarnings("EqualsUsingHashCode") // see Sought
        public boolean equals(@Nullable Object other) {
            return this == other;
        }
    }

    /** The key of an object for a look-up: equals the key in the map, which is asked second. */
    private record Sought(Object object) {
        @Override
        public int hashCode() {
            return System.identityHashCode(object);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && key.refersTo(object);
        }
    }

    @Override
    void walk(SampledBlocks.Visitor visitor) {
        acquired.values()
                .forEach(one -> visitor.block(
                        one.entry.address(),
                        0,
                        one.entry.bornMillis(),
                        one.entry.thread(),
                        one.entry.threadName(),
                        one.entry.site(),
                        one.key.isUnreachable));
    }

    @Override
    long amount(long byteSize) {
        return 1;
    }

    /** Counts an object that was acquired, and tracks it if it is due. */
    void acquired(Object object) {
        if (isDue(1)) {
            Key key = new Key(object);
            UnreachableWatch watch = reportsUnreachable() ? watch(object, key) : null;
            acquired.put(key, new Acquired(key, begin(key.hash, 0, null, watch)));
        }
    }

    private UnreachableWatch watch(Object object, Key key) {
        return UnreachableWatch.of(object, _ -> {
            Acquired lost = acquired.get(key);
            if (lost != null) {
                key.isUnreachable = true;
                logUnreachable(lost.entry);
            }
        });
    }

    /** Ends the tracking of an object before it is released. Then {@link #end}, or {@link #restore} if that fails. */
    @Nullable Acquired take(Object object) {
        return acquired.remove(new Sought(object));
    }

    /** Tracks an object again, because it was not released. */
    void restore(Acquired taken) {
        acquired.put(taken.key, taken);
    }
}
