package dev.ashlar.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The default options of every benchmark here; the command line can override them. All subjects run in JVMs with the
 * same options. The fifth and later ones are for Netty. Without them Netty does not use Unsafe on JDK 25, and checks a
 * sample of its buffers for leaks. {@code nettyAsItComes} runs without them.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 3,
        jvmArgsAppend = {
            AllocatorBenchmark.SMALLEST_HEAP,
            AllocatorBenchmark.LARGEST_HEAP,
            AllocatorBenchmark.WHERE_KNOWN,
            AllocatorBenchmark.HUGE_PAGES,
            AllocatorBenchmark.TOUCHED_HEAP,
            AllocatorBenchmark.NATIVE_ACCESS,
            "--sun-misc-unsafe-memory-access=allow",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
            "-Dio.netty.noUnsafe=false",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "-Dio.netty.leakDetection.level=disabled"
        })
public abstract class AllocatorBenchmark {

    /** The requested alignment of every block. Malloc and Netty always have it. */
    static final long ALIGNMENT = 8;

    /** Bytes of a cache line. */
    static final long CACHE_LINE = 64;

    /** Sets the kind of threads of a method, with {@code @Fork(jvmArgsPrepend = ...)}. */
    static final String CUSTOM_THREADS = "-Djmh.executor=CUSTOM";

    /** The heap of every JVM. It has a fixed size, so no benchmark includes its growth. */
    static final String SMALLEST_HEAP = "-Xms512m";

    /** See {@link #SMALLEST_HEAP}. */
    static final String LARGEST_HEAP = "-Xmx512m";

    /** Some systems do not know {@link #HUGE_PAGES}. */
    static final String WHERE_KNOWN = "-XX:+IgnoreUnrecognizedVMOptions";

    /** So that {@link #TOUCHED_HEAP} does not take seconds. */
    static final String HUGE_PAGES = "-XX:+UseTransparentHugePages";

    /**
     * The heap has its pages from the start. Otherwise a benchmark that makes an object for each operation measures the
     * first touch of these pages, until the collector has used all of the heap once.
     */
    static final String TOUCHED_HEAP = "-XX:+AlwaysPreTouch";

    /** The downcalls of C libraries need this. */
    static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

    /** With {@link #CUSTOM_THREADS}, {@link EventLoopThreads}. */
    static final String EVENT_LOOP_THREADS = "-Djmh.executor.class=dev.ashlar.benchmarks.EventLoopThreads";
}
