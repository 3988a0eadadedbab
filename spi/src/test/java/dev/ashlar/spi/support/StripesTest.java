package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Heaps that threads share without waiting for each other. */
class StripesTest {

    private static final Thread ME = Thread.currentThread();

    private static final class CountingHeap extends ThreadHeap {
        private int flushes;

        CountingHeap() {
            super(null);
        }

        @Override
        public void flush() {
            flushes++;
        }

        void seeToWishes() {
            flushIfWanted();
        }
    }

    private final Stripes<CountingHeap> stripes = new Stripes<>(CountingHeap::new);

    private List<CountingHeap> all() {
        List<CountingHeap> all = new ArrayList<>();
        stripes.forEach(all::add);
        return all;
    }

    @Test
    void mustLendAStripeToOneAtATime() {
        CountingHeap first = stripes.lockOne(ME);
        CountingHeap second = stripes.lockOne(ME);
        assertThat(second).isNotSameAs(first);
        assertThat(first.tryLock()).isFalse();
    }

    @Test
    void mustMakeNoMoreStripesThanAreBusyAtOnce() {
        for (int i = 0; i < 3; i++) {
            CountingHeap first = stripes.lockOne(ME);
            CountingHeap second = stripes.lockOne(ME);
            first.unlock();
            assertThat(stripes.lockOne(ME)).isSameAs(first);
            first.unlock();
            second.unlock();
        }
        assertThat(all()).hasSize(2);
    }

    @Test
    void mustReturnAThreadToTheStripeWhereItWas() {
        for (int i = 0; i < 3; i++) {
            stripes.lockOne(ME);
        }
        stripes.forEach(ThreadHeap::unlock);
        CountingHeap mine = stripes.lockOne(ME);
        mine.unlock();
        assertThat(stripes.lockOne(ME)).isSameAs(mine);
    }

    @Test
    void mustFlushIdleStripesAtOnceAndBusyOnesAtTheirNextChance() {
        CountingHeap busy = stripes.lockOne(ME);
        CountingHeap idle = stripes.lockOne(ME);
        idle.unlock();
        stripes.flush();
        assertThat(idle.flushes).isEqualTo(1);
        assertThat(busy.flushes).isZero();
        assertThat(idle.tryLock()).as("locked no longer than needed").isTrue();
        busy.seeToWishes();
        busy.seeToWishes();
        assertThat(busy.flushes).isEqualTo(1);
    }

    @Test
    void mustUnlockAStripeWhoseActionFails() {
        CountingHeap stripe = stripes.lockOne(ME);
        stripe.unlock();
        try {
            stripes.forEachIdle(
                    heap -> {
                        throw new IllegalStateException("on purpose");
                    },
                    heap -> {});
        } catch (IllegalStateException expected) {
            assertThat(expected).hasMessage("on purpose");
        }
        assertThat(stripe.tryLock()).isTrue();
    }
}
