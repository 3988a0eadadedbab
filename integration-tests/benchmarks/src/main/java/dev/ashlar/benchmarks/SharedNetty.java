package dev.ashlar.benchmarks;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Netty's adaptive allocator, which is its default. All threads of a benchmark share it. */
@State(Scope.Benchmark)
public class SharedNetty {

    private static final boolean UNSAFE_GRANTED = "false".equals(System.getProperty("io.netty.noUnsafe"));

    public final AdaptiveByteBufAllocator allocator = new AdaptiveByteBufAllocator(true, true);

    /** Refuses to measure Netty if its flags allow Unsafe but it does not use it. */
    public SharedNetty() {
        if (UNSAFE_GRANTED && !PlatformDependent.hasUnsafe()) {
            throw new IllegalStateException(
                    "Netty runs without Unsafe: keep the JVM options of AllocatorBenchmark. JMH's -jvmArgsAppend replaces"
                            + " them, -jvmArgs adds to them.",
                    PlatformDependent.getUnsafeUnavailabilityCause());
        }
    }
}
