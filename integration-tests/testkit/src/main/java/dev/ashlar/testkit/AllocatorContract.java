package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.MemorySources;
import dev.ashlar.testkit.ContractLimits.SingleFrees;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * The contract of {@link Allocator} as tests. Whoever writes a strategy or a decorator extends it with a method that
 * makes one, and declares what is limited about it:
 *
 * {@snippet class="dev.ashlar.verification.kit.HonestArenaTest" region="arena"}
 *
 * <p>Each test is named after the rule that it tests. A declared limit turns the tests it concerns into their opposite;
 * a test without an opposite is reported as skipped, with the limit as the reason. {@link #limits_mustBeAsDeclared}
 * reports all limits.
 *
 * <p>A class takes a few seconds. The system property {@code ashlar.tests=long} makes it do some fifty times as much,
 * {@code ashlar.seed} repeats a churn whose failure named a seed, and {@code ashlar.patience} says after how many
 * seconds a thread that waits for ever is a failure.
 */
public abstract class AllocatorContract
        implements BlockRules,
                ArgumentRules,
                FreeRules,
                ThreadRules,
                ExhaustionRules,
                RefusalRules,
                BatchRules,
                TrimRules,
                CloseRules,
                StatisticsRules,
                RetentionRules,
                ProgressRules,
                AddressRules,
                RetainRules,
                LimitRules,
                ConfinedRules,
                InspectionRules,
                OwnerRules,
                ResetRules {

    /** For subclasses. */
    protected AllocatorContract() {}

    /**
     * Makes an allocator. Each test makes its own, several of them if it likes, and closes them.
     *
     * @param config where every chunk comes from, limit, budget, retained bytes and reserve; add the settings of the strategy by
     *     {@link AllocatorConfig#toBuilder()}
     */
    protected abstract Allocator create(AllocatorConfig config);

    /**
     * What is limited about these allocators. Asked often: it must say the same each time.
     *
     * @return by default, no limits: see {@link ContractLimits.Builder}
     */
    protected ContractLimits limits() {
        return ContractLimits.builder().build();
    }

    /** Where the memory of the allocators comes from in the end: {@code jdk} if nothing else is said. */
    protected MemorySource memory() {
        return MemorySources.require("jdk");
    }

    @Override
    public final ContractLimits declaredLimits() {
        return limits();
    }

    @Override
    public final AllocatorUnderTest subject(long limitBytes, long retainedBytes, long reserveBytes) {
        return subject(AllocatorConfig.builder()
                .limitBytes(limitBytes)
                .retainedBytes(retainedBytes)
                .reserveBytes(reserveBytes));
    }

    @Override
    public final AllocatorUnderTest subject(Limit budget, long retainedBytes) {
        return subject(AllocatorConfig.builder().budget(budget).retainedBytes(retainedBytes));
    }

    private AllocatorUnderTest subject(AllocatorConfig.Builder builder) {
        FaultySource source = new FaultySource(memory());
        AllocatorConfig config = builder.source(source).build();
        return new AllocatorUnderTest(create(config), source, config, limits());
    }

    /** Lists what is declared, and checks that it goes together. */
    @Test
    void limits_mustBeAsDeclared(TestReporter reporter) {
        ContractLimits limits = limits();
        reporter.publishEntry(Map.of("limits", limits.toString()));
        if (limits.singleFrees() == SingleFrees.GIVE_BACK) {
            assertThat(limits.seenInvalidFrees())
                    .as("rule 4: a strategy that frees single blocks sees every invalid free")
                    .isEqualTo(Set.copyOf(EnumSet.allOf(InvalidBlockException.Reason.class)));
        }
    }
}
