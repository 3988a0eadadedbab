package dev.ashlar.replay;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipException;

/**
 * The lines of a trace's file, one at a time, and the numbers in the current one. Lines are read as bytes into one
 * buffer that is used again, because a trace has millions of them.
 */
final class TraceLines {

    /** No valid line is longer: a letter and three numbers of up to 19 digits. */
    private static final int MAX_LENGTH = 80;

    private final String file;
    private final InputStream in;
    private final byte[] line = new byte[MAX_LENGTH];
    private int length;
    private int position;
    private long number;

    TraceLines(String file, InputStream in) {
        this.file = file;
        this.in = in;
    }

    /**
     * Goes to the next line.
     *
     * @return false at the end of the file
     * @throws TraceException if the file ends within the line or cannot be read on
     */
    boolean next() throws TraceException {
        number++;
        length = 0;
        position = 1;
        try {
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0 && length == 0) {
                    return false;
                }
                if (next < 0) {
                    throw error("the file ends within this line: " + text());
                }
                if (length == MAX_LENGTH) {
                    throw error("the line is longer than " + MAX_LENGTH + " characters: " + text() + "...");
                }
                line[length++] = (byte) next;
            }
            return true;
        } catch (EOFException e) {
            throw error("the gzip stream ends here: the file is cut off");
        } catch (ZipException e) {
            throw error("the gzip stream is damaged: " + e.getMessage());
        } catch (IOException e) {
            throw error("cannot read on: " + e.getMessage());
        }
    }

    /** The first character of the line, or a space if it is empty. */
    char word() {
        return length == 0 ? ' ' : (char) line[0];
    }

    /** Whether the line goes on. */
    boolean more() {
        return position < length;
    }

    /** Takes the next number of the line: a space, then decimal digits. */
    long number() throws TraceException {
        if (position >= length || line[position] != ' ') {
            throw malformed();
        }
        position++;
        int start = position;
        long value = 0;
        for (; position < length && line[position] != ' '; position++) {
            int digit = line[position] - '0';
            if (digit < 0 || digit > 9) {
                throw malformed();
            }
            if (value > (Long.MAX_VALUE - digit) / 10) {
                throw error("a number is too large: " + text());
            }
            value = value * 10 + digit;
        }
        if (position == start) {
            throw malformed();
        }
        return value;
    }

    /** Checks that nothing follows. */
    void end() throws TraceException {
        if (more()) {
            throw malformed();
        }
    }

    /** An error in the current line. */
    TraceException error(String reason) {
        return new TraceException(file + ":" + number + ": " + reason);
    }

    TraceException malformed() {
        return error("expected 't THREAD', 'a ID SIZE [ALIGNMENT]' or 'f ID', found: " + text());
    }

    /** The line as far as it is read, with all that a terminal might take as a command left out. */
    private String text() {
        String text = new String(line, 0, length, StandardCharsets.ISO_8859_1);
        return "'" + text.replaceAll("[^ -~]", "?") + "'";
    }
}
