package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class ProcessMemoryTest {

    @Test
    void mustBeWhatTheJdkSeesLessTheMaximumOfTheHeap() {
        ProcessMemory memory = ProcessMemory.now();
        assertThat(memory.totalBytes())
                .isEqualTo(ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                        .getTotalMemorySize());
        assertThat(memory.heapBytes()).isEqualTo(Runtime.getRuntime().maxMemory());
        assertThat(memory.bytes()).isEqualTo(memory.totalBytes() - memory.heapBytes());
    }

    @Test
    void mustBeNothingIfTheHeapMayTakeEverything() {
        assertThat(new ProcessMemory(1 << 20, true, 2 << 20).bytes()).isZero();
    }

    @Test
    void mustSayWhatItIsComputedFrom() {
        assertThat(new ProcessMemory(3000, true, 1000))
                .hasToString("%,d bytes: %,d of the container, less %,d for the Java heap".formatted(2000, 3000, 1000));
        assertThat(new ProcessMemory(3000, false, 1000)).asString().contains("of the machine");
    }
}
