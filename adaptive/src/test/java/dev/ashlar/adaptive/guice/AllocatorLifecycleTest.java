package dev.ashlar.adaptive.guice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.ProvisionException;
import dev.ashlar.api.Allocator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class AllocatorLifecycleTest {

    private final AllocatorLifecycle lifecycle = new AllocatorLifecycle();
    private final List<String> closed = new ArrayList<>();

    private AutoCloseable named(String name) {
        return () -> closed.add(name);
    }

    @Test
    void mustCloseInReverseOrderAndOnce() {
        lifecycle.own(() -> named("first"));
        lifecycle.own(() -> lifecycle.own(() -> named("needed by third")) == null ? null : named("third"));
        lifecycle.close();
        lifecycle.close();
        assertThat(closed).containsExactly("third", "needed by third", "first");
    }

    @Test
    void mustClosePoolsBeforeAllocatorsThatTheirFactoriesAskedForLater() {
        lifecycle.own(() -> named("root"));
        lifecycle.ownPool(() -> named("pool"));
        lifecycle.ownPool(() -> named("its watch"));
        lifecycle.own(() -> named("component that the pool's factory fetched"));
        lifecycle.close();
        assertThat(closed).containsExactly("its watch", "pool", "component that the pool's factory fetched", "root");
    }

    @Test
    void mustCloseTheOthersWhenOneFails() {
        lifecycle.own(() -> named("first"));
        lifecycle.own(() -> (AutoCloseable) () -> {
            throw new java.io.IOException("stuck");
        });
        lifecycle.own(() -> named("third"));
        assertThatIllegalStateException()
                .isThrownBy(lifecycle::close)
                .withRootCauseInstanceOf(java.io.IOException.class)
                .withStackTraceContaining("stuck");
        assertThat(closed).containsExactly("third", "first");
    }

    @Test
    void mustTryThoseThatFailedWhenItIsClosedAgain() {
        AtomicBoolean isBusy = new AtomicBoolean(true);
        lifecycle.own(() -> named("first"));
        for (String name : List.of("second", "third")) {
            lifecycle.own(() -> (AutoCloseable) () -> {
                if (isBusy.get()) {
                    throw new IllegalStateException("busy");
                }
                closed.add(name);
            });
        }
        assertThatIllegalStateException().isThrownBy(lifecycle::close);
        assertThatIllegalStateException().isThrownBy(lifecycle::close);
        assertThat(closed).containsExactly("first");
        isBusy.set(false);
        lifecycle.close();
        lifecycle.close();
        assertThat(closed).containsExactly("first", "third", "second");
    }

    @Test
    void mustMakeNothingAfterTheEnd() {
        lifecycle.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> lifecycle.own(() -> {
                    throw new AssertionError("made");
                }))
                .withMessageContaining("AllocatorLifecycle");
        Injector injector = Guice.createInjector(new AllocatorModule());
        injector.getInstance(AllocatorLifecycle.class).close();
        assertThatExceptionOfType(ProvisionException.class)
                .isThrownBy(() -> injector.getInstance(Allocator.class))
                .withMessageContaining("The injector's allocators are closed");
    }

    @Test
    void mustCloseNoAllocatorWhileAnotherThreadClosesAPool() throws Exception {
        CountDownLatch closing = new CountDownLatch(1);
        CountDownLatch going = new CountDownLatch(1);
        AtomicBoolean isAllocatorClosed = new AtomicBoolean();
        lifecycle.own(() -> (AutoCloseable) () -> isAllocatorClosed.set(true));
        lifecycle.ownPool(() -> (AutoCloseable) () -> {
            closing.countDown();
            going.await();
        });
        Thread first = Thread.ofPlatform().start(lifecycle::close);
        closing.await();
        Thread second = Thread.ofPlatform().start(lifecycle::close);
        while (second.getState() != Thread.State.WAITING && second.isAlive()) {
            Thread.onSpinWait();
        }
        boolean wasAllocatorClosed = isAllocatorClosed.get();
        going.countDown();
        first.join();
        second.join();

        assertThat(wasAllocatorClosed).isFalse();
        assertThat(isAllocatorClosed).isTrue();
    }

    @Test
    void mustCloseNoAllocatorBeforeThePoolThatClosesTheLifecycle() {
        lifecycle.own(() -> named("allocator"));
        lifecycle.ownPool(() -> (AutoCloseable) () -> {
            lifecycle.close();
            closed.add("pool");
        });
        lifecycle.close();

        assertThat(closed).containsExactly("pool", "allocator");
    }

    @Test
    void mustNotWaitForAnotherThreadThatMakesSomething() throws Exception {
        CountDownLatch making = new CountDownLatch(1);
        CountDownLatch made = new CountDownLatch(1);
        Thread slow = Thread.ofPlatform()
                .start(() -> lifecycle.own(() -> {
                    making.countDown();
                    assertThatCode(() ->
                                    assertThat(made.await(10, TimeUnit.SECONDS)).isTrue())
                            .doesNotThrowAnyException();
                    return named("slow");
                }));
        making.await();
        Thread.ofPlatform()
                .start(() -> {
                    lifecycle.own(() -> named("quick"));
                    made.countDown();
                })
                .join();
        slow.join();
        lifecycle.close();
        assertThat(closed).containsExactly("slow", "quick");
    }
}
