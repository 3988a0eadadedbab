package dev.ashlar.adaptive.jmx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveConfig;
import dev.ashlar.adaptive.AdaptiveConfig.Housekeeping;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Access;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.api.Registration;
import dev.ashlar.spi.AllocatorConfig;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AllocatorBeansTest {

    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    private final AdaptiveAllocator allocator = AdaptiveAllocator.create(AllocatorConfig.builder()
            .limitBytes(64 << 20)
            // By hand, so that no alert is raised meanwhile.
            .settings(AdaptiveConfig.DEFAULTS.with(to -> to.housekeeping = Housekeeping.MANUAL))
            .build());

    @AfterEach
    void close() {
        allocator.close();
    }

    /** What a console sees: another class of the same name would do. */
    private static AllocatorMXBean seen(String name) {
        return JMX.newMXBeanProxy(SERVER, AllocatorBeans.objectName(name), AllocatorMXBean.class);
    }

    @Test
    void mustShowTheFiguresOfTheReport() {
        MemorySegment block = allocator.allocate(1000, 8);
        MemorySegment tagged = allocator.allocate(500, 8, new AllocationHints(Lifetime.MEDIUM, Access.RANDOM, "index"));
        try (Registration shown = AllocatorBeans.register(allocator, "figures, all: of them")) {
            assertThat(shown).isNotNull();
            AllocatorMXBean bean = seen("figures, all: of them");
            assertThat(bean.getTotals()).containsEntry("requestedBytes", 1500L);
            assertThat(bean.getFragmentation()).isEqualTo(allocator.stats().internalFragmentation());
            assertThat(bean.getUtilisation()).isEqualTo(allocator.stats().utilisation());
            assertThat(bean.getLimitBytes()).isEqualTo(64 << 20);
            assertThat(bean.getSoftLimitBytes()).isBetween(1L, 64L << 20);
            assertThat(bean.getHitRate()).isEqualTo(allocator.stats().hitRate());
            assertThat(bean.getTotals()).isEqualTo(allocator.stats().figures());
            assertThat(bean.getTiers())
                    .hasSameSizeAs(allocator.report().tiers())
                    .first()
                    .satisfies(tier -> {
                        assertThat(tier.strategy()).isEqualTo("slab");
                        assertThat(tier.stats())
                                .isEqualTo(allocator
                                        .report()
                                        .tiers()
                                        .getFirst()
                                        .stats()
                                        .figures());
                    });
            assertThat(bean.getTags()).containsOnlyKeys("index");
            assertThat(bean.getTags().get("index")).containsEntry("requestedBytes", 500L);
            assertThat(bean.getPools()).isEqualTo(allocator.report().pools());
            assertThat(bean.getAlerts()).isEmpty();
            assertThat(bean.getSummary()).contains("slab");
        }
        allocator.free(block);
        allocator.free(tagged);
    }

    @Test
    void mustBeReadableWithoutOurClasses() throws Exception {
        try (Registration shown = AllocatorBeans.register(allocator, "open data")) {
            assertThat(shown).isNotNull();
            TabularData totals = (TabularData) SERVER.getAttribute(AllocatorBeans.objectName("open data"), "Totals");
            assertThat(totals.get(new Object[] {"requestedBytes"}).get("value")).isEqualTo(0L);
            assertThat(SERVER.getAttribute(AllocatorBeans.objectName("open data"), "Tiers"))
                    .isInstanceOf(CompositeData[].class);
        }
    }

    @Test
    void mustTrimOnDemand() {
        try (Registration shown = AllocatorBeans.register(allocator, "trim")) {
            assertThat(shown).isNotNull();
            allocator.free(allocator.allocate(64, 8));
            assertThat(seen("trim").trim()).isPositive();
            assertThat(allocator.stats().committedBytes()).isZero();
        }
    }

    @Test
    void mustKeepOneAllocatorForEachName() {
        Registration shown = AllocatorBeans.register(allocator, "twice");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocatorBeans.register(allocator, "twice"))
                .withMessageContaining("twice");
        shown.close();
        shown.close();
        assertThat(SERVER.isRegistered(AllocatorBeans.objectName("twice"))).isFalse();
        try (Registration another = AllocatorBeans.register(allocator, "twice")) {
            assertThat(another).isNotNull();
            shown.close();
            assertThat(SERVER.isRegistered(AllocatorBeans.objectName("twice"))).isTrue();
        }
    }

    @Test
    void mustLeaveTheBeanOfAnotherAloneWhenItsOwnWasTakenOut() throws Exception {
        Registration shown = AllocatorBeans.register(allocator, "taken out");
        SERVER.unregisterMBean(AllocatorBeans.objectName("taken out"));
        try (Registration another = AllocatorBeans.register(allocator, "taken out")) {
            assertThat(another).isNotNull();
            shown.close();
            assertThat(SERVER.isRegistered(AllocatorBeans.objectName("taken out")))
                    .isTrue();
        }
        assertThat(SERVER.isRegistered(AllocatorBeans.objectName("taken out"))).isFalse();
    }

    @Test
    void mustShowTheLastFiguresOfAnAllocatorThatIsClosed() {
        try (Registration shown = AllocatorBeans.register(allocator, "closed")) {
            assertThat(shown).isNotNull();
            allocator.close();
            assertThat(seen("closed").getTotals()).containsEntry("liveBlocks", 0L);
        }
    }
}
