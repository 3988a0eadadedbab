package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

/** A tree of limits with reservations, compared with a model that adds up from the leaves. */
class LimitTreeProperties {

    private static final int ROOT = -1;

    /** Three levels, with siblings at each level. */
    private static final int[] PARENTS = {ROOT, 0, 0, 1, 1, 2};

    private static final int NODES = PARENTS.length;

    /** A step at a node, with a number of bytes. */
    record Step(Kind kind, int node, long bytes) {
        enum Kind {
            CHARGE,
            DISCHARGE,
            CHARGE_ANYWAY,
            CLOSE
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.frequency(
                                Tuple.of(10, Step.Kind.CHARGE),
                                Tuple.of(8, Step.Kind.DISCHARGE),
                                Tuple.of(1, Step.Kind.CHARGE_ANYWAY),
                                Tuple.of(1, Step.Kind.CLOSE)),
                        Arbitraries.integers().between(0, NODES - 1),
                        Arbitraries.longs().between(0, 150))
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(edgeCases = EdgeCasesMode.NONE) // they would use all tries, but find little in long lists
    void mustChargeExactlyWhatTheModelSays(
            @ForAll @Size(6) List<@LongRange(min = 0, max = 600) Long> limits,
            @ForAll @Size(6) List<@LongRange(min = 0, max = 80) Long> reserved,
            @ForAll("steps") List<Step> steps) {
        Model model = new Model(limits, reserved);
        for (Step step : steps) {
            model.take(step);
            model.check();
        }
        model.dischargeEverything();
        model.check();
    }

    private static final class Model {
        private final List<Limit> nodes;
        private final long[] own = new long[NODES];
        private final boolean[] closed = new boolean[NODES];
        private final long[] refused = new long[NODES];

        Model(List<Long> limits, List<Long> reserved) {
            nodes = tree(limits, reserved);
        }

        /** The use of a node: its own, and for each child the larger of use and reservation. */
        private long used(int node) {
            long sum = own[node];
            for (int child = node + 1; child < NODES; child++) {
                if (PARENTS[child] == node) {
                    sum += Math.max(
                            used(child), closed[child] ? 0 : nodes.get(child).reservedBytes());
                }
            }
            return sum;
        }

        /** The first ancestor without room, from the node upwards, after a trial charge. */
        private @Nullable Integer refusing(int node, long bytes) {
            own[node] += bytes;
            try {
                for (int at = node; at != ROOT; at = PARENTS[at]) {
                    if (closed[at]) {
                        return at;
                    }
                    if (used(at) > nodes.get(at).limitBytes() && grows(node, at, bytes)) {
                        return at;
                    }
                }
                return null;
            } finally {
                own[node] -= bytes;
            }
        }

        /** Whether a charge at a node that is in the model already adds anything at an ancestor. */
        private boolean grows(int node, int at, long bytes) {
            long with = used(at);
            own[node] -= bytes;
            long without = used(at);
            own[node] += bytes;
            return with > without;
        }

        void take(Step step) {
            Limit node = nodes.get(step.node);
            switch (step.kind) {
                case CHARGE -> charge(step.node, step.bytes);
                case DISCHARGE -> {
                    long bytes = Math.min(step.bytes, own[step.node]); // not the bytes of children
                    node.discharge(bytes);
                    own[step.node] -= bytes;
                }
                case CHARGE_ANYWAY -> {
                    node.chargeAnyway(step.bytes);
                    own[step.node] += step.bytes;
                }
                case CLOSE -> {
                    if (step.node != 0 && step.bytes < 50) {
                        node.close();
                        closed[step.node] = true;
                    }
                }
            }
        }

        private void charge(int at, long bytes) {
            Integer refusing = refusing(at, bytes);
            if (refusing != null && closed[refusing]) {
                assertThat(nodes.get(at).refusing(bytes)).isSameAs(nodes.get(refusing));
                return;
            }
            Limit answer = nodes.get(at).tryCharge(bytes);
            assertThat(answer).isSameAs(refusing == null ? null : nodes.get(refusing));
            if (refusing == null) {
                own[at] += bytes;
            } else {
                refused[refusing]++;
            }
        }

        void dischargeEverything() {
            for (int i = 0; i < NODES; i++) {
                nodes.get(i).discharge(own[i]);
                own[i] = 0;
            }
        }

        void check() {
            for (int i = 0; i < NODES; i++) {
                Limit node = nodes.get(i);
                assertThat(node.hasCharged(used(i)))
                        .as("%s has %s", node, used(i))
                        .isTrue();
                assertThat(node.hasCharged(used(i) + 1))
                        .as("%s has %s", node, used(i))
                        .isFalse();
                assertThat(node.usedBytes()).isBetween(0L, node.limitBytes());
                assertThat(node.refused()).as("refused by %s", node).isEqualTo(refused[i]);
            }
        }
    }

    /** Limits with the parents of {@link #PARENTS}. A reservation that does not fit is left out. */
    private static List<Limit> tree(List<Long> limits, List<Long> reserved) {
        List<Limit> nodes = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            Limit.Builder builder = Limit.builder("n" + i).bytes(limits.get(i));
            if (PARENTS[i] != ROOT) {
                Limit parent = nodes.get(PARENTS[i]);
                long wanted = Math.min(reserved.get(i), limits.get(i));
                builder.parent(parent).reserved(parent.refusing(wanted) == null ? wanted : 0);
            }
            nodes.add(builder.build());
        }
        return nodes;
    }

    /** No limit is exceeded at any time. When all threads have ended, only reservations are left. */
    @Property(tries = 20, edgeCases = EdgeCasesMode.NONE)
    void mustLoseNothingWhileThreadsMeet(
            @ForAll @Size(6) List<@LongRange(min = 50, max = 300) Long> limits,
            @ForAll @Size(6) List<@LongRange(min = 0, max = 50) Long> reserved,
            @ForAll long seed)
            throws Exception {
        List<Limit> nodes = tree(limits, reserved);
        List<Long> before = nodes.stream().map(Limit::usedBytes).toList();
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            Future<Boolean> watcher = executor.submit(() -> watch(nodes, done));
            List<Callable<Boolean>> work = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                SplittableRandom random = new SplittableRandom(seed + thread);
                work.add(() -> churn(nodes, random));
            }
            try {
                for (Future<Boolean> each : executor.invokeAll(work)) {
                    each.get();
                }
            } finally {
                done.set(true);
            }
            watcher.get();
        }
        assertThat(nodes.stream().map(Limit::usedBytes)).containsExactlyElementsOf(before);
        for (Limit node : nodes) {
            assertThat(node.hasCharged(node.usedBytes() + 1)).isFalse();
            if (node.reservedBytes() > 0) {
                assertThat(node.tryCharge(Math.max(0, node.reservedBytes() - node.usedBytes())))
                        .as("what is reserved for %s", node)
                        .isNull();
            }
        }
    }

    private static boolean watch(List<Limit> nodes, AtomicBoolean done) {
        while (!done.get()) {
            for (Limit node : nodes) {
                assertThat(node.usedBytes()).isBetween(0L, node.limitBytes());
            }
        }
        return true;
    }

    /** Holds up to eight charges at random nodes. */
    private static boolean churn(List<Limit> nodes, SplittableRandom random) {
        Limit[] charged = new Limit[8];
        long[] bytes = new long[charged.length];
        for (int i = 0; i < 20_000; i++) {
            int at = random.nextInt(charged.length);
            if (bytes[at] > 0) {
                charged[at].discharge(bytes[at]);
                bytes[at] = 0;
            } else {
                long wanted = 1 + random.nextLong(80);
                charged[at] = nodes.get(random.nextInt(NODES));
                bytes[at] = charged[at].tryCharge(wanted) == null ? wanted : 0;
            }
        }
        for (int at = 0; at < charged.length; at++) {
            if (bytes[at] > 0) {
                charged[at].discharge(bytes[at]);
            }
        }
        return true;
    }
}
