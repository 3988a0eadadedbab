package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardened;
import dev.ashlar.api.compose.Hardening;
import dev.ashlar.buddy.Tlsf;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Code on decorators. */
class DecoratorCodeTest {

    @Test
    void assembly() {
        List<String> findings = new ArrayList<>();
        // @start region="assembly"
        Allocator strategies = Allocators.segregated(64 << 10, Slab.allocator(), Tlsf.allocator());
        Hardening hardening = Hardening.builder(Hardening.Level.FULL)
                .quarantineBytes(4 << 20)
                .onFinding(finding -> findings.add(finding.message()))
                .build();
        Allocator checked = Allocators.hardening(strategies, hardening);
        Allocator requests = Allocators.limited(checked, "requests", 16 << 20);
        // @end
        MemorySegment block = requests.allocate(100, 8);
        requests.free(block);
        block.set(ValueLayout.JAVA_BYTE, 7, (byte) 1);
        requests.trim();
        assertThat(findings).hasSize(1);
        assertThat(requests.as(Hardened.class).orElseThrow().check()).isEmpty();
        assertThat(requests.stats().liveBlocks()).isZero();
    }

    @Test
    void hardening() {
        try (Allocator allocator = Slab.allocator()) {
            // @start region="hardening"
            Hardening hardening = Hardening.builder(Hardening.Level.CANARIES)
                    .redzoneBytes(64)
                    .zeroOnFree()
                    .build();
            Allocator checked = Allocators.hardening(allocator, hardening);
            MemorySegment block = checked.allocate(100, 8);
            // checked.free(block.asSlice(0, 50)) throws an InvalidBlockException
            checked.free(block);
            // @end
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> checked.free(block));
        }
    }
}
