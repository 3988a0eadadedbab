package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.metrics.Beans;
import dev.ashlar.metrics.Watched;
import dev.ashlar.spi.Ashlar;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WatchCommandTest {

    /** A program with two beans until it reads a byte, and none until its standard input ends. */
    static final class Program {

        public static void main(String... arguments) throws IOException {
            try (Allocator allocator = Ashlar.allocator(); // of the strategy that is preferred
                    Watched main = Watched.allocator("main", allocator);
                    Watched other = Watched.allocator("a, b", allocator)) {
                for (int i = 0; i < 1234; i++) {
                    allocator.allocate(1024, 8);
                }
                Beans.register(main);
                Beans.register(other);
                System.out.println("ready");
                int _ = System.in.read();
            }
            System.out.println("closed");
            System.in.transferTo(System.err);
        }
    }

    private static Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Does something after the first table. */
    private static final class Then extends StringWriter {
        private @Nullable Runnable next;

        Then(Runnable next) {
            this.next = next;
        }

        @Override
        public void flush() {
            Runnable now = next;
            next = null;
            if (now != null) {
                now.run();
            }
        }
    }

    @Test
    void mustEndWithTheProgram() throws IOException {
        Process program = start();
        try (BufferedReader out = program.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("ready");
            Then kill = new Then(() -> program.destroyForcibly().onExit().join());
            Run run = Run.of(kill, "watch", Long.toString(program.pid()));
            assertThat(run.err()).isEmpty();
            assertThat(run.exitCode()).isZero();
            assertThat(run.lines()).hasSize(4).last().isEqualTo("The program has ended.");
        } finally {
            program.destroy();
        }
    }

    @Test
    void mustEndWithTheFiguresOfTheProgram() throws IOException {
        Process program = start();
        try (BufferedReader out = program.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("ready");
            Then close = new Then(() -> {
                try {
                    program.getOutputStream().write(1);
                    program.getOutputStream().flush();
                    assertThat(out.readLine()).isEqualTo("closed");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            Run run = Run.of(close, "watch", Long.toString(program.pid()));
            assertThat(run.err()).isEmpty();
            assertThat(run.exitCode()).isZero();
            assertThat(run.lines()).hasSize(4).last().isEqualTo("The program shows no figures any more.");
        } finally {
            program.destroy();
        }
    }

    @Test
    void mustShowTheBeansOfAProgramAsTables() throws IOException, InterruptedException {
        Process program = start();
        try (BufferedReader out = program.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("ready");
            Run run = Run.of("watch", Long.toString(program.pid()), "--times=2", "--interval=1");
            assertThat(run.err()).isEmpty();
            assertThat(run.exitCode()).isZero();
            List<String> lines = run.lines();
            assertThat(lines).hasSize(7); // twice a line of titles and two of beans, and an empty one between
            assertThat(lines.getFirst())
                    .matches("Allocator +requested +committed +limit +live blocks +allocations +hit rate +refused.*");
            assertThat(lines.get(1)).startsWith("a, b ");
            assertThat(lines.get(2)).matches("main +1\\.2 MiB +[0-9.]+ MiB +none +1,234 +1,234 +[0-9.]+ % +0 .*");
            assertThat(lines.get(2)).hasSameSizeAs(lines.getFirst());
        } finally {
            program.destroy();
        }
    }

    @Test
    void mustSayWhatIsWrongWithAProcess() {
        Run none = Run.of("watch", "999999999");
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains("cannot read process 999999999");
        assertThat(Run.of("watch", "1", "--interval=0").err()).contains("--interval is 0");
    }
}
