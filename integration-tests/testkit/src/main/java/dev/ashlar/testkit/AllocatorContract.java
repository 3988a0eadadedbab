package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.MemorySources;
import dev.ashlar.testkit.ContractLimits.SingleFrees;
import java.lang.reflect.Method;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestReporter;

/**
 * The contract of {@link Allocator} as tests. The author of a strategy or a decorator extends it with a method that
 * makes an allocator, and declares its limits:
 *
 * {@snippet class="dev.ashlar.verification.kit.HonestArenaTest" region="arena"}
 *
 * <p>Each test is named after the rule that it tests. A declared limit turns its tests into their opposite. A test
 * without an opposite is reported as skipped, with the limit as the reason. {@link #limits_mustBeAsDeclared} reports
 * all limits.
 *
 * <p>A class takes a few seconds. With the system property {@code ashlar.tests=long} it does some fifty times as much.
 * {@code ashlar.seed} repeats a churn whose failure named a seed. {@code ashlar.patience} is the number of seconds
 * after which a waiting thread is a failure.
 */
public abstract class AllocatorContract
        implements BlockRules,
                ArgumentRules,
                FreeRules,
                ThreadRules,
                ExhaustionRules,
                FaultRules,
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
                EvacuationRules,
                OwnerRules,
                ResetRules {

    /** For subclasses. */
    protected AllocatorContract() {}

    /**
     * Makes an allocator. Each test makes its own, one or several, and closes them.
     *
     * @param config has the source of every chunk, limit, budget, retained bytes and reserve; add the settings of the
     *     strategy by {@link AllocatorConfig#toBuilder()}
     */
    protected abstract Allocator create(AllocatorConfig config);

    /**
     * The limits of these allocators. Called often, and must always return the same.
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

    @BeforeEach
    void skipTestsOfOwnMemoryIfThereIsNone(TestInfo test) {
        Method method = test.getTestMethod().orElseThrow();
        boolean needsOwnMemory = method.isAnnotationPresent(OwnMemory.class)
                || method.getDeclaringClass().isAnnotationPresent(OwnMemory.class);
        assumeTrue(
                limits().hasOwnMemory() || !needsOwnMemory,
                "limits() declares that the memory is that of a library of the process");
    }

    /** Lists the declared limits, and checks that they are consistent. */
    @Test
    void limits_mustBeAsDeclared(TestReporter reporter) {
        ContractLimits limits = limits();
        reporter.publishEntry(Map.of("limits", limits.toString()));
        if (limits.hasOwnMemory() && limits.singleFrees() == SingleFrees.GIVE_BACK) {
            assertThat(limits.seenInvalidFrees())
                    .as("rule 4: a strategy that frees single blocks sees every invalid free")
                    .isEqualTo(Set.copyOf(EnumSet.allOf(InvalidBlockException.Reason.class)));
        }
    }

    /** The opposite of the tests that are skipped for such memory. */
    @Test
    void memory_mustNotComeFromTheSourceIfItIsThatOfTheProcess() {
        if (limits().hasOwnMemory()) {
            return; // the tests of the source's chunks say so
        }
        try (AllocatorUnderTest subject = subject()) {
            subject.allocateMany(100, 1000);
            assertThat(subject.source().takes())
                    .as("chunks taken from the source by an allocator that is declared to need none")
                    .isZero();
            subject.freeEverything();
        }
    }
}
