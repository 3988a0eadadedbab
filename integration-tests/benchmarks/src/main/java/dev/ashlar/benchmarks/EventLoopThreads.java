package dev.ashlar.benchmarks;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads of the kind that Netty's event loops have, for which its allocator is faster. JMH makes this pool by name.
 */
public final class EventLoopThreads extends ThreadPoolExecutor {

    /**
     * As JMH wants it.
     *
     * @param threads how many threads the benchmark runs on
     * @param prefix what their names begin with
     */
    public EventLoopThreads(int threads, String prefix) {
        super(
                threads,
                threads,
                0,
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory(prefix, true));
    }
}
