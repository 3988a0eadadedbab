package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.jetty.AshlarByteBufferPool;
import dev.ashlar.spi.Ashlar;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.Test;

/** Code that gives Jetty its memory. */
class JettyCodeTest {

    @Test
    void server() throws Exception {
        try (Allocator allocator = Ashlar.allocator()) {
            // @start region="server"
            Allocator share = Allocators.limited(allocator, "jetty", 64 << 20);
            AshlarByteBufferPool pool = new AshlarByteBufferPool(share);
            Server server = new Server(new QueuedThreadPool(), null, pool); // starts and stops the pool
            // @end
            server.start();
            assertThat(pool.isStarted()).isTrue();
            assertThat(server.getByteBufferPool()).isSameAs(pool);
            server.stop();
            assertThat(pool.isStopped()).isTrue();
            share.close();
        }
    }
}
