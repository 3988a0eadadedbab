package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Retention;
import dev.ashlar.testkit.ChurnWorkload.Mix;
import dev.ashlar.testkit.TestThread.Kind;
import org.junit.jupiter.api.Test;

/** The capability to change the retained bytes. */
interface RetainRules extends CapabilityRules {

    @Test
    default void retention_mustTellWhatIsRetained() {
        whereDeclared(Retention.class, subject(AllocationException.NO_LIMIT, 3 << 20), (subject, retention) -> {
            assertThat(retention.retainedBytes()).isEqualTo(3 << 20);
            for (long retained : new long[] {0, 1, 5 << 20, Long.MAX_VALUE}) {
                retention.retain(retained);
                assertThat(retention.retainedBytes()).isEqualTo(retained);
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> retention.retain(-1))
                    .withMessageContaining("-1");
            assertThat(retention.retainedBytes()).isEqualTo(Long.MAX_VALUE);
        });
    }

    @Test
    default void retention_mustNotTakeMemoryWhenItGrows() {
        whereDeclared(Retention.class, (subject, retention) -> {
            subject.allocate(100);
            long takes = subject.source().takes();
            retention.retain(64 << 20);
            assertThat(subject.source().takes()).isEqualTo(takes);
            subject.freeEverything();
        });
    }

    @Test
    default void retention_mustGiveBackWhatIsIdleWhenItShrinks() {
        whereDeclared(Retention.class, subject(AllocationException.NO_LIMIT, 256 << 20), (subject, retention) -> {
            new ChurnWorkload(subject, Mix.EVERYTHING).run(1_500);
            for (long retained : new long[] {1 << 20, 64 << 10, 0}) {
                retention.retain(retained);
                subject.recorder().checkContents();
            }
            subject.freeEverything();
            retention.retain(64 << 20);
            long byThreads = declaredLimits().retainedBytesPerThread();
            subject.free(subject.allocateMany((int) ((2 * byThreads + (1 << 20)) / 4000), 4000));
            retention.retain(0);
            assertThat(subject.source().openBytes())
                    .as("bytes out when nothing is to be retained")
                    .isLessThanOrEqualTo(byThreads);
            StatisticsRules.assertEqualWalk(subject);
        });
    }

    @Test
    default void retention_mustResizeWhileThreadsWork() {
        whereDeclared(Retention.class, subject(AllocationException.NO_LIMIT, 1 << 20), (subject, retention) -> {
            assumeFalse(
                    subject.isConfined(),
                    "limits() declares one thread; the rules of threads test that others are refused");
            TestThread.together(Kind.PLATFORM, 3, number -> {
                if (number > 0) {
                    new ChurnWorkload(subject, Mix.EVERYTHING).run(1_500);
                } else {
                    for (int i = 0; i < 200; i++) {
                        retention.retain((i % 5) * (100L << 10));
                    }
                }
            });
            subject.recorder().checkContents();
            subject.freeEverything();
            retention.retain(0);
            subject.allocator().trim();
            assertThat(subject.source().openBytes()).isZero();
        });
    }

    @Test
    default void retention_mustRefuseToResizeAfterClose() {
        whereDeclared(Retention.class, (subject, retention) -> {
            subject.allocator().close();
            assertThatIllegalStateException().isThrownBy(() -> retention.retain(1));
        });
    }
}
