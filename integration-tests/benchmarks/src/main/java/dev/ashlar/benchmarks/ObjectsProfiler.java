package dev.ashlar.benchmarks;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Counts how many objects an operation makes. It counts the objects on the heap, also unreachable ones, before and
 * after an iteration. It has no result for an iteration with a garbage collection, so use it with short iterations of a
 * known number of operations: {@code -bm ss -bs 10000 -prof dev.ashlar.benchmarks.ObjectsProfiler}.
 */
public final class ObjectsProfiler implements InternalProfiler {

    /** The name of the figure in the results. */
    static final String LABEL = "objects";

    private long objectsBefore;
    private long collectionsBefore;

    /** For JMH. */
    public ObjectsProfiler() {}

    @Override
    public String getDescription() {
        return "objects made by an operation";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        System.gc(); // so that there is room for all objects of the iteration
        objectsBefore = objects();
        collectionsBefore = collections();
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        if (collections() != collectionsBefore) {
            return List.of();
        }
        long operations = result.getMetadata().getMeasuredOps()
                * benchmark.getMeasurement().getBatchSize();
        double made = (double) (objects() - objectsBefore) / operations;
        return List.of(new ScalarResult(LABEL, made, "objects/op", AggregationPolicy.AVG));
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    /**
     * The number of objects on the heap. The last line of the JVM's histogram has the word Total, the objects and the
     * bytes.
     */
    private static long objects() {
        try {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
            String histogram = (String)
                    server.invoke(commands, "gcClassHistogram", new Object[] {new String[] {"-all"}}, new String[] {
                        String[].class.getName()
                    });
            String total = histogram.substring(histogram.lastIndexOf("Total")).strip();
            return Long.parseLong(total.split("\\s+", 3)[1]);
        } catch (JMException e) {
            throw new IllegalStateException("This JVM has no histogram of its objects: run HotSpot", e);
        }
    }
}
