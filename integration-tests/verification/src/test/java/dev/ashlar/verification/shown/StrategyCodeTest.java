package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.Profile;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Retention;
import dev.ashlar.buddy.Buddy;
import dev.ashlar.buddy.Tlsf;
import dev.ashlar.lockfree.LockFree;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.Ashlar;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Code that makes allocators. */
class StrategyCodeTest {

    @Test
    void standard() {
        // @start region="standard"
        try (Allocator allocator = Ashlar.allocator()) {
            MemorySegment block = allocator.allocate(100, 8);
            allocator.free(block);
        }
        // @end
    }

    @Test
    void installed() {
        // @start region="installed"
        Allocator standard = Ashlar.allocator();
        Allocator named = Ashlar.builder("tlsf").limit("1GiB").retained("16MiB").build();
        // @end
        try (standard;
                named) {
            assertThat(standard.toString()).contains("adaptive");
            assertThat(named.as(Retention.class).orElseThrow().retainedBytes()).isEqualTo(16 << 20);
        }
    }

    @Test
    void named() {
        // @start region="named"
        try (Allocator allocator =
                Ashlar.builder("slab").limit("256MiB").retained("4MiB").build()) {
            MemorySegment block = allocator.allocate(64, 8);
            allocator.free(block);
        }
        // @end
    }

    @Test
    void configured() {
        // @start region="config"
        AllocatorConfig config = AllocatorConfig.builder()
                .limitBytes(256 << 20)
                .retainedBytes(4 << 20)
                .settings(Slab.builder().classesPerDoubling(16))
                .build();
        // @end
        // @start region="provider"
        try (Allocator allocator = AllocatorProviders.require("slab").create(config)) {
            MemorySegment block = allocator.allocate(64, 8);
            allocator.free(block);
        }
        // @end
    }

    @Test
    void slab() {
        // @start region="slab"
        try (Allocator allocator = Slab.builder().limit("64MiB").build()) {
            MemorySegment block = allocator.allocate(64, 8);
            block.set(ValueLayout.JAVA_LONG, 0, 42);
            allocator.free(block);
        }
        // @end
    }

    @Test
    void lockfree() {
        // @start region="lockfree"
        try (Allocator allocator = LockFree.builder().limit("64MiB").build()) {
            MemorySegment block = allocator.allocate(100, 8);
            allocator.free(block);
        }
        // @end
    }

    @Test
    void buddy() {
        // @start region="buddy"
        try (Allocator allocator =
                Buddy.builder().limit("1GiB").regionSize("16MiB").build()) {
            MemorySegment block = allocator.allocate(100_000, 8);
            allocator.free(block);
        }
        // @end
    }

    @Test
    void tlsf() {
        // @start region="tlsf"
        try (Allocator allocator = Tlsf.builder().limit("1GiB").build()) {
            MemorySegment block = allocator.allocate(100_000, 8);
            block.set(ValueLayout.JAVA_LONG, 0, 42);
            allocator.free(block);
        }
        // @end
    }

    @Test
    void adaptive() {
        // @start region="adaptive"
        try (AdaptiveAllocator allocator =
                Adaptive.builder().limit("1GiB").profile(Profile.PRODUCTION).build()) {
            MemorySegment block = allocator.allocate(100, 8);
            allocator.free(block);
            System.out.println(allocator.summary());
        }
        // @end
    }

    @Test
    void adaptiveSettings() {
        // @start region="adaptive-settings"
        AdaptiveAllocator allocator = Adaptive.builder()
                .limit("1GiB")
                .softLimit(0.8)
                .small(tier -> tier.upTo(128).strategies("slab"))
                .adaptation(its -> its.decay(Duration.ofMinutes(1)))
                .alerts(at -> at.pressure(0.85))
                .settings(Slab.builder().threadBytes("16KiB"))
                .build();
        // @end
        allocator.close();
    }
}
