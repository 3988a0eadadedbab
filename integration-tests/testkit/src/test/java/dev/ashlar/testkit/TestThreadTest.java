package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.testkit.TestThread.Kind;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TestThreadTest {

    @Test
    void mustRunOnOneThreadOfItsKind() {
        for (Kind kind : Kind.values()) {
            Thread thread;
            try (TestThread companion = new TestThread(kind)) {
                thread = companion.call(Thread::currentThread);
                assertThat(thread.isVirtual()).isEqualTo(kind == Kind.VIRTUAL);
                assertThat(companion.<Thread>call(Thread::currentThread)).isSameAs(thread);
            }
            assertThat(thread.isAlive()).isFalse();
        }
    }

    @Test
    void mustThrowHereWhatIsThrownThere() {
        try (TestThread companion = TestThread.platform()) {
            assertThatExceptionOfType(AssertionError.class)
                    .isThrownBy(() -> companion.run(() -> {
                        throw new IllegalStateException("there");
                    }))
                    .withCauseInstanceOf(IllegalStateException.class)
                    .withMessageContaining("there");
        }
    }

    @Test
    void mustLetThreadsBeginTogether() {
        CountDownLatch all = new CountDownLatch(3);
        AtomicInteger sum = new AtomicInteger();
        TestThread.together(Kind.VIRTUAL, 3, number -> {
            all.countDown();
            all.await();
            sum.addAndGet(number);
        });
        assertThat(sum).hasValue(0 + 1 + 2);
    }
}
