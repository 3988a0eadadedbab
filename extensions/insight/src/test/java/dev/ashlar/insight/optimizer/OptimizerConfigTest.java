package dev.ashlar.insight.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.adaptive.Profile;
import dev.ashlar.insight.optimizer.OptimizerConfig.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OptimizerConfigTest {

    @TempDir
    private Path folder;

    @Test
    void mustReadEverySettingFromOneFile() throws IOException {
        Path file = folder.resolve("memory.properties");
        Files.writeString(file, """
                ashlar.limit = 64MiB
                ashlar.adaptive.profile = small-memory
                optimizer.pooling = watch
                optimizer.caching = watch
                optimizer.collector = adapt
                optimizer.target-use = 70
                optimizer.interval = PT3S
                """);
        OptimizerConfig config = OptimizerConfig.load(file);
        assertThat(config.allocator().limitBytes()).isEqualTo(64 << 20);
        assertThat(config)
                .isEqualTo(new OptimizerConfig(
                        config.allocator(), Part.WATCH, Part.WATCH, Part.ADAPT, 70, Duration.ofSeconds(3)));
    }

    @ParameterizedTest
    @EnumSource
    void mustHaveAPresetForEachKindOfProgram(Profile profile) {
        OptimizerConfig config = OptimizerConfig.of(profile);
        assertThat(config.collector()).isEqualTo(Part.WATCH);
        assertThat(config.pooling()).isEqualTo(Part.ADAPT);
        MemoryOptimizer.start(config).close();
    }

    @Test
    void mustTakeAnIntervalThatNeverEnds() {
        String interval = Duration.ofSeconds(Long.MAX_VALUE).toString();
        MemoryOptimizer.start(
                        OptimizerConfig.from(Map.of("optimizer.interval", interval, "optimizer.collector", "off")))
                .close();
    }

    @Test
    void mustNameWhatIsWrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OptimizerConfig.from(Map.of("optimizer.intervall", "PT1S")))
                .withMessageContaining("Unknown key optimizer.intervall")
                .withMessageContaining("optimizer.interval,");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OptimizerConfig.from(Map.of("optimizer.pooling", "on")))
                .withMessageContaining("optimizer.pooling is 'on'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OptimizerConfig.from(Map.of("optimizer.target-use", "101")))
                .withMessage("targetUsePercent is 101.0, must be 0 to 100");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OptimizerConfig.from(Map.of("optimizer.interval", "PT0S")));
        assertThatIllegalArgumentException().isThrownBy(() -> OptimizerConfig.from(Map.of("ashlar.limt", "1MiB")));
    }
}
