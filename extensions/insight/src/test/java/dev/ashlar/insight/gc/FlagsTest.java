package dev.ashlar.insight.gc;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import dev.ashlar.insight.gc.FlagChange.State;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class FlagsTest {

    /** A JVM with two flags that can be set, and one that cannot. */
    private static final class Jvm implements HotSpotDiagnosticMXBean {

        private static final String FIXED = "G1HeapRegionSize";

        private final Map<String, String> values =
                new TreeMap<>(Map.of("SoftMaxHeapSize", "100", "HeapDumpOnOutOfMemoryError", "false", FIXED, "1m"));

        @Override
        public List<VMOption> getDiagnosticOptions() {
            return values.keySet().stream().map(this::getVMOption).toList();
        }

        @Override
        public VMOption getVMOption(String name) {
            return new VMOption(name, values.get(name), !name.equals(FIXED), VMOption.Origin.DEFAULT);
        }

        @Override
        public void setVMOption(String name, String value) {
            values.put(name, value);
        }

        @Override
        public void dumpHeap(String file, boolean live) {
            throw new UnsupportedOperationException("not used here");
        }

        @Override
        public ObjectName getObjectName() {
            throw new UnsupportedOperationException("not used here");
        }
    }

    private static final List<String> ADVICE = List.of(
            "-Xmx100m",
            "-XX:+UseZGC",
            "-XX:G1HeapRegionSize=8m",
            "-XX:SoftMaxHeapSize=50",
            "-XX:+HeapDumpOnOutOfMemoryError");

    private final Jvm jvm = new Jvm();
    private final Flags flags = new Flags(jvm);

    @Test
    void mustSetOnlyWhatCanBeSetAndIsDifferent() {
        assertThat(flags.apply(ADVICE, 0.5))
                .extracting(FlagChange::flag)
                .containsExactly("SoftMaxHeapSize", "HeapDumpOnOutOfMemoryError");
        assertThat(jvm.values)
                .containsEntry("SoftMaxHeapSize", "50")
                .containsEntry("HeapDumpOnOutOfMemoryError", "true");
        assertThat(flags.apply(ADVICE, 0.5)).isEmpty();
    }

    @Test
    void mustTakeBackWhatMadeTheNextWindowWorse() {
        flags.apply(ADVICE, 0.8);
        flags.judge(0.7);
        assertThat(jvm.values)
                .containsEntry("SoftMaxHeapSize", "100")
                .containsEntry("HeapDumpOnOutOfMemoryError", "false");
        assertThat(flags.changes()).extracting(FlagChange::state).containsOnly(State.TAKEN_BACK);
    }

    @Test
    void mustKeepWhatDidNoHarmAndNotJudgeItAgain() {
        flags.apply(ADVICE, 0.8);
        flags.judge(0.78);
        flags.judge(0.1);
        assertThat(jvm.values).containsEntry("SoftMaxHeapSize", "50");
        assertThat(flags.changes()).extracting(FlagChange::state).containsOnly(State.KEPT);
    }
}
