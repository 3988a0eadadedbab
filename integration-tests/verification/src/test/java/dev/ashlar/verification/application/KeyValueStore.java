package dev.ashlar.verification.application;

import com.google.inject.Inject;
import dev.ashlar.adaptive.guice.LimitedBy;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** An in-memory store with off-heap values, within a limit. Safe for use by many threads. */
final class KeyValueStore implements AutoCloseable {

    private final Allocator allocator;

    /** Values are read and freed inside the map's operations on their keys, so that no freed value is read. */
    private final ConcurrentMap<String, MemorySegment> values = new ConcurrentHashMap<>();

    @Inject
    KeyValueStore(@LimitedBy("store") Allocator allocator) {
        this.allocator = allocator;
    }

    /** Stores a value, or returns false if there is no room for it; then the former value stays. */
    boolean put(String key, byte[] bytes) {
        MemorySegment value = allocator.tryAllocate(bytes.length, 1);
        if (value == null) {
            return false;
        }
        MemorySegment.copy(bytes, 0, value, ValueLayout.JAVA_BYTE, 0, bytes.length);
        values.compute(key, (_, before) -> {
            if (before != null) {
                allocator.free(before);
            }
            return value;
        });
        return true;
    }

    /** A copy of a value, or null. */
    byte @Nullable [] get(String key) {
        byte[][] found = new byte[1][];
        values.computeIfPresent(key, (_, value) -> {
            found[0] = value.toArray(ValueLayout.JAVA_BYTE);
            return value;
        });
        return found[0];
    }

    void remove(String key) {
        values.computeIfPresent(key, (_, value) -> {
            allocator.free(value);
            return null;
        });
    }

    /** Bytes of all values, if no thread uses the store. */
    long byteSize() {
        return values.values().stream().mapToLong(MemorySegment::byteSize).sum();
    }

    @Override
    public void close() {
        values.keySet().forEach(this::remove);
    }
}
