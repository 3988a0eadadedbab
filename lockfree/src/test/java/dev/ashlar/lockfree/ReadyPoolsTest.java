package dev.ashlar.lockfree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolExhaustedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ready pools hand out objects that are like new, and discard objects that were ever too large. */
class ReadyPoolsTest {

    /** Whether an object that was used in some way is handed out again. */
    private static <T> boolean isKept(Pool<T> pool, Consumer<T> use) {
        T object = pool.acquire();
        use.accept(object);
        pool.release(object);
        T next = pool.acquire();
        pool.release(next);
        assertThat(pool.stats().discarded()).isEqualTo(next == object ? 0 : 1);
        return next == object;
    }

    @Test
    void mustLeaveNothingInAStringBuilder() {
        try (var pool = ReadyPools.stringBuilders(1024, 10)) {
            assertThat(isKept(pool, builder -> builder.append("secret".repeat(100))))
                    .isTrue();
            assertThat(isKept(pool, builder -> builder.append("\u4e00\u4e8c".repeat(300))))
                    .isTrue();
            StringBuilder builder = pool.acquire();
            assertThat(builder).isEmpty();
            builder.setLength(600);
            assertThat(builder.chars()).allMatch(c -> c == 0);
        }
    }

    @Test
    void mustDiscardAStringBuilderThatGrew() {
        try (var pool = ReadyPools.stringBuilders(1024, 10)) {
            assertThat(isKept(pool, builder -> {
                        builder.append("x".repeat(2000));
                        builder.setLength(1);
                    }))
                    .isFalse();
        }
    }

    static Stream<Consumer<List<Integer>>> waysToGrowAList() {
        List<Integer> many = IntStream.rangeClosed(0, 100).boxed().toList();
        return Stream.of(
                list -> many.forEach(list::add),
                list -> many.forEach(n -> list.add(0, n)),
                list -> many.forEach(list::addFirst),
                list -> many.forEach(list::addLast),
                list -> list.addAll(many),
                list -> {
                    list.add(1);
                    list.addAll(0, many.subList(0, 100));
                },
                list -> list.subList(0, 0).addAll(many),
                list -> many.forEach(n -> list.listIterator().add(n)),
                list -> ((ArrayList<Integer>) list).ensureCapacity(101));
    }

    @ParameterizedTest
    @MethodSource("waysToGrowAList")
    void mustDiscardAListThatGrewInAnyWay(Consumer<List<Integer>> grow) {
        try (var pool = ReadyPools.<Integer>arrayLists(100, 10)) {
            assertThat(isKept(pool, list -> {
                        grow.accept(list);
                        list.clear();
                    }))
                    .isFalse();
        }
    }

    @Test
    void mustKeepAListUpToTheBoundAndEmptyIt() {
        try (var pool = ReadyPools.<Integer>arrayLists(100, 10)) {
            assertThat(isKept(pool, list -> list.addAll(Collections.nCopies(100, 7))))
                    .isTrue();
            assertThat(pool.acquire()).isEmpty();
        }
    }

    static Stream<Consumer<Map<Integer, Integer>>> waysToGrowAMap() {
        List<Integer> many = IntStream.rangeClosed(0, 100).boxed().toList();
        return Stream.of(
                map -> many.forEach(n -> map.put(n, n)),
                map -> many.forEach(n -> map.putIfAbsent(n, n)),
                map -> many.forEach(n -> map.computeIfAbsent(n, k -> k)),
                map -> many.forEach(n -> map.compute(n, (k, v) -> k)),
                map -> many.forEach(n -> map.merge(n, n, Integer::sum)),
                map -> map.putAll(many.stream().collect(Collectors.toMap(n -> n, n -> n))),
                map -> {
                    many.subList(0, 100).forEach(n -> map.put(n, n));
                    map.putAll(map.keySet().stream().collect(Collectors.toMap(n -> n, n -> n)));
                    map.putIfAbsent(-1, -1);
                },
                map -> assertThatThrownBy(() -> map.putAll(failing(many))).hasMessage("no entries"));
    }

    /** A source for which a map makes room, but which then has no entries. */
    private static Map<Integer, Integer> failing(List<Integer> keys) {
        return new AbstractMap<>() {
            @Override
            public int size() {
                return keys.size();
            }

            @Override
            public Set<Entry<Integer, Integer>> entrySet() {
                throw new IllegalStateException("no entries");
            }
        };
    }

    @ParameterizedTest
    @MethodSource("waysToGrowAMap")
    void mustDiscardAMapThatGrewInAnyWay(Consumer<Map<Integer, Integer>> grow) {
        try (var pool = ReadyPools.<Integer, Integer>hashMaps(100, 10)) {
            assertThat(isKept(pool, map -> {
                        grow.accept(map);
                        map.clear();
                    }))
                    .isFalse();
        }
    }

    @Test
    void mustKeepAMapUpToTheBoundAndEmptyIt() {
        try (var pool = ReadyPools.<Integer, Integer>hashMaps(100, 10)) {
            assertThat(isKept(pool, map -> IntStream.range(0, 100).forEach(n -> map.put(n, n))))
                    .isTrue();
            assertThat(pool.acquire()).isEmpty();
        }
    }

    @Test
    void mustServeTheSmallestSizeThatIsLargeEnough() {
        try (var pool = ReadyPools.byteArrays(64, 1024, 10)) {
            for (int size = 0; size <= 1024; size++) {
                byte[] array = pool.acquire(size);
                assertThat(array.length).isEqualTo(Math.max(64, size <= 1 ? 1 : Integer.highestOneBit(size - 1) * 2));
                pool.release(array);
            }
            assertThat(pool.stats().created()).as("one for each size").isEqualTo(5);
            assertThat(pool.stats().hits()).isEqualTo(1020);
            assertThat(pool.pools()).hasSize(5);
        }
        try (var pool = ReadyPools.byteArrays(1, 1, 1);
                Lease<byte[]> lease = pool.lease(0)) {
            assertThat(lease.get()).hasSize(1);
        }
    }

    @Test
    void mustLeaveNothingInAByteArray() {
        try (var pool = ReadyPools.byteArrays(64, 64, 10)) {
            byte[] array = pool.acquire(64);
            Arrays.fill(array, (byte) 7);
            pool.release(array);
            assertThat(pool.acquire(1)).isSameAs(array).containsOnly(0);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mustHandOutABufferLikeANewOne(boolean direct) {
        try (var pool = direct ? ReadyPools.directBuffers(32, 128, 5) : ReadyPools.heapBuffers(32, 128, 5)) {
            ByteBuffer buffer = pool.acquire(100);
            assertThat(buffer.isDirect()).isEqualTo(direct);
            while (buffer.hasRemaining()) {
                buffer.put((byte) 7);
            }
            buffer.position(9).mark().limit(10).order(ByteOrder.LITTLE_ENDIAN);
            pool.release(buffer);
            ByteBuffer again = pool.acquire(128);
            assertThat(again).isSameAs(buffer).isEqualTo(ByteBuffer.allocate(128));
            assertThat(again.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
            pool.release(again.asReadOnlyBuffer());
            assertThat(pool.stats().discarded()).as("read-only views").isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mustDiscardABufferThatIsNotOfItsKind(boolean direct) {
        try (var pool = direct ? ReadyPools.directBuffers(32, 128, 5) : ReadyPools.heapBuffers(32, 128, 5)) {
            pool.release(direct ? ByteBuffer.allocate(64) : ByteBuffer.allocateDirect(64));
            assertThat(pool.stats().discarded()).isEqualTo(1);
        }
    }

    @Test
    void mustDiscardASliceOfALargerBuffer() {
        try (var pool = ReadyPools.heapBuffers(32, 32, 5)) {
            pool.release(ByteBuffer.allocate(1 << 20).slice(0, 32));
            assertThat(pool.stats().discarded()).isEqualTo(1);
            assertThat(pool.stats().idle()).isZero();
        }
    }

    /** A slice shares the bytes of its buffer. If both were in a pool, two callers could get the same bytes. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mustDiscardASliceOfOneOfItsBuffers(boolean direct) {
        try (var pool = direct ? ReadyPools.directBuffers(32, 128, 5) : ReadyPools.heapBuffers(32, 128, 5)) {
            ByteBuffer buffer = pool.acquire(128);
            buffer.put(64, (byte) 7);
            pool.release(buffer.slice(0, 64));
            pool.release(buffer.slice(64, 64));
            pool.release(buffer.slice(96, 32));
            assertThat(pool.stats().discarded()).isEqualTo(3);
            assertThat(pool.stats().idle()).isZero();
            assertThat(buffer.get(64)).as("what its holder wrote").isEqualTo((byte) 7);
            pool.release(buffer);
            assertThat(pool.acquire(128)).isSameAs(buffer);
        }
    }

    @Test
    void mustDiscardADirectBufferThatItDidNotMake() {
        try (var pool = ReadyPools.directBuffers(32, 128, 5);
                var other = ReadyPools.directBuffers(32, 128, 5)) {
            pool.release(ByteBuffer.allocateDirect(64));
            pool.release(other.acquire(32));
            assertThat(pool.stats().discarded()).isEqualTo(2);
        }
    }

    @Test
    void mustDestroyWhatIsMadeAheadIfOneOfThePoolsCannotBeMade() {
        AtomicInteger destroyed = new AtomicInteger();
        assertThatThrownBy(() -> new SizedPool<byte[]>(
                        1,
                        4,
                        array -> array.length,
                        size -> PoolConfig.<byte[]>builder(() -> {
                                    if (size == 4) {
                                        throw new OutOfMemoryError("no 4 bytes");
                                    }
                                    return new byte[size];
                                })
                                .initialSize(3)
                                .destroyer(_ -> destroyed.incrementAndGet())
                                .build()))
                .hasMessage("no 4 bytes");
        assertThat(destroyed).hasValue(6);
    }

    @Test
    void mustLeaseWithTheBoundOfTheSize() throws InterruptedException {
        try (var pool = new SizedPool<byte[]>(
                1,
                2,
                array -> array.length,
                size -> PoolConfig.<byte[]>builder(() -> new byte[size])
                        .maxLive(1)
                        .build())) {
            try (Lease<byte[]> lease = pool.tryLease(2)) {
                assertThat(lease).isNotNull();
                assertThat(pool.tryLease(2)).isNull();
                assertThatExceptionOfType(PoolExhaustedException.class)
                        .isThrownBy(() -> pool.lease(2, Duration.ofNanos(1)));
                pool.lease(1, Duration.ZERO).close();
            }
            pool.lease(2, Duration.ZERO).close();
            assertThat(pool.stats().created()).isEqualTo(2);
        }
    }

    @Test
    void mustRefuseWhatFitsNoPool() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReadyPools.byteArrays(48, 64, 0))
                .withMessage("smallest is 48, must be a power of two from 1 to 2^30");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReadyPools.byteArrays(64, Integer.MIN_VALUE, 0))
                .withMessageContaining("largest is -2147483648");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReadyPools.heapBuffers(64, 32, 0))
                .withMessage("largest is 32, must be at least the smallest, which is 64");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReadyPools.stringBuilders(10, 0))
                .withMessageContaining("largest is 10, must be 256");
        try (var pool = ReadyPools.byteArrays(64, 128, 0)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> pool.acquire(129))
                    .withMessageStartingWith("size is 129, must be 0 to 128.");
            assertThatIllegalArgumentException().isThrownBy(() -> pool.lease(-1));
            for (int size : new int[] {0, 32, 65, 256}) {
                assertThatExceptionOfType(InvalidReleaseException.class)
                        .isThrownBy(() -> pool.release(new byte[size]))
                        .withMessageContaining("size " + size);
            }
        }
    }
}
