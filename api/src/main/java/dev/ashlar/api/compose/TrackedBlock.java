package dev.ashlar.api.compose;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A live block that was sampled, or an acquired object of a pool.
 *
 * @param address where the block starts; for an object, its identity hash code
 * @param byteSize its requested size in bytes; 0 for an object
 * @param tag of {@link dev.ashlar.api.AllocationHints#tag()}, or null
 * @param thread the name of the thread that allocated it, or its number if it has no name
 * @param age how long ago it was allocated
 * @param weight how many blocks of its size it represents, 1 or more: one divided by the chance that it is sampled
 * @param unreachable whether the garbage collector found that no code has its segment or the object any more
 * @param frames where it was allocated, the innermost frame first
 */
public record TrackedBlock(
        long address,
        long byteSize,
        @Nullable String tag,
        String thread,
        Duration age,
        double weight,
        boolean unreachable,
        List<StackTraceElement> frames) {}
