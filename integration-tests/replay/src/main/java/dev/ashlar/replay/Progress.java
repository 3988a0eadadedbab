package dev.ashlar.replay;

import java.io.Console;
import java.io.PrintWriter;

/** Says on a terminal what is going on, in one line that goes away again. Silent where the output is no terminal. */
final class Progress {

    private static final String ERASE_LINE = "\r\u001b[K";

    private final PrintWriter err;
    private final boolean visible;

    private Progress(PrintWriter err, boolean visible) {
        this.err = err;
        this.visible = visible;
    }

    /** Progress for people: visible if this program reads from and writes to a terminal. */
    @SuppressWarnings("SystemConsoleNull") // it is null again from JDK 25 on, unless another console is chosen
    static Progress on(PrintWriter err) {
        Console console = System.console();
        return new Progress(err, console != null && console.isTerminal());
    }

    void show(String what) {
        if (visible) {
            err.print(ERASE_LINE + what);
            err.flush();
        }
    }

    /** Takes the line away, before anything else is printed. */
    void clear() {
        show("");
    }
}
