package dev.ashlar.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How every benchmark here is run unless the command line says otherwise. Subjects run in JVMs with the same options.
 * Those from the fourth on are for Netty: on JDK 25 it does without Unsafe, and wherever it runs it looks for leaks in
 * a sample of the buffers, unless told otherwise. {@code nettyAsItComes} is given none of them.
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
            AllocatorBenchmark.NATIVE_ACCESS,
            "--sun-misc-unsafe-memory-access=allow",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
            "-Dio.netty.noUnsafe=false",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "-Dio.netty.leakDetection.level=disabled"
        })
public abstract class AllocatorBenchmark {

    /** Every block is asked for with this alignment, which malloc and Netty give unasked. */
    static final long ALIGNMENT = 8;

    /** Chooses the kind of threads for a method by {@code @Fork(jvmArgsPrepend = ...)}. */
    static final String CUSTOM_THREADS = "-Djmh.executor=CUSTOM";

    /** The heap of every JVM, of one size so that no benchmark pays for its growth. */
    static final String SMALLEST_HEAP = "-Xms1g";

    /** See {@link #SMALLEST_HEAP}. */
    static final String LARGEST_HEAP = "-Xmx1g";

    /** What malloc's downcalls ask for. */
    static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

    /** With {@link #CUSTOM_THREADS}, {@link EventLoopThreads}. */
    static final String EVENT_LOOP_THREADS = "-Djmh.executor.class=dev.ashlar.benchmarks.EventLoopThreads";
}
