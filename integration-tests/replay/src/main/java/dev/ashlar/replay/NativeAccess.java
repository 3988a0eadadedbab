package dev.ashlar.replay;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Whether this program may call restricted methods, which {@code malloc} and raw addresses need. */
final class NativeAccess {

    private NativeAccess() {}

    /** What to do about missing native access, or null if it is enabled. */
    static @Nullable String missing() {
        return NativeAccess.class.getModule().isNativeAccessEnabled()
                ? null
                : "native access is not enabled: start Java with --enable-native-access=ALL-UNNAMED";
    }

    /** A segment over every address, so that an address is its own offset. */
    @SuppressWarnings("restricted")
    static MemorySegment everything() {
        // SAFETY: it is used at addresses of live blocks only, within their sizes.
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }
}
