package dev.ashlar.api.compose;

import java.lang.foreign.MemorySegment;

/** Whether this module may call the JDK's restricted methods. Found out once, with the first arena. */
final class NativeAccess {

    private static final boolean GRANTED = isGranted();

    private NativeAccess() {}

    /**
     * Does nothing if native access is enabled, or is allowed with a warning.
     *
     * @throws IllegalCallerException if it is not; the message says which flag is missing
     */
    static void require() {
        if (!GRANTED) {
            Module module = NativeAccess.class.getModule();
            throw new IllegalCallerException(
                    "Arenas over an allocator take blocks with MemorySegment.reinterpret, and native access is not enabled for "
                            + module + ". Start Java with --enable-native-access="
                            + (module.isNamed() ? module.getName() : "ALL-UNNAMED") + ".");
        }
    }

    @SuppressWarnings("restricted") // see SAFETY
    private static boolean isGranted() {
        try {
            // SAFETY: a segment of no bytes gives access to nothing. The call shows whether the JDK allows it at all:
            // Module.isNativeAccessEnabled does not tell a JDK that will warn from one that will refuse.
            MemorySegment.NULL.reinterpret(0);
            return true;
        } catch (IllegalCallerException e) {
            return false;
        }
    }
}
