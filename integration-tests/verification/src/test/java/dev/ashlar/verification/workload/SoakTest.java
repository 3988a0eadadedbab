package dev.ashlar.verification.workload;

import dev.ashlar.testkit.TestLength;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A mixed load on each strategy. {@code -Dashlar.soak=600} is how many seconds all of them together take. */
class SoakTest {

    private static final int SECONDS = Integer.getInteger("ashlar.soak", TestLength.of(20, 600));

    /** What happened, for people. */
    private static final Path REPORT = Path.of("target/soak.txt");

    @ParameterizedTest
    @MethodSource("dev.ashlar.verification.workload.Strategies#freeingSingleBlocks")
    void memoryMustComeBackAfterEveryBurstAndServeTheNext(String strategy)
            throws InterruptedException, ExecutionException, IOException {
        long each = TimeUnit.SECONDS.toNanos(SECONDS)
                / Strategies.freeingSingleBlocks().count();
        long start = System.nanoTime();
        try (Soak soak = new Soak(strategy)) {
            do {
                soak.cycle();
            } while (System.nanoTime() - start < each);
            Files.writeString(
                    REPORT,
                    strategy + ": " + soak.report() + System.lineSeparator(),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
    }
}
