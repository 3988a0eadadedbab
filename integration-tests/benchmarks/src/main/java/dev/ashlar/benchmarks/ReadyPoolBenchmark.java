package dev.ashlar.benchmarks;

import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.lockfree.LockFreePools;
import dev.ashlar.lockfree.ReadyPools;
import dev.ashlar.lockfree.SizedPool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * One operation: get an object, use it as programs do, and release or drop it. Each kind of object comes from a pool
 * (methods named {@code Pooled}) and from {@code new} (methods named {@code Made}).
 */
@State(Scope.Thread)
public class ReadyPoolBenchmark extends AllocatorBenchmark {

    private static final int ELEMENTS = 48;
    private static final int BUFFER_SIZE = 4096;

    /** A piece of text, 32 chars. */
    private static final String PIECE = "the quick brown fox jumps over a";

    /** Pieces of a long text: 4 Ki chars. */
    private static final int PIECES = 128;

    private final Pool<List<Integer>> lists = ReadyPools.arrayLists(1024, 64);
    private final Pool<Map<Integer, Integer>> maps = ReadyPools.hashMaps(1024, 64);
    private final SizedPool<ByteBuffer> heapBuffers = ReadyPools.heapBuffers(256, 65_536, 64);
    private final SizedPool<ByteBuffer> directBuffers = ReadyPools.directBuffers(256, 65_536, 64);
    private final Pool<StringBuilder> builders = ReadyPools.stringBuilders(65_536, 64);
    private final Pool<CacheItem> items = LockFreePools.create(
            PoolConfig.builder(CacheItem::new).reset(CacheItem::clear).build());

    /** Items live long enough here to reach the old generation. */
    private final CacheItem[] cache = new CacheItem[1 << 16];

    private int next;

    /** Fills the cache. */
    public ReadyPoolBenchmark() {
        for (int i = 0; i < cache.length; i++) {
            cache[i] = items.acquire().set(PIECE, PIECE, i);
        }
    }

    private static int use(List<Integer> list) {
        for (int i = 0; i < ELEMENTS; i++) {
            list.add(i);
        }
        return list.get(ELEMENTS / 2);
    }

    /** An empty list that gets 48 elements. */
    @Benchmark
    public int listPooled() {
        List<Integer> list = lists.acquire();
        int result = use(list);
        lists.release(list);
        return result;
    }

    /** The same with a new object. */
    @Benchmark
    public int listMade() {
        return use(new ArrayList<>());
    }

    private static int use(Map<Integer, Integer> map) {
        for (int i = 0; i < ELEMENTS; i++) {
            map.put(i, i);
        }
        return map.getOrDefault(ELEMENTS / 2, 0);
    }

    /** An empty map that gets 48 entries. */
    @Benchmark
    public int mapPooled() {
        Map<Integer, Integer> map = maps.acquire();
        int result = use(map);
        maps.release(map);
        return result;
    }

    /** The same with a new object. */
    @Benchmark
    public int mapMade() {
        return use(new HashMap<>());
    }

    private static long use(ByteBuffer buffer) {
        for (int i = 0; i < ELEMENTS; i++) {
            buffer.putLong(i);
        }
        return buffer.flip().getLong(0);
    }

    /** A zeroed buffer of 4 KiB on the heap that gets 48 longs. */
    @Benchmark
    public long heapBufferPooled() {
        ByteBuffer buffer = heapBuffers.acquire(BUFFER_SIZE);
        long result = use(buffer);
        heapBuffers.release(buffer);
        return result;
    }

    /** The same with a new object. */
    @Benchmark
    public long heapBufferMade() {
        return use(ByteBuffer.allocate(BUFFER_SIZE));
    }

    /** A zeroed direct buffer of 4 KiB that gets 48 longs. */
    @Benchmark
    public long directBufferPooled() {
        ByteBuffer buffer = directBuffers.acquire(BUFFER_SIZE);
        long result = use(buffer);
        directBuffers.release(buffer);
        return result;
    }

    /** The same with a new object. */
    @Benchmark
    public long directBufferMade() {
        return use(ByteBuffer.allocateDirect(BUFFER_SIZE));
    }

    private static int use(StringBuilder builder, int pieces) {
        for (int i = 0; i < pieces; i++) {
            builder.append(PIECE);
        }
        return builder.charAt(builder.length() / 2);
    }

    /** A builder of a text of 32 chars. */
    @Benchmark
    public int smallTextPooled() {
        StringBuilder builder = builders.acquire();
        int result = use(builder, 1);
        builders.release(builder);
        return result;
    }

    /** The same with a new object. */
    @Benchmark
    public int smallTextMade() {
        return use(new StringBuilder(), 1);
    }

    /** A builder of a text of 4 Ki chars. */
    @Benchmark
    public int largeTextPooled() {
        StringBuilder builder = builders.acquire();
        int result = use(builder, PIECES);
        builders.release(builder);
        return result;
    }

    /** The same with a new object. */
    @Benchmark
    public int largeTextMade() {
        return use(new StringBuilder(), PIECES);
    }

    /** The index of the next item to evict. */
    private int victim() {
        next = (next + 40_503) & (cache.length - 1); // odd, so that all are evicted, in a scattered order
        return next;
    }

    /** A new item replaces another in a cache of 65,536. The former one is released. */
    @Benchmark
    public void cacheItemPooled() {
        int victim = victim();
        items.release(cache[victim]);
        cache[victim] = items.acquire().set(PIECE, PIECE, victim);
    }

    /** The same with new items, which become garbage. */
    @Benchmark
    public void cacheItemMade() {
        int victim = victim();
        cache[victim] = new CacheItem().set(PIECE, PIECE, victim);
    }

    /** An item that only one thread uses. */
    @Benchmark
    public int localItemPooled() {
        CacheItem item = items.acquire().set(PIECE, PIECE, 1);
        int result = item.read(0);
        items.release(item);
        return result;
    }

    /** The same with a new object: the compiler keeps its fields in registers. */
    @Benchmark
    public int localItemMade() {
        return new CacheItem().set(PIECE, PIECE, 1).read(0);
    }
}
