package dev.ashlar.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.Injector;
import com.google.inject.name.Named;
import dev.ashlar.adaptive.guice.AllocatorLifecycle;
import dev.ashlar.adaptive.guice.AllocatorModule;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Resizable;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.Ashlar;
import dev.ashlar.testkit.ShownCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The examples of the front page, as they stand there. */
class ReadmeTest {

    private static final Path README = Path.of("../../README.md");
    private static final Path THIS = Path.of("src/test/java/dev/ashlar/verification/ReadmeTest.java");

    @Test
    void mustAllocateAndFree() {
        try (Allocator allocator = Slab.builder().limit("64MiB").build()) {
            MemorySegment block = allocator.allocate(64, 8);
            block.set(ValueLayout.JAVA_LONG, 0, 42);
            allocator.free(block);
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustAllocateFromWhatIsInstalled() {
        Allocator standard = Ashlar.allocator();
        Allocator named = Ashlar.builder("tlsf").limit("1GiB").capacity("16MiB").build();
        try (standard;
                named) {
            assertThat(standard.toString()).contains("adaptive");
            assertThat(named.as(Resizable.class).orElseThrow().capacity()).isEqualTo(16 << 20);
        }
    }

    @Test
    void mustDivideAQuotaAmongComponents() {
        try (Allocator root = AllocatorProviders.require("slab").create(AllocatorConfig.defaults())) {
            Allocator server = Allocators.limited(root, 64 << 20);
            Allocator cache = Allocators.limited(server, 16 << 20); // counts against the server's limit too
            MemorySegment page = cache.allocate(16 * 1024, 4096);
            assertThat(server.as(Limit.class).orElseThrow().usedBytes()).isEqualTo(16 * 1024);
            assertThatThrownBy(() -> cache.allocate(32 << 20, 8)).isInstanceOf(AllocationException.class);
            cache.free(page);
        }
    }

    /** What the front page's program is made of. */
    static final class Cache {
        private final Allocator allocator;

        @Inject
        Cache(@Named("cache") Allocator allocator) {
            this.allocator = allocator;
        }
    }

    @Test
    void mustInjectAnAllocator() {
        Injector injector = Guice.createInjector(
                AllocatorModule.builder().component("cache", 16 << 20).build());
        Cache cache = injector.getInstance(Cache.class); // Cache(@Named("cache") Allocator allocator)
        MemorySegment page = cache.allocator.allocate(16 * 1024, 4096);
        assertThat(page.address() % 4096).isZero();
        assertThat(cache.allocator.as(Limit.class).orElseThrow().usedBytes()).isEqualTo(16 * 1024);
        assertThatThrownBy(() -> cache.allocator.allocate(16 << 20, 8)).isInstanceOf(AllocationException.class);
        cache.allocator.free(page);
        assertThat(injector.getInstance(Allocator.class).stats().liveBlocks()).isZero();
        injector.getInstance(AllocatorLifecycle.class).close();
    }

    @Test
    void readmeMustShowTheseTestsAsTheyAre() {
        ShownCode.assertTested(README, 4, THIS);
    }
}
