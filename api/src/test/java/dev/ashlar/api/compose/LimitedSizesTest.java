package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A limit over an allocator that knows the sizes of its blocks: sizes that a client passes change nothing. */
class LimitedSizesTest {

    private final RoundingAllocator upstream = new RoundingAllocator(100_000);
    private final Allocator limited = Allocators.limited(Allocators.limited(upstream, 10_000), 1600);

    @AfterEach
    void close() {
        ((LimitedAllocator) limited).ledger.checkInvariants();
        upstream.close();
    }

    private long used() {
        return limited.as(Limit.class).orElseThrow().usedBytes();
    }

    @ParameterizedTest
    @EnumSource
    void mustChargeWhatABlockTakes(Request request) {
        MemorySegment block = request.serve(limited, 100, 8);
        assertThat(used()).isEqualTo(112);
        assertThat(limited.stats().requestedBytes()).isEqualTo(100);
        request.free(limited, block);
        assertThat(used()).isZero();
        assertThat(limited.stats().requestedBytes()).isZero();
    }

    @SuppressWarnings("restricted") // SAFETY: nothing is read or written
    private static MemorySegment resized(MemorySegment block, long byteSize) {
        return block.reinterpret(byteSize);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 50, 100, 112, 1_000_000})
    void mustReleaseWhatItChargedWhateverTheClientSays(long made) {
        MemorySegment other = limited.allocate(900);
        for (int i = 0; i < 50; i++) {
            limited.free(resized(limited.allocate(100), made));
            limited.freeAll(List.of(resized(limited.allocate(100), made)));
            Request.addresses(limited).freeAddress(Request.addresses(limited).allocateAddress(100, 1), made);
        }
        assertThat(used()).isEqualTo(912);
        limited.free(other);
        assertThat(used()).isZero();
        assertThat(limited.stats().requestedBytes()).isZero();
        limited.free(limited.allocate(1600));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 50, 1_000_000})
    void mustChargeAResizeWhatTheNewBlockTakes(long made) {
        MemorySegment block = limited.allocate(100);
        block = limited.resize(resized(block, Math.min(made, 100)), 300);
        assertThat(used()).isEqualTo(304);
        block = limited.resize(block, 20);
        assertThat(used()).isEqualTo(32);
        limited.free(block);
        assertThat(used()).isZero();
    }

    @Test
    void mustCountTheRequestedBytesOfAResizedBlock() {
        MemorySegment block = limited.resize(limited.allocate(100), 300);
        assertThat(limited.stats().requestedBytes()).isEqualTo(300);
        block = limited.resize(block, 20);
        assertThat(limited.stats().requestedBytes()).isEqualTo(20);
        limited.free(block);
        assertThat(limited.stats().requestedBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustRefuseABlockWhoseRoundingPassesTheLimit(Request request) {
        MemorySegment most = limited.allocate(1490); // takes 1504
        if (request.tries()) {
            assertThat(request.serve(limited, 97 - 16, 8)).isNotNull();
            assertThat(request.serve(limited, 1, 8)).isNull();
        } else {
            assertThat(request.serve(limited, 81, 8)).isNotNull();
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> request.serve(limited, 1, 8));
        }
        assertThat(used()).isEqualTo(1600);
        assertThat(limited.stats().refused()).isEqualTo(1);
        assertThat(limited.stats().liveBlocks()).isEqualTo(2);
        assertThat(upstream.stats().liveBlocks()).isEqualTo(2);
        limited.free(most);
    }

    @Test
    void mustGiveBackABlockWhoseRoundingPassesTheLimit() {
        Allocator odd = Allocators.limited(upstream, 1000);
        MemorySegment most = odd.allocate(976);
        assertThat(odd.tryAllocate(20, 8)).isNull(); // 24 are left, and it takes 32
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> odd.allocate(20))
                .satisfies(e -> assertThat(e.refusal().requestedBytes()).isEqualTo(20));
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> odd.allocateAll(10, 8, 2));
        assertThat(Request.addresses(odd).tryAllocateAddress(20, 8)).isEqualTo(AddressAllocator.NULL);
        assertThat(odd.stats().refused()).isEqualTo(4);
        assertThat(upstream.stats().liveBlocks()).isEqualTo(1);
        odd.free(odd.allocate(16));
        odd.free(most);
        assertThat(odd.as(Limit.class).orElseThrow().usedBytes()).isZero();
    }

    @Test
    void mustNeverTellMoreThanTheLimitAfterAResize() {
        Allocator odd = Allocators.limited(upstream, 1000);
        MemorySegment block = odd.resize(odd.allocate(100), 1000); // takes 1008
        Limit quota = odd.as(Limit.class).orElseThrow();
        assertThat(quota.usedBytes()).isEqualTo(1000);
        assertThat(odd.tryAllocate(1, 1)).isNull();
        MemorySegment nothing = odd.allocate(0);
        odd.free(block);
        assertThat(quota.usedBytes()).isZero();
        odd.free(nothing);
    }
}
