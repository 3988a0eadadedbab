package dev.ashlar.benchmarks;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads of the kind of Netty's event loops. Netty's adaptive allocator keeps memory for a single thread only if the
 * thread has an executor of Netty. JMH makes this pool by name.
 */
public final class EventLoopThreads extends ThreadPoolExecutor {

    /**
     * The constructor that JMH calls.
     *
     * @param threads the number of threads of the benchmark
     * @param prefix the start of their names
     */
    public EventLoopThreads(int threads, String prefix) {
        super(
                threads,
                threads,
                0,
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                ThreadExecutorMap.apply(new DefaultThreadFactory(prefix, true), ImmediateEventExecutor.INSTANCE));
    }
}
