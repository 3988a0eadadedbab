package dev.ashlar.benchmarks.report;

import java.util.List;

/** What Ashlar promises of its speed and memory. */
final class Measures {

    private static final String TIME = "ns/op";
    private static final String EVENT = "ns/event";
    private static final String COMMITTED = "committed/requested";

    private static final Measure.Builder REPLAY_ADDRESS = Measure.of(
                    "replay-address", "replay, addresses", "replay-address", EVENT)
            .labelled("trace");
    private static final Measure.Builder REPLAY_SEGMENT = Measure.of(
                    "replay-segment", "replay, segments", "replay-segment", EVENT)
            .labelled("trace");
    private static final Measure.Builder MEMORY = Measure.of("memory", "memory", "replay-address", COMMITTED)
            .labelled("trace")
            .subjects("adaptive")
            .relativeTo("requested");
    private static final Measure.Builder MEMORY_SHARED = Measure.of(
                    "memory-threads", "memory, 2 threads", "replay-threads", COMMITTED)
            .labelled("trace")
            .relativeTo("requested");
    private static final Measure.Builder PAIR_SEGMENT = Measure.of("pair-segment", "pair, segments", "pair-api", TIME)
            .labelled("size")
            .where("size", "64", "1024")
            .subjects("slabSegment", "adaptiveSegment");
    private static final Measure.Builder PAIR_ADDRESS = Measure.of(
                    "pair-address", "pair, addresses and views", "pair-api", TIME)
            .labelled("size")
            .where("size", "64", "1024");
    private static final Measure.Builder WINDOW_ADDRESS = Measure.of(
                    "window-address", "window, addresses", "window", TIME)
            .subjects("slabAddress", "adaptiveAddress");
    private static final Measure.Builder REMOTE =
            Measure.of("remote", "freed by another thread", "remote", TIME).subjects("slab", "lockfree", "adaptive");
    private static final Measure.Builder WORKLOAD = Measure.of("workloads", "8 threads", "workloads", TIME)
            .labelled(Row.BENCHMARK)
            .where(Row.BENCHMARK, "larson", "mstress", "xmalloc")
            .where(Row.THREADS, "8")
            .subjects("slab", "lockfree", "adaptive")
            .withoutHarness("void");

    private Measures() {}

    private static Measure.Builder flatness(String file) {
        return Measure.of("flatness", "growth with live blocks", file, TIME)
                .labelled("size", "live")
                .subjects("slab", "adaptive")
                .withoutHarness("voidAddress")
                .growingWith("live")
                .against("malloc");
    }

    /** All of them, in the order of the page. */
    static final List<Measure> ALL = List.of(
            REPLAY_ADDRESS.subjects("slab").against("malloc").atMost(0.85),
            REPLAY_ADDRESS.subjects("adaptive").against("malloc").atMost(0.95),
            REPLAY_ADDRESS.subjects("adaptive").against("jemalloc").atMost(1.2),
            REPLAY_ADDRESS.subjects("adaptive").against("mimalloc").atMost(1.2),
            REPLAY_ADDRESS.subjects("adaptive").against("netty").atMost(0.6),
            REPLAY_SEGMENT.subjects("slab").against("malloc").atMost(1.1),
            REPLAY_SEGMENT.subjects("adaptive").against("malloc").atMost(1.2),
            MEMORY.where("trace", "sqlite").atMost(1.06),
            MEMORY.where("trace", "python").atMost(1.11),
            MEMORY.where("trace", "sqlite-small").atMost(1.09),
            MEMORY.where("trace", "python-small").atMost(1.15),
            MEMORY_SHARED.subjects("adaptive", "slab").atMost(1.15),
            MEMORY_SHARED.subjects("lockfree").atMost(1.25),
            PAIR_SEGMENT.against("nettyAdaptive").atMost(0.25),
            PAIR_SEGMENT.against("mallocPlain").atMost(0.8),
            PAIR_ADDRESS
                    .subjects("slabAddress", "adaptiveAddress")
                    .against("jemallocCritical")
                    .atMost(1.0),
            PAIR_ADDRESS.subjects("slabConfined").against("jemallocCritical").atMost(0.8),
            Measure.of("pair-large", "pair, addresses", "pair", TIME)
                    .labelled("size")
                    .where("size", "262144", "1048576")
                    .subjects("adaptiveAddress")
                    .against("nettyAdaptive")
                    .atMost(0.6),
            WINDOW_ADDRESS.against("nettyEventLoop").atMost(0.7),
            WINDOW_ADDRESS.against("mallocPlain").atMost(0.6),
            Measure.of("window-segment", "window, segments", "window", TIME)
                    .subjects("slabSegment", "adaptiveSegment")
                    .against("mallocPlain")
                    .atMost(0.9),
            REMOTE.against("malloc").atMost(1.0),
            REMOTE.against("netty").atMost(0.5),
            WORKLOAD.against("malloc").atMost(1.0),
            Measure.of("scaling", "2 threads against 1, throughput", "threads", TIME)
                    .labelled(Row.BENCHMARK)
                    .where(Row.BENCHMARK, "PairBenchmark", "WindowBenchmark")
                    .where(Row.THREADS, "2")
                    .subjects("slabAddress", "adaptiveAddress")
                    .againstItself("twice that of 1 thread", Row.THREADS, "1")
                    .speedAtLeast(0.9),
            Measure.of("best-strategy", "the best strategy of any size", "pair", TIME)
                    .labelled("size")
                    .subjects("adaptiveAddress")
                    .against("slabAddress", "lockFreeAddress", "buddyAddress", "tlsfAddress")
                    .atMost(1.15),
            flatness("flatness-64").atMost(1.0),
            flatness("flatness-1024").atMost(1.0),
            Measure.of("hints", "request with a hint or a tag", "hints", TIME)
                    .subjects("shortLived", "shortLivedFromArena", "tagged")
                    .against("plain")
                    .atMost(1.5),
            Measure.of("burst", "burst of blocks of 32 KiB to 1 MiB", "burst", TIME)
                    .subjects("adaptive")
                    .against("malloc")
                    .atMost(1.0),
            Measure.of("object-pool", "object pool", "pool", TIME)
                    .labelled(Row.THREADS)
                    .where(Row.THREADS, "1", "2", "4", "8")
                    .subjects("lockFree")
                    .against("stormpotThreadSafe", "stormpotVirtual", "stormpotSingleThreaded", "nettyRecycler")
                    .atMost(1.0),
            Measure.of("false-sharing", "2 threads against 1, throughput", "false-sharing", TIME)
                    .labelled(Row.BENCHMARK)
                    .where(Row.THREADS, "2")
                    .subjects("slab", "lockfree", "adaptive")
                    .againstItself("twice that of 1 thread", Row.THREADS, "1")
                    .speedAtLeast(0.9),
            Measure.of("packets", "packets, pooled", "packets", "ops/us")
                    .labelled("liveMegabytes")
                    .where("liveMegabytes", "500")
                    .subjects("leased")
                    .against("made")
                    .throughputAtLeast(1.45));
}
