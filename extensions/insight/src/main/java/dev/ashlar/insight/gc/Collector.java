package dev.ashlar.insight.gc;

import java.lang.management.GarbageCollectorMXBean;
import java.util.List;

/** A garbage collector of HotSpot. */
public enum Collector {
    /** {@code -XX:+UseG1GC}, the default on machines with two processors or more. */
    G1,
    /** {@code -XX:+UseParallelGC}. */
    PARALLEL,
    /** {@code -XX:+UseSerialGC}. */
    SERIAL,
    /** {@code -XX:+UseZGC}. */
    ZGC,
    /** Any other. Advice has no flags then. */
    OTHER;

    /** Finds the collector by the names of its beans. */
    static Collector of(List<GarbageCollectorMXBean> beans) {
        for (GarbageCollectorMXBean bean : beans) {
            String name = bean.getName();
            if (name.startsWith("G1")) {
                return G1;
            } else if (name.startsWith("PS")) {
                return PARALLEL;
            } else if (name.startsWith("ZGC")) {
                return ZGC;
            } else if (name.equals("Copy") || name.equals("MarkSweepCompact")) {
                return SERIAL;
            }
        }
        return OTHER;
    }
}
