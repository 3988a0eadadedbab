package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Heaps that threads share without waiting for each other. */
class StripesTest {

    private static final Thread ME = Thread.currentThread();

    private static final class CountingHeap extends ThreadTable.Entry {
        private int flushes;
        private boolean flushWanted;

        CountingHeap() {
            super(null);
        }
    }

    private void flush() {
        stripes.forEachIdle(heap -> heap.flushes++, heap -> heap.flushWanted = true);
    }

    private final Stripes<CountingHeap> stripes = new Stripes<>(CountingHeap::new);

    private List<CountingHeap> all() {
        List<CountingHeap> all = new ArrayList<>();
        stripes.forEach(all::add);
        return all;
    }

    @Test
    void mustLendAStripeToOneAtATime() {
        CountingHeap first = stripes.occupyOne(ME);
        CountingHeap second = stripes.occupyOne(ME);
        assertThat(second).isNotSameAs(first);
        assertThat(first.tryOccupy()).isFalse();
    }

    @Test
    void mustMakeNoMoreStripesThanAreBusyAtOnce() {
        for (int i = 0; i < 3; i++) {
            CountingHeap first = stripes.occupyOne(ME);
            CountingHeap second = stripes.occupyOne(ME);
            first.vacate();
            assertThat(stripes.occupyOne(ME)).isSameAs(first);
            first.vacate();
            second.vacate();
        }
        assertThat(all()).hasSize(2);
    }

    @Test
    void mustReturnAThreadToTheStripeWhereItWas() {
        for (int i = 0; i < 3; i++) {
            stripes.occupyOne(ME);
        }
        stripes.forEach(ThreadTable.Entry::vacate);
        CountingHeap mine = stripes.occupyOne(ME);
        mine.vacate();
        assertThat(stripes.occupyOne(ME)).isSameAs(mine);
    }

    @Test
    void mustDoToIdleStripesWhatBusyOnesAreAskedFor() {
        CountingHeap busy = stripes.occupyOne(ME);
        CountingHeap idle = stripes.occupyOne(ME);
        idle.vacate();
        flush();
        assertThat(idle.flushes).isEqualTo(1);
        assertThat(busy.flushes).isZero();
        assertThat(idle.flushWanted).isFalse();
        assertThat(busy.flushWanted).isTrue();
        assertThat(idle.tryOccupy()).as("occupied no longer than needed").isTrue();
    }

    @Test
    void mustVacateAStripeWhoseActionFails() {
        CountingHeap stripe = stripes.occupyOne(ME);
        stripe.vacate();
        try {
            stripes.forEachIdle(
                    heap -> {
                        throw new IllegalStateException("on purpose");
                    },
                    heap -> {});
        } catch (IllegalStateException expected) {
            assertThat(expected).hasMessage("on purpose");
        }
        assertThat(stripe.tryOccupy()).isTrue();
    }
}
