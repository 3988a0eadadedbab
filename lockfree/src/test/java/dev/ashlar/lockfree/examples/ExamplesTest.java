package dev.ashlar.lockfree.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.Lease;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** The examples work as described. */
class ExamplesTest {

    @Test
    void mustUseAnItemForAnotherKeyWhenItIsEvicted() {
        Map<String, CacheItem<String, Integer>> cache = new HashMap<>();
        try (var pool = CacheItem.<String, Integer>pool(10)) {
            cache.put("one", pool.acquire().set("one", 1, Duration.ofSeconds(5), 0));
            CacheItem<String, Integer> item = cache.get("one");
            assertThat(item.value()).isEqualTo(1);
            assertThat(item.isExpired(Duration.ofSeconds(5).toNanos() - 1)).isFalse();
            assertThat(item.isExpired(Duration.ofSeconds(5).toNanos())).isTrue();

            pool.release(cache.remove("one"));
            assertThat(item.key()).isNull();
            assertThat(item.value()).isNull();
            assertThat(pool.acquire().set("two", 2, Duration.ofSeconds(1), 0)).isSameAs(item);
            assertThat(pool.stats().reuseRatio()).isEqualTo(0.5);
        }
    }

    @Test
    void mustGiveAResultToTheRequestThatItIsFor() throws TimeoutException {
        try (var pool = AsyncResult.<String>pool(10)) {
            AsyncResult<String> slow = pool.acquire();
            long slowTicket = slow.ticket();
            assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> slow.await(1));
            pool.release(slow);

            AsyncResult<String> next = pool.acquire();
            assertThat(next).isSameAs(slow);
            assertThat(slow.complete(slowTicket, "late"))
                    .as("completed by who came late")
                    .isFalse();
            assertThat(next.complete(next.ticket(), "right")).isTrue();
            assertThat(next.complete(next.ticket(), "again")).isFalse();
            assertThat(next.await(0)).isEqualTo("right");
            pool.release(next);
        }
    }

    @Test
    void mustGiveEachOfManyRequestsItsResult() throws Exception {
        try (var pool = AsyncResult.<Integer>pool(4)) {
            for (int i = 0; i < 2_000; i++) {
                int request = i;
                try (Lease<AsyncResult<Integer>> lease = pool.lease()) {
                    AsyncResult<Integer> result = lease.get();
                    long ticket = result.ticket();
                    Thread.startVirtualThread(() -> result.complete(ticket, request));
                    if (request % 3 != 0) { // otherwise it is released before or during its completion
                        assertThat(result.await(TimeUnit.SECONDS.toNanos(60))).isEqualTo(request);
                    }
                }
            }
            assertThat(pool.stats().created()).isEqualTo(1);
        }
    }
}
