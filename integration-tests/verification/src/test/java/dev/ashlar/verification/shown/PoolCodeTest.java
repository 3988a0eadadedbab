package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Lease;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.lockfree.LockFreePools;
import dev.ashlar.lockfree.ReadyPools;
import dev.ashlar.lockfree.SizedPool;
import dev.ashlar.spi.PoolProviders;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import org.junit.jupiter.api.Test;

/** Code on pools. */
@SuppressWarnings("UnusedVariable") // a reader sees what there is
class PoolCodeTest {

    private final ReadableByteChannel channel = Channels.newChannel(new ByteArrayInputStream(new byte[100]));

    @Test
    void leases() throws IOException {
        try (SupervisedPool<ByteBuffer> pool =
                LockFreePools.create(PoolConfig.of(() -> ByteBuffer.allocateDirect(64)))) {
            // @start region="lease"
            try (Lease<ByteBuffer> lease = pool.lease()) {
                channel.read(lease.get());
            }
            // @end
            // @start region="try-lease"
            try (Lease<ByteBuffer> lease = pool.tryLease()) { // closes nothing if it is null
                if (lease != null) {
                    channel.read(lease.get());
                }
            }
            // @end
            assertThat(pool.stats().idle()).isEqualTo(1);
        }
    }

    @Test
    void configured() {
        // @start region="pool"
        PoolConfig<StringBuilder> config = PoolConfig.<StringBuilder>builder(StringBuilder::new)
                .reset(text -> text.setLength(0))
                .maxIdle(1024)
                .build();
        try (SupervisedPool<StringBuilder> pool = LockFreePools.create(config)) {
            StringBuilder text = pool.acquire();
            pool.release(text);
        }
        // @end
    }

    @Test
    void standard() {
        // @start region="standard-pool"
        SupervisedPool<StringBuilder> pool = PoolProviders.standard().create(PoolConfig.of(StringBuilder::new));
        // @end
        pool.close();
    }

    @Test
    void sized() {
        // @start region="sized-pool"
        try (SizedPool<ByteBuffer> buffers = ReadyPools.directBuffers(256, 65_536, 100);
                Lease<ByteBuffer> lease = buffers.lease(1_500)) {
            ByteBuffer buffer = lease.get(); // 2,048 bytes, zeroed
        }
        // @end
    }
}
