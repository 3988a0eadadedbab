package dev.ashlar.netty;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolStats;
import dev.ashlar.lockfree.SizedPool;
import java.util.concurrent.atomic.LongAdder;

/**
 * Byte arrays of exact sizes. Powers of two of a range are pooled, which are the sizes of most of Netty's requests. Any
 * other array is made for the request.
 */
final class ArrayPool implements AutoCloseable {

    /** The default capacity of a buffer of Netty. A smaller array costs less to make than to pool. */
    static final int SMALLEST = 256;

    static final int LARGEST = 1 << 20;

    /** The bytes of each size that are ready at most: one of the largest arrays. */
    static final int IDLE_BYTES = LARGEST;

    private final SizedPool<byte[]> pools = new SizedPool<>(
            SMALLEST,
            LARGEST,
            array -> array.length,
            size -> PoolConfig.<byte[]>builder(() -> new byte[size])
                    .maxIdle(IDLE_BYTES / size)
                    .build());

    /** Of arrays that are in use and not pooled. */
    private final LongAdder otherBytes = new LongAdder();

    private static boolean isPooled(int byteSize) {
        return Integer.bitCount(byteSize) == 1 && byteSize >= SMALLEST && byteSize <= LARGEST;
    }

    byte[] acquire(int byteSize) {
        if (isPooled(byteSize)) {
            return pools.acquire(byteSize);
        }
        byte[] array = new byte[byteSize];
        otherBytes.add(byteSize);
        return array;
    }

    void release(byte[] array) {
        if (isPooled(array.length)) {
            pools.release(array);
        } else {
            otherBytes.add(-array.length);
        }
    }

    /** Bytes of the arrays that are in use or ready. */
    long byteSize() {
        long bytes = otherBytes.sum();
        for (int i = 0; i < pools.pools().size(); i++) {
            PoolStats stats = pools.pools().get(i).stats();
            bytes += (stats.idle() + stats.live()) * (SMALLEST << i);
        }
        return bytes;
    }

    @Override
    public void close() {
        pools.close();
    }
}
