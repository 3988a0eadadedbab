package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.replay.Progress.Place;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The messages while a replay runs. */
class ProgressTest {

    private final StringWriter text = new StringWriter(); // writes and reads are synchronized
    private final PrintWriter err = new PrintWriter(text);

    @Test
    void mustSayInALogNowAndThenWhatGoesOn() throws InterruptedException {
        try (Progress progress = new Progress(err, Place.LOG, Duration.ofMillis(2))) {
            progress.show("replaying a on b ...");
            while (text.toString().lines().count() < 3) {
                Thread.sleep(1);
            }
            assertThat(text.toString().lines()).allMatch(line -> line.matches("replaying a on b ... \\(for \\d+ s\\)"));
        }
    }

    @Test
    void mustSayNothingInALogOfWhatIsDoneSoon() throws InterruptedException {
        try (Progress progress = new Progress(err, Place.LOG, Duration.ofMillis(2))) {
            progress.show("");
            Thread.sleep(20);
        }
        Progress late = new Progress(err, Place.LOG, Duration.ofDays(1));
        late.show("replaying a on b ...");
        late.close();
        assertThat(text.toString()).isEmpty();
    }

    @Test
    void mustTakeTheLineAwayFromATerminal() {
        try (Progress progress = new Progress(err, Place.TERMINAL, Duration.ofMillis(1))) {
            progress.show("one");
            progress.clear();
        }
        assertThat(text.toString()).isEqualTo("\r\u001b[Kone\r\u001b[K\r\u001b[K");
    }

    @Test
    void mustSayNothingToACallerThatDoes() throws InterruptedException {
        try (Progress progress = new Progress(err, Place.NOWHERE, Duration.ofMillis(1))) {
            progress.show("one");
            Thread.sleep(10);
        }
        assertThat(text.toString()).isEmpty();
    }
}
