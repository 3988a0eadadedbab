package dev.ashlar.insight.gc;

import java.lang.management.GarbageCollectorMXBean;
import java.util.List;
import java.util.stream.Stream;

/** A garbage collector of HotSpot. */
public enum Collector {
    /** {@code -XX:+UseG1GC}, the default on machines with two processors or more. */
    G1("G1"),
    /** {@code -XX:+UseParallelGC}. */
    PARALLEL("PS"),
    /** {@code -XX:+UseSerialGC}. */
    SERIAL("Copy"),
    /** {@code -XX:+UseZGC}. */
    ZGC("ZGC"),
    /** Any other. Advice has no flags then. */
    OTHER("");

    /** How the name of a bean of its young generation begins. */
    private final String bean;

    Collector(String bean) {
        this.bean = bean;
    }

    /** Finds the collector by the names of its beans. */
    static Collector of(List<GarbageCollectorMXBean> beans) {
        return Stream.of(values())
                .filter(collector ->
                        beans.stream().anyMatch(bean -> bean.getName().startsWith(collector.bean)))
                .findFirst()
                .orElse(OTHER);
    }
}
