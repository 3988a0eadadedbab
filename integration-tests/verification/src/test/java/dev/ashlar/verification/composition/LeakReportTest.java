package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.CarelessProgram;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.support.LeakReport;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.PoolProviders;
import dev.ashlar.testkit.LeakLog;
import java.lang.ref.WeakReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Live blocks at a close, and allocators that are never closed, are reported once, to one logger, in one format. */
class LeakReportTest {

    private final LeakLog log = new LeakLog();

    @AfterEach
    void stopListening() {
        log.close();
    }

    private static Allocator create(String strategy) {
        return AllocatorProviders.require(strategy).create(AllocatorConfig.defaults());
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustReportBlocksOfEverySizeOnce(String strategy) {
        Allocator allocator = create(strategy);
        allocator.allocate(100);
        allocator.allocate(30_000);
        allocator.allocate(3 << 20);
        allocator.close();
        allocator.close();
        assertThat(log.messages())
                .singleElement()
                .asString()
                .contains("is closed with 3 live blocks of " + (30_100 + (3 << 20))
                        + " bytes. The memory of live blocks is released. ")
                .contains("Sizes: 1 x 31");
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "tlsf", "adaptive"})
    void mustTellHowManyAreLiveOfEachSize(String strategy) {
        try (Allocator allocator = create(strategy)) {
            for (int i = 0; i < 3; i++) {
                allocator.allocate(64);
            }
            allocator.free(allocator.allocate(64));
            allocator.allocate(4096);
        }
        assertThat(log.messages()).singleElement().asString().endsWith(" Sizes: 1 x 4096, 3 x 64.");
    }

    @Test
    void mustTellTheTagsOfWhatIsLive() {
        try (Allocator allocator = create("adaptive")) {
            allocator.allocate(64, 8, AllocationHints.NONE.withTag("cache"));
            allocator.allocate(64, 8, AllocationHints.NONE.withTag("cache"));
            allocator.allocate(1000, 8, AllocationHints.NONE.withTag("index"));
            allocator.free(allocator.allocate(64, 8, AllocationHints.NONE.withTag("clean")));
        }
        assertThat(log.messages())
                .singleElement()
                .asString()
                .endsWith(" Tags: 'index' 1 live block of 1000 bytes, 'cache' 2 live blocks of 128 bytes.");
    }

    @Test
    void mustKeepTheMessageShortWhateverTheSizesAre() {
        AllocatorStats last;
        try (Allocator allocator = create("slab")) {
            allocator.free(allocator.allocate(8));
            allocator.allocate(8);
            last = allocator.stats();
        }
        LeakReport.closed("'many'", last, "The memory of live blocks is released.")
                .sizes(visitor -> {
                    for (long byteSize = 1; byteSize <= 100_000; byteSize++) {
                        visitor.live(byteSize, byteSize);
                    }
                })
                .log();
        assertThat(log.messages().getLast()).endsWith(" and others.").hasSizeLessThan(300);
    }

    @Test
    void mustReportALossWhoseSizesCannotBeTold() {
        AllocatorStats last;
        try (Allocator allocator = create("slab")) {
            allocator.allocate(8);
            last = allocator.stats();
        }
        LeakReport.closed("'broken'", last, "The memory of live blocks is released.")
                .sizes(visitor -> {
                    throw new IllegalStateException("no walk");
                })
                .log();
        assertThat(log.messages().getLast())
                .isEqualTo("'broken' is closed with 1 live block of 8 bytes. The memory of live blocks is released.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustReportNothingWhenEverythingWasFreed(String strategy) {
        try (Allocator allocator = create(strategy)) {
            allocator.free(allocator.allocate(100));
        }
        assertThat(log.messages()).isEmpty();
    }

    @Test
    void mustReportBlocksOfALimitedViewOnce() {
        try (Allocator allocator = create("slab")) {
            Allocator limited = Allocators.limited(allocator, 1000);
            var block = limited.allocate(96);
            limited.close();
            limited.close();
            assertThat(log.messages())
                    .singleElement()
                    .asString()
                    .contains("1 live block of 96 bytes. What is live stays live upstream");
            limited.free(block);
        }
        assertThat(log.messages()).hasSize(1);
    }

    @Test
    void mustReportNothingOfAConfinedViewWhoseBlocksAreThoseOfTheWhole() {
        try (Allocator allocator = create("slab")) {
            Allocator limited = Allocators.limited(allocator, 1000);
            Allocator view = limited.as(Confinable.class).orElseThrow().confined();
            var block = view.allocate(20);
            view.close();
            limited.free(block);
            limited.close();
        }
        assertThat(log.messages()).isEmpty();
    }

    @Test
    void mustReportObjectsThatAreOutWhenTheirPoolIsClosed() {
        PoolConfig<Object> config = PoolConfig.builder(Object::new).build();
        Pool<Object> pool = PoolProviders.standard().create(config);
        Object back = pool.acquire();
        pool.acquire();
        pool.acquire();
        pool.release(back);
        pool.close();
        pool.close();
        assertThat(log.messages()).singleElement().asString().contains("is closed with 2 objects out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustTellWhereAnAllocatorWasMadeThatNobodyClosed(String strategy) throws InterruptedException {
        forget(strategy);
        assertThat(log.dropped())
                .filteredOn(LeakReportTest::isOfCarelessProgram)
                .singleElement()
                .asString()
                .matches(".*" + strategy + ".* was dropped without being closed: [1-9][0-9]* bytes are lost\\. "
                        + "Made at com\\.example\\.CarelessProgram\\.forget\\(CarelessProgram\\.java:[0-9]+\\)\\.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustReportNoAllocatorThatWasClosed(String strategy) throws InterruptedException {
        WeakReference<Allocator> closed = closed(strategy);
        for (int i = 0; i < 200 && !closed.refersTo(null); i++) {
            System.gc();
            Thread.sleep(i / 10);
        }
        assertThat(closed.refersTo(null)).as("collected").isTrue();
        forget("slab"); // allocators that were collected before are reported first
        assertThat(log.dropped())
                .anyMatch(LeakReportTest::isOfCarelessProgram)
                .noneMatch(message -> message.contains("closed before"));
    }

    /** Drops an allocator, and waits until that is logged. Other tests have dropped allocators too. */
    private void forget(String strategy) throws InterruptedException {
        CarelessProgram.forget(strategy);
        for (int i = 0; i < 200 && log.dropped().stream().noneMatch(LeakReportTest::isOfCarelessProgram); i++) {
            System.gc();
            Thread.sleep(i / 10);
        }
    }

    private static boolean isOfCarelessProgram(String message) {
        return message.contains("CarelessProgram");
    }

    private static WeakReference<Allocator> closed(String strategy) {
        Allocator allocator = AllocatorProviders.require(strategy)
                .create(AllocatorConfig.builder().name("closed before").build());
        allocator.free(allocator.allocate(100));
        allocator.close();
        return new WeakReference<>(allocator);
    }
}
