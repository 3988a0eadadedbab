package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.Limit.RefusalListener;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class LimitTest {

    private final Limit process = Limit.of("process", 1000);

    @Test
    void mustChargeUpToTheLimitAndNoFurther() {
        assertThat(process.tryCharge(1000)).isNull();
        assertThat(process.tryCharge(1)).isSameAs(process);
        assertThat(process.tryCharge(0)).isNull();
        assertThat(process.usedBytes()).isEqualTo(1000);
        process.discharge(1000);
        assertThat(process.usedBytes()).isZero();
        assertThat(process.refused()).isEqualTo(1);
    }

    @Test
    void mustNotPassTheLimitWhateverIsAskedFor() {
        Limit most = Limit.builder("most").build();
        assertThat(most.limitBytes()).isEqualTo(AllocationException.NO_LIMIT);
        assertThat(most.tryCharge(10)).isNull();
        assertThat(most.tryCharge(Long.MAX_VALUE)).isSameAs(most);
        assertThat(most.usedBytes()).isEqualTo(10);
    }

    @Test
    void mustRefuseBadValuesNamingThem() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.of(" ", 1))
                .withMessage("name is ' ', must not be blank");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.of("a", -1))
                .withMessage("limitBytes is -1, must be 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> process.child("a").reserved(-1))
                .withMessage("reservedBytes is -1, must be 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> process.child("a").bytes(5).reserved(6).build())
                .withMessage("reservedBytes is 6, must be at most limitBytes, which is 5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.builder("a").reserved(6).build())
                .withMessageContaining("there is no parent");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> process.tryCharge(-1))
                .withMessage("bytes is -1, must be 0 or more");
        assertThat(process.usedBytes()).isZero();
    }

    @Test
    void mustCountAgainstEveryAncestorAndBeRefusedByTheTightest() {
        Limit cache = process.child("cache").bytes(5000).build();
        Limit pages = cache.child("pages").bytes(600).build();
        assertThat(pages.tryCharge(500)).isNull();
        assertThat(List.of(pages.usedBytes(), cache.usedBytes(), process.usedBytes()))
                .containsOnly(500L);
        assertThat(pages.tryCharge(101)).isSameAs(pages);
        assertThat(cache.tryCharge(501)).isSameAs(process);
        assertThat(List.of(pages.refused(), cache.refused(), process.refused())).containsExactly(1L, 0L, 1L);
        assertThat(List.of(pages.usedBytes(), cache.usedBytes(), process.usedBytes()))
                .containsOnly(500L);
        assertThat(pages.isWithin(process)).isTrue();
        assertThat(process.isWithin(pages)).isFalse();
        assertThat(pages.root()).isSameAs(process);
        assertThat(pages.parent()).containsSame(cache);
    }

    @Test
    void mustAlwaysHaveRoomForWhatIsReserved() {
        Limit cache = process.child("cache").bytes(800).reserved(300).build();
        Limit index = process.child("index").build();
        assertThat(process.usedBytes()).isEqualTo(300);
        assertThat(cache.usedBytes()).isZero();
        assertThat(index.tryCharge(701)).isSameAs(process);
        assertThat(index.tryCharge(700)).isNull();
        assertThat(cache.tryCharge(300)).isNull();
        assertThat(process.usedBytes()).isEqualTo(1000);
        assertThat(cache.tryCharge(1)).isSameAs(process);
        index.discharge(100);
        assertThat(cache.tryCharge(100)).isNull();
        cache.discharge(250);
        assertThat(process.usedBytes()).isEqualTo(900);
        cache.discharge(150);
        assertThat(process.usedBytes()).isEqualTo(900);
    }

    @Test
    void mustRefuseAReservationForWhichThereIsNoRoom() {
        assertThat(process.tryCharge(900)).isNull();
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> process.child("cache").reserved(101).build())
                .satisfies(e -> assertThat(e.refusal().name()).isEqualTo("process"));
        assertThat(process.usedBytes()).isEqualTo(900);
    }

    @Test
    void mustReturnWhatIsReservedAndNotUsedWhenItIsClosed() {
        Limit cache = process.child("cache").reserved(300).build();
        assertThat(cache.tryCharge(100)).isNull();
        cache.close();
        cache.close();
        assertThat(process.usedBytes()).isEqualTo(100);
        assertThat(cache.usedBytes()).isEqualTo(100);
        assertThat(cache.reservedBytes()).isZero();
        assertThatIllegalStateException()
                .isThrownBy(() -> cache.tryCharge(1))
                .withMessage("The limit 'cache' is closed");
        cache.chargeAnyway(5);
        cache.discharge(105);
        assertThat(cache.usedBytes()).isZero();
        assertThat(process.usedBytes()).isZero();
        process.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> process.child("late").reserved(1).build());
    }

    @Test
    void mustNotTellWhatIsChargedBeyondTheLimit() {
        process.chargeAnyway(1100);
        assertThat(process.usedBytes()).isEqualTo(1000);
        assertThat(process.hasCharged(1100)).isTrue();
        assertThat(process.hasCharged(1101)).isFalse();
        assertThat(process.tryCharge(1)).isSameAs(process);
        process.discharge(200);
        assertThat(process.tryCharge(101)).isSameAs(process);
        assertThat(process.tryCharge(100)).isNull();
    }

    @Test
    void mustNotGoBelowZero() {
        process.discharge(10);
        assertThat(process.usedBytes()).isZero();
    }

    @Test
    void mustTryAgainWhenAListenerAsksForIt() {
        assertThat(process.tryCharge(900)).isNull();
        List<Long> missing = new ArrayList<>();
        process.onRefusal((limit, missingBytes) -> {
            missing.add(missingBytes);
            limit.discharge(missingBytes);
            return true;
        });
        assertThat(process.tryCharge(150)).isNull();
        assertThat(missing).containsExactly(50L);
        assertThat(process.usedBytes()).isEqualTo(1000);
        assertThat(process.refused()).isZero();
    }

    @Test
    void mustAskTheListenersOfEachLimitOnceForARequest() {
        Limit cache = process.child("cache").bytes(500).build();
        assertThat(process.tryCharge(900)).isNull();
        assertThat(cache.tryCharge(100)).isNull();
        List<String> asked = new ArrayList<>();
        RefusalListener empty = (limit, missingBytes) -> {
            asked.add(limit.name() + " " + missingBytes);
            return true;
        };
        process.onRefusal(empty);
        cache.onRefusal(empty);
        assertThat(cache.tryCharge(200)).isSameAs(process);
        assertThat(asked).containsExactly("process 200");
        asked.clear();
        cache.onRefusal((limit, missingBytes) -> {
            limit.discharge(missingBytes);
            return true;
        });
        assertThat(cache.tryCharge(450)).isSameAs(process);
        assertThat(asked).containsExactly("cache 50", "process 400");
        assertThat(process.refused()).isEqualTo(2);
        assertThat(cache.refused()).isZero();
    }

    @Test
    void mustNotAskAgainFromWithinAListener() {
        assertThat(process.tryCharge(1000)).isNull();
        List<Long> asked = new ArrayList<>();
        process.onRefusal((limit, missingBytes) -> {
            asked.add(missingBytes);
            assertThat(limit.tryCharge(7)).isSameAs(limit);
            return true;
        });
        assertThat(process.tryCharge(5)).isSameAs(process);
        assertThat(asked).containsExactly(5L);
        assertThat(process.refused()).isEqualTo(2);
    }

    @Test
    void mustAskTheListenersForCodeWithABoundOfItsOwn() {
        List<Long> missing = new ArrayList<>();
        process.onRefusal((limit, missingBytes) -> {
            missing.add(missingBytes);
            assertThat(limit.askListeners(1)).isFalse(); // not again from within
            return missingBytes < 100;
        });
        process.onRefusal((limit, missingBytes) -> false);
        assertThat(process.askListeners(99)).isTrue();
        assertThat(process.askListeners(100)).isFalse();
        assertThat(missing).containsExactly(99L, 100L);
        assertThat(process.refused()).isZero();
        assertThat(process.usedBytes()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> process.askListeners(0))
                .withMessageContaining("missingBytes is 0");
    }

    @Test
    void mustNotAskOnceTheRegistrationIsClosed() {
        List<Long> asked = new ArrayList<>();
        RefusalListener listener = (limit, missingBytes) -> {
            asked.add(missingBytes);
            return false;
        };
        Registration first = process.onRefusal(listener);
        process.onRefusal(listener);
        first.close();
        first.close();
        assertThat(process.tryCharge(1001)).isSameAs(process);
        assertThat(asked).containsExactly(1L);
    }

    @Test
    void mustLogWhatAListenerThrowsAndAskTheNext() {
        List<LogRecord> records = new ArrayList<>();
        Logger logger = Logger.getLogger("dev.ashlar.limits");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                records.add(record);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try {
            assertThat(process.tryCharge(1000)).isNull();
            process.onRefusal((limit, missingBytes) -> {
                throw new IllegalArgumentException("listener");
            });
            process.onRefusal((limit, missingBytes) -> {
                limit.discharge(missingBytes);
                return true;
            });
            assertThat(process.tryCharge(10)).isNull();
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
        assertThat(records).singleElement().satisfies(record -> {
            assertThat(record.getMessage()).contains("'process'");
            assertThat(record.getThrown()).hasMessage("listener");
        });
    }

    @Test
    void mustThrowAnErrorOfAListenerAndChargeNothing() {
        Registration failing = process.onRefusal((limit, missingBytes) -> {
            throw new OutOfMemoryError("listener");
        });
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> process.tryCharge(1001));
        assertThat(process.usedBytes()).isZero();
        failing.close();
        process.onRefusal((limit, missingBytes) -> limit.usedBytes() == 0);
        assertThat(process.tryCharge(1001)).isSameAs(process);
    }

    @Test
    void mustChargeSeveralLimitsAllOrNone() {
        Limit tenant = Limit.of("tenant", 300);
        assertThat(Limit.tryCharge(List.of(process, tenant), 300)).isNull();
        assertThat(Limit.tryCharge(List.of(process, tenant), 1)).isSameAs(tenant);
        assertThat(List.of(process.usedBytes(), tenant.usedBytes())).containsOnly(300L);
        tenant.onRefusal((limit, missingBytes) -> {
            limit.discharge(missingBytes);
            return true;
        });
        assertThat(Limit.tryCharge(List.of(process, tenant), 10)).isNull();
        assertThat(process.usedBytes()).isEqualTo(310);
    }

    @Test
    void mustMakeARequestAgainAsLongAsListenersOfALimitWithoutRoomAskForIt() {
        assertThat(process.tryCharge(1000)).isNull();
        process.onRefusal((limit, missingBytes) -> {
            limit.discharge(missingBytes);
            return true;
        });
        assertThat(process.retry(10, () -> process.tryChargeNow(10) == null ? "served" : null))
                .isEqualTo("served");
        assertThat(process.<String>retry(10, () -> null)).isNull();
        assertThat(process.refused()).isZero();
        process.discharge(1000);
        assertThat(process.<String>retry(10, () -> {
                    throw new AssertionError("there is room, so it was refused by something else");
                }))
                .isNull();
    }

    @Test
    void mustTellWhatItIs() {
        Limit cache = process.child("cache").bytes(500).reserved(100).build();
        assertThat(cache).hasToString("limit 'cache' (0 bytes used, at most 500, 100 reserved, in 'process')");
        cache.close();
        assertThat(cache).hasToString("limit 'cache' (0 bytes used, at most 500, in 'process', closed)");
        assertThat(Limit.builder("all").build()).hasToString("limit 'all' (0 bytes used, no limit)");
    }
}
