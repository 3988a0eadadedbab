package dev.ashlar.replay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Valid and invalid traces. */
class TraceReaderTest {

    private static Trace read(byte[] bytes) throws TraceException {
        return TraceReader.read("some.trace", "some", new ByteArrayInputStream(bytes));
    }

    private static Trace read(String text) throws TraceException {
        return read(text.getBytes(ISO_8859_1));
    }

    private static byte[] zipped(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(ISO_8859_1));
        }
        return bytes.toByteArray();
    }

    @Test
    void mustReadEveryKindOfLine() throws TraceException {
        Trace trace = read("t 7\na 0 48\na 1 0\nt 3\nf 0\na 2 100 4096\nt 7\nf 2\n");

        assertThat(trace.operations).containsExactly(~0, ~1, 0, ~2, 2);
        assertThat(trace.threads).containsExactly(0, 0, 1, 1, 0);
        assertThat(trace.byteSizes).containsExactly(48, 0, 100);
        assertThat(trace.byteAlignments).containsExactly(0, 0, 4096);
        assertThat(trace.threadCount).isEqualTo(2);
    }

    @Test
    void mustFindTheMomentWithMostBytesLive() throws TraceException {
        Trace trace = read("a 0 10\na 1 20\nf 0\na 2 5\na 3 5\nf 1\n");

        assertThat(trace.peakRequestedBytes).isEqualTo(30);
        assertThat(trace.peakBlock).isEqualTo(1);
    }

    @Test
    void mustReadGzip() throws Exception {
        assertThat(read(zipped("t 1\na 0 48\nf 0\n")).events()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            x 1                      | expected 't THREAD', 'a ID SIZE [ALIGNMENT]' or 'f ID', found: 'x 1'
            a 1                      | expected 't THREAD', 'a ID SIZE [ALIGNMENT]' or 'f ID', found: 'a 1'
            a 1 -5                   | expected 't THREAD', 'a ID SIZE [ALIGNMENT]' or 'f ID', found: 'a 1 -5'
            a 1 5 16 3               | expected 't THREAD', 'a ID SIZE [ALIGNMENT]' or 'f ID', found: 'a 1 5 16 3'
            a1 5                     | expected 't THREAD', 'a ID SIZE [ALIGNMENT]' or 'f ID', found: 'a1 5'
            f                        | expected 't THREAD', 'a ID SIZE [ALIGNMENT]' or 'f ID', found: 'f'
            t one                    | expected 't THREAD', 'a ID SIZE [ALIGNMENT]' or 'f ID', found: 't one'
            ''                       | expected 't THREAD', 'a ID SIZE [ALIGNMENT]' or 'f ID', found: ''
            a 2 5                    | allocates block 2, but ids count up from 0 and the next is 1
            a 0 5                    | allocates block 0, but ids count up from 0 and the next is 1
            a 1 5 24                 | the alignment is 24, must be a power of two
            a 1 5 0                  | the alignment is 0, must be a power of two
            a 1 9223372036854775807  | the size is 9223372036854775807, which takes the live bytes past 2^63
            a 1 9223372036854775808  | a number is too large: 'a 1 9223372036854775808'
            f 1                      | frees block 1, which was never allocated (there are 1 so far)
            """)
    void mustSayWhatIsWrongWithALineAndWhereItIs(String line, String reason) {
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> read("t 1\na 0 8\n" + line + "\nf 0\n"))
                .withMessage("some.trace:3: " + reason);
    }

    @Test
    void mustRefuseASecondFree() {
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> read("a 0 8\nf 0\nf 0\n"))
                .withMessage("some.trace:3: frees block 0, which was freed before");
    }

    @Test
    void mustRefuseAFileThatEndsWithinALine() {
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> read("a 0 8\na 1 1"))
                .withMessage("some.trace:2: the file ends within this line: 'a 1 1'");
    }

    @Test
    void mustRefuseGzipThatIsCutOff() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int block = 0; block < 1000; block++) {
            text.append("a ").append(block).append(" 8\n");
        }
        byte[] whole = zipped(text.toString());
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> read(Arrays.copyOf(whole, whole.length / 2)))
                .withMessageMatching("some\\.trace:[1-9]\\d*: the gzip stream ends here: the file is cut off");
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> read(Arrays.copyOf(whole, whole.length - 4)))
                .withMessage("some.trace:1001: the gzip stream ends here: the file is cut off");
    }

    @Test
    void mustRefuseGzipThatIsDamaged() throws IOException {
        byte[] damaged = zipped("a 0 8\nf 0\n");
        damaged[damaged.length - 8] ^= 1; // in the checksum
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> read(damaged))
                .withMessageContaining("some.trace:3: the gzip stream is damaged: ");
    }

    @Test
    void mustRefuseWhatHoldsNoEvents() {
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> read("t 1\n"))
                .withMessage("some.trace: the trace has no events");
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> read(""))
                .withMessage("some.trace: the trace has no events");
    }

    @Test
    void mustNotLetATraceSpeakToTheTerminal() {
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> read("a \u001b[2J\n"))
                .withMessageEndingWith("found: 'a ?[2J'");
    }

    @Test
    void mustSayWhichFileIsMissing(@TempDir Path folder) {
        Path missing = folder.resolve("missing.trace.gz");
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> new TraceFile(missing.toString()).read())
                .withMessage(missing + ": no such file, and no bundled trace (sqlite-small, python-small)");
        assertThatExceptionOfType(TraceException.class)
                .isThrownBy(() -> new TraceFile(folder.toString()).read())
                .withMessage(folder + ": is a directory, not a trace");
    }

    @Test
    void mustNameATraceByItsFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("mine.trace"), "a 0 8\n");
        assertThat(new TraceFile(file.toString()).read().name).isEqualTo("mine");
        assertThat(new TraceFile("a/b.trace.gz").name()).isEqualTo("b");
        assertThat(new TraceFile("log.txt").name()).isEqualTo("log.txt");
    }

    /** The figures are those in the README of the traces. */
    @ParameterizedTest
    @CsvSource({"sqlite-small,418236,209126,79053855,8652176", "python-small,491603,246083,35765446,7545538"})
    void mustReadTheBundledTraces(String name, int events, int blocks, long bytes, long peak) throws TraceException {
        Trace trace = new TraceFile(name).read();
        assertThat(trace.events()).isEqualTo(events);
        assertThat(trace.blocks()).isEqualTo(blocks);
        assertThat(Arrays.stream(trace.byteSizes).sum()).isEqualTo(bytes);
        assertThat(trace.peakRequestedBytes).isEqualTo(peak);
    }
}
