package dev.ashlar.replay;

import java.util.List;

/** Prints results one by one. */
interface ResultWriter {

    /** Called before the results of a trace. */
    default void begin(Trace trace) {}

    /** Prints a result. */
    void write(Result result);

    /** Called after the result of a contender. */
    default void end(Trace trace, Contender contender) {}

    /** Called after the last result, with what readers of the figures must know. */
    default void end(List<String> notes) {}
}
