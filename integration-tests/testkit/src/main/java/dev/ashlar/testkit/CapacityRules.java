package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Resizable;
import dev.ashlar.testkit.ChurnWorkload.Mix;
import dev.ashlar.testkit.TestThread.Kind;
import org.junit.jupiter.api.Test;

/** What is kept ready. */
interface CapacityRules extends CapabilityRules {

    @Test
    default void resizable_mustTellItsCapacity() {
        whereDeclared(Resizable.class, subject(AllocationException.NO_LIMIT, 3 << 20), (subject, resizable) -> {
            assertThat(resizable.capacity()).isEqualTo(3 << 20);
            for (long capacity : new long[] {0, 1, 5 << 20, Long.MAX_VALUE}) {
                resizable.resize(capacity);
                assertThat(resizable.capacity()).isEqualTo(capacity);
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> resizable.resize(-1))
                    .withMessageContaining("-1");
            assertThat(resizable.capacity()).isEqualTo(Long.MAX_VALUE);
        });
    }

    @Test
    default void resizable_mustNotTakeMemoryWhenItGrows() {
        whereDeclared(Resizable.class, (subject, resizable) -> {
            subject.allocate(100);
            long takes = subject.source().takes();
            resizable.resize(64 << 20);
            assertThat(subject.source().takes()).isEqualTo(takes);
            subject.freeEverything();
        });
    }

    @Test
    default void resizable_mustGiveBackWhatIsIdleWhenItShrinks() {
        whereDeclared(Resizable.class, subject(AllocationException.NO_LIMIT, 256 << 20), (subject, resizable) -> {
            new ChurnWorkload(subject, Mix.EVERYTHING).run(1_500);
            for (long capacity : new long[] {1 << 20, 64 << 10, 0}) {
                resizable.resize(capacity);
                subject.recorder().checkContents();
            }
            subject.freeEverything();
            resizable.resize(64 << 20);
            subject.free(subject.allocateMany(300, 4000));
            resizable.resize(0);
            assertThat(subject.source().openBytes())
                    .as("bytes out after the capacity shrank to 0")
                    .isLessThanOrEqualTo(declaredLimits().retainedBytesPerThread());
            StatisticsRules.assertEqualWalk(subject);
        });
    }

    @Test
    default void resizable_mustResizeWhileThreadsWork() {
        whereDeclared(Resizable.class, subject(AllocationException.NO_LIMIT, 1 << 20), (subject, resizable) -> {
            if (subject.isConfined()) {
                return; // the threads' own tests show that others are refused
            }
            TestThread.together(Kind.PLATFORM, 3, number -> {
                if (number > 0) {
                    new ChurnWorkload(subject, Mix.EVERYTHING).run(1_500);
                } else {
                    for (int i = 0; i < 200; i++) {
                        resizable.resize((i % 5) * (100L << 10));
                    }
                }
            });
            subject.recorder().checkContents();
            subject.freeEverything();
            resizable.resize(0);
            subject.allocator().trim();
            assertThat(subject.source().openBytes()).isZero();
        });
    }

    @Test
    default void resizable_mustRefuseToResizeAfterClose() {
        whereDeclared(Resizable.class, (subject, resizable) -> {
            subject.allocator().close();
            assertThatIllegalStateException().isThrownBy(() -> resizable.resize(1));
        });
    }
}
