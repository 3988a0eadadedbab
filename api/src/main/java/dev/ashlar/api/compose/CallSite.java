package dev.ashlar.api.compose;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A place in a program: the nearest frames outside Ashlar.
 *
 * @param frames the innermost first
 */
record CallSite(List<StackWalker.StackFrame> frames) {

    private static final StackWalker WALKER = StackWalker.getInstance();

    /** The place that calls Ashlar now, with at most so many frames. */
    static CallSite here(int frames) {
        return WALKER.walk(stack ->
                new CallSite(stack.filter(frame -> !frame.getClassName().startsWith("dev.ashlar."))
                        .limit(frames)
                        .toList()));
    }

    @Override
    public String toString() {
        return frames.isEmpty()
                ? "an unknown place"
                : frames.stream().map(Object::toString).collect(Collectors.joining(" < "));
    }
}
