package dev.ashlar.adaptive.guice;

import java.lang.StackWalker.StackFrame;

/**
 * A value that was set.
 *
 * @param source where, for Guice's messages
 */
record Setting<T>(T value, Object source) {

    /** A value set by a call from outside the module and its builder. Its source is the line of that call. */
    static <T> Setting<T> byCaller(T value) {
        Object caller = StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> !isOwn(frame.getClassName()))
                        .findFirst()
                        .<Object>map(StackFrame::toStackTraceElement)
                        .orElse("unknown source"));
        return new Setting<>(value, caller);
    }

    private static boolean isOwn(String className) {
        return className.equals(Setting.class.getName()) || className.startsWith(AllocatorModule.class.getName());
    }

    static <T> Setting<T> byProperty(T value, String key) {
        return new Setting<>(value, "property " + key);
    }
}
