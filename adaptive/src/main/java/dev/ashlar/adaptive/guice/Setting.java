package dev.ashlar.adaptive.guice;

import java.lang.StackWalker.StackFrame;

/**
 * Something that was set.
 *
 * @param source where, for Guice's messages
 */
record Setting<T>(T value, Object source) {

    /** What is set by a call from outside this package: its source is the line of that call. */
    static <T> Setting<T> byCaller(T value) {
        String here = Setting.class.getPackageName() + ".Allocator";
        Object caller = StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> !frame.getClassName().startsWith(here)
                                && !frame.getClassName().equals(Setting.class.getName()))
                        .findFirst()
                        .<Object>map(StackFrame::toStackTraceElement)
                        .orElse("unknown source"));
        return new Setting<>(value, caller);
    }

    static <T> Setting<T> byProperty(T value, String key) {
        return new Setting<>(value, "property " + key);
    }
}
