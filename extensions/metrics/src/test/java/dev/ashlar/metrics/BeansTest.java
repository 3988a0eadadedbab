package dev.ashlar.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Registration;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.lockfree.LockFree;
import dev.ashlar.spi.PoolProviders;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import javax.management.AttributeNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The beans, as the platform's server shows them to a console. */
class BeansTest {

    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    private final Allocator allocator = LockFree.builder().build();

    @AfterEach
    void close() {
        allocator.close();
    }

    private static Object attribute(Watched watched, String name) throws JMException {
        return SERVER.getAttribute(Beans.objectName(watched), name);
    }

    private static Object invoke(Watched watched, String operation) throws JMException {
        return SERVER.invoke(Beans.objectName(watched), operation, new Object[0], new String[0]);
    }

    @Test
    void mustShowTheFiguresOfAnAllocator() throws JMException {
        Watched watched = HandClock.alwaysNew(Watched.allocator("figures, all: of \"them\"", allocator));
        MemorySegment block = allocator.allocate(1000, 8);
        try (Registration shown = Beans.register(watched)) {
            assertThat(shown).isNotNull();
            assertThat(attribute(watched, "RequestedBytes")).isEqualTo(1000L);
            assertThat(attribute(watched, "LiveBlocks")).isEqualTo(1L);
            assertThat(attribute(watched, "Utilisation"))
                    .isEqualTo(allocator.stats().utilisation());
            allocator.free(block);
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> allocator.free(block));
            assertThat(attribute(watched, "Frees")).isEqualTo(1L);
            assertThat(attribute(watched, "InvalidFrees")).isEqualTo(1L);
        }
    }

    @Test
    void mustTellTypeAndMeaningOfEachAttribute() throws JMException {
        Watched watched = Watched.allocator("described", allocator);
        try (Registration shown = Beans.register(watched)) {
            assertThat(shown).isNotNull();
            ObjectName name = Beans.objectName(watched);
            assertThat(SERVER.getMBeanInfo(name).getAttributes())
                    .hasSameSizeAs(watched.figures())
                    .allSatisfy(
                            attribute -> assertThat(attribute.getDescription()).isNotBlank());
            String[] names = watched.figures().stream()
                    .map(figure -> Words.capitalised(figure.name()))
                    .toArray(String[]::new);
            assertThat(SERVER.getAttributes(name, names)).hasSameSizeAs(names);
            for (MBeanAttributeInfo attribute : SERVER.getMBeanInfo(name).getAttributes()) {
                assertThat(attribute(watched, attribute.getName()).getClass().getSimpleName())
                        .isEqualToIgnoringCase(attribute.getType());
            }
            assertThatExceptionOfType(AttributeNotFoundException.class)
                    .isThrownBy(() -> attribute(watched, "Requested"));
        }
    }

    @Test
    void mustDoOnDemandWhatCostsAWalk() throws JMException {
        Watched watched = Watched.allocator("on demand", allocator);
        try (Registration shown = Beans.register(watched)) {
            assertThat(shown).isNotNull();
            MemorySegment block = allocator.allocate(64, 8);
            assertThat((double) invoke(watched, "externalFragmentation")).isBetween(0.0, 1.0);
            allocator.free(block);
            assertThat((long) invoke(watched, "trim")).isPositive();
            assertThat(allocator.stats().committedBytes()).isZero();
            assertThatExceptionOfType(ReflectionException.class).isThrownBy(() -> invoke(watched, "close"));
        }
    }

    @Test
    void mustShowAPoolAndALimit() throws JMException {
        Allocator cache = Allocators.limited(allocator, 4096);
        Pool<StringBuilder> pool = PoolProviders.standard()
                .create(PoolConfig.builder(StringBuilder::new).capacity(3).build());
        Watched ofPool = Watched.pool("buffers", pool);
        Watched ofCache = Watched.allocator("cache", cache);
        try (Registration one = Beans.register(ofPool);
                Registration other = Beans.register(ofCache)) {
            assertThat(one).isNotSameAs(other);
            assertThat(Beans.objectName(ofPool)).hasToString("dev.ashlar:type=Pool,name=\"buffers\"");
            assertThat(attribute(ofPool, "Capacity")).isEqualTo(3L);
            assertThat(attribute(ofPool, "ReuseRatio")).isEqualTo(0.0);
            assertThat(attribute(ofCache, "LimitBytes")).isEqualTo(4096L);
            assertThat(attribute(ofCache, "UsedBytes")).isEqualTo(0L);
        }
        pool.close();
    }

    @Test
    void mustKeepOneForEachName() {
        Watched watched = Watched.allocator("twice", allocator);
        Registration shown = Beans.register(watched);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Beans.register(watched))
                .withMessageContaining("twice");
        assertThat(SERVER.isRegistered(Beans.objectName(watched))).isTrue();
        shown.close();
        shown.close();
        assertThat(SERVER.isRegistered(Beans.objectName(watched))).isFalse();
        try (Registration another = Beans.register(watched)) {
            assertThat(another).isNotNull();
            shown.close();
            assertThat(SERVER.isRegistered(Beans.objectName(watched))).isTrue();
        }
    }

    @Test
    void mustLeaveTheBeanOfAnotherAloneWhenItsOwnWasTakenOut() throws JMException {
        Watched watched = Watched.allocator("taken out", allocator);
        Registration shown = Beans.register(watched);
        SERVER.unregisterMBean(Beans.objectName(watched));
        try (Registration another = Beans.register(watched)) {
            assertThat(another).isNotNull();
            shown.close();
            assertThat(SERVER.isRegistered(Beans.objectName(watched))).isTrue();
        }
        assertThat(SERVER.isRegistered(Beans.objectName(watched))).isFalse();
    }

    @Test
    void mustEndWithWhatIsWatched() throws JMException {
        Watched watched = HandClock.alwaysNew(Watched.allocator("ends", allocator));
        Registration shown = Beans.register(watched);
        allocator.free(allocator.allocate(64, 8));
        assertThat(attribute(watched, "Allocations")).isEqualTo(1L);
        allocator.close();
        assertThat(watched.value("allocations")).isEqualTo(1);
        watched.close();
        assertThat(SERVER.isRegistered(Beans.objectName(watched))).isFalse();
        shown.close();
    }
}
