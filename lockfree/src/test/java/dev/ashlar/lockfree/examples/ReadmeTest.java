package dev.ashlar.lockfree.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.lockfree.LockFreePools;
import dev.ashlar.lockfree.ReadyPools;
import dev.ashlar.lockfree.SizedPool;
import dev.ashlar.spi.PoolProviders;
import dev.ashlar.testkit.ShownCode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The code of README.md on object pools. */
class ReadmeTest {

    private static final Path THIS = Path.of("src/test/java/dev/ashlar/lockfree/examples/ReadmeTest.java");

    @Test
    void mustPoolWhatAConfigurationDescribes() {
        PoolConfig<StringBuilder> config = PoolConfig.<StringBuilder>builder(StringBuilder::new)
                .reset(text -> text.setLength(0))
                .capacity(1024)
                .build();
        try (SupervisedPool<StringBuilder> pool = LockFreePools.create(config)) {
            StringBuilder text = pool.acquire();
            pool.release(text);
            assertThat(pool.stats().idle()).isEqualTo(1);
        }
        try (Pool<StringBuilder> pool = PoolProviders.require("lockfree").create(config)) {
            assertThat(pool.acquire()).isEmpty();
        }
    }

    @Test
    void mustPoolBuffersBySize() {
        try (SizedPool<ByteBuffer> buffers = ReadyPools.directBuffers(256, 65_536, 100);
                Lease<ByteBuffer> lease = buffers.lease(1_500)) {
            ByteBuffer buffer = lease.get(); // 2,048 bytes, zeroed
            assertThat(buffer.capacity()).isEqualTo(2_048);
        }
    }

    @Test
    void readmeMustShowTheseTestsAsTheyAre() {
        ShownCode.assertTested(Path.of("README.md"), 2, THIS);
    }
}
