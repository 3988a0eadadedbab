package dev.ashlar.verification.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.example.CarelessUser;
import com.google.inject.Guice;
import com.google.inject.Injector;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.guice.AllocatorModule;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.compose.Hardened;
import dev.ashlar.arena.BumpArena;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.AllocatorConfig;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Hardening is switched on by a property, for programs whose code does not know it. */
class HardenedApplicationTest {

    private static final Map<String, String> FULL = Map.of("ashlar.hardening", "full");

    @Test
    void systemPropertyMustHardenEveryAllocatorOfAProgram() throws Exception {
        String[] strategies = {"slab", "lockfree", "buddy", "tlsf", "adaptive"};

        String errors = OtherJvm.errorsOf(CarelessUser.class, "-Dashlar.hardening=full", strategies);

        assertThat(errors.split("was requested with 100 bytes and is freed with 50", -1))
                .hasSize(strategies.length + 1);
        assertThat(errors.split("The freed block at 0x[0-9a-f]+ was written", -1))
                .hasSize(strategies.length + 1);
        assertThat(errors)
                .containsPattern("It was allocated at com.example.CarelessUser.main\\(CarelessUser.java:\\d+\\)\\."
                        + " It was freed at com.example.CarelessUser.freeASlice\\(CarelessUser.java:\\d+\\)");
    }

    @Test
    void programWithoutThePropertyMustNotBeHardened() throws Exception {
        assertThat(OtherJvm.errorsOf(CarelessUser.class, "-Dashlar.hardening=off", "slab"))
                .doesNotContain("requested with", "was written");
    }

    @Test
    void keyOfAConfigurationMustHardenItsAllocator() {
        try (Allocator allocator = Slab.builder().properties(FULL).build()) {
            assertHardened(allocator);
        }
        try (Allocator allocator = Slab.allocator()) {
            assertThat(allocator.as(Hardened.class)).isEmpty();
        }
    }

    @Test
    void keyMustHardenAnInjectedAllocator() {
        Injector injector =
                Guice.createInjector(AllocatorModule.builder().properties(FULL).build());
        try (AdaptiveAllocator allocator = injector.getInstance(AdaptiveAllocator.class)) {
            assertHardened(allocator);
            assertHardened(injector.getInstance(Allocator.class));
        }
    }

    private static void assertHardened(Allocator allocator) {
        MemorySegment block = allocator.allocate(100, 8);
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> allocator.free(block.asSlice(0, 50)));
        allocator.free(block);
        assertThat(allocator.as(Hardened.class).orElseThrow().check()).isEmpty();
    }

    @Test
    void arenaMustStayResettable() {
        try (Allocator arena = BumpArena.builder().properties(FULL).build()) {
            assertThat(arena.as(Resettable.class)).isPresent();
            assertThat(arena.as(Hardened.class)).isEmpty();
        }
    }

    @Test
    void wrongValueMustBeRefusedWithTheAllowedOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocatorConfig.from(Map.of("ashlar.hardening", "strong")))
                .withMessage("ashlar.hardening is 'strong': must be off, sizes, canaries or full");
    }
}
