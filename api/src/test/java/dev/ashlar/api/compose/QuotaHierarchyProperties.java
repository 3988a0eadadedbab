package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.CheckingAllocator;
import dev.ashlar.api.Limit;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

/** A tree of limits, compared with a model that adds up a list of live blocks. */
class QuotaHierarchyProperties {

    private static final int ROOT = -1;

    /** Three levels, with siblings at each level. */
    private static final int[] PARENTS = {ROOT, ROOT, 0, 0, 2, 2};

    private static final int NODES = PARENTS.length;

    /** A step at a node. Sizes are those of new blocks, {@code pick} chooses a live block of the node. */
    record Step(Kind kind, int node, List<Long> sizes, int pick) {
        enum Kind {
            ALLOCATE,
            TRY_ALLOCATE,
            ALLOCATE_ALL,
            RESIZE,
            FREE,
            FREE_ALL
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<List<Long>> sizes =
                Arbitraries.longs().between(0, 120).list().ofMinSize(1).ofMaxSize(4);
        return Combinators.combine(
                        Arbitraries.of(Step.Kind.class),
                        Arbitraries.integers().between(0, NODES - 1),
                        sizes,
                        Arbitraries.integers().between(0, 1000))
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(edgeCases = EdgeCasesMode.NONE) // they would use all tries, but find little in long lists
    void mustServeExactlyWhatFitsEveryAncestor(
            @ForAll @Size(6) List<@LongRange(min = 0, max = 600) Long> limits,
            @ForAll @LongRange(min = 0, max = 900) long capacity,
            @ForAll("steps") List<Step> steps) {
        try (CheckingAllocator upstream = new CheckingAllocator(capacity)) {
            Model model = new Model(upstream, capacity, limits);
            for (Step step : steps) {
                model.take(step);
                model.check();
            }
            model.freeEverything();
            model.check();
            assertThat(upstream.stats().liveBlocks()).isZero();
        }
    }

    private static final class Model {
        private record Live(int node, MemorySegment block) {}

        private final CheckingAllocator upstream;
        private final long capacity;
        private final List<Long> limits;
        private final List<Allocator> nodes = new ArrayList<>();
        private final List<Live> live = new ArrayList<>();
        private final long[] refused = new long[NODES];

        Model(CheckingAllocator upstream, long capacity, List<Long> limits) {
            this.upstream = upstream;
            this.capacity = capacity;
            this.limits = limits;
            for (int node = 0; node < NODES; node++) {
                Allocator parent = PARENTS[node] == ROOT ? upstream : nodes.get(PARENTS[node]);
                nodes.add(Allocators.limited(parent, limits.get(node)));
            }
        }

        private static boolean isBelow(int node, int ancestor) {
            return node == ancestor || (node != ROOT && isBelow(PARENTS[node], ancestor));
        }

        private long used(int node) {
            return live.stream()
                    .filter(one -> isBelow(one.node, node))
                    .mapToLong(one -> one.block.byteSize())
                    .sum();
        }

        /** Which ancestor refuses, counted upwards from the node; upstream is the last. */
        private @Nullable Integer refusing(int node, long charged, long asked) {
            for (int at = node; at != ROOT; at = PARENTS[at]) {
                if (used(at) + charged > limits.get(at)) {
                    return at;
                }
            }
            return used(ROOT) + asked > capacity ? ROOT : null;
        }

        /** Makes a request, which must be served exactly if it fits everywhere. */
        private void expect(int node, long charged, long asked, Supplier<@Nullable List<MemorySegment>> request) {
            Integer refusing = refusing(node, charged, asked);
            List<MemorySegment> served;
            try {
                served = request.get();
            } catch (AllocationException e) {
                served = null;
                if (refusing != null && refusing != ROOT) {
                    assertThat(e.refusal().limitBytes()).isEqualTo(limits.get(refusing));
                    assertThat(e.refusal().usedBytes()).isEqualTo(used(refusing));
                }
            }
            assertThat(served == null).as("refused by %s", refusing).isEqualTo(refusing != null);
            if (served != null) {
                served.forEach(block -> live.add(new Live(node, block)));
                return;
            }
            for (int at = node; at != ROOT; at = PARENTS[at]) {
                refused[at]++;
                if (refusing != null && at == refusing) {
                    return;
                }
            }
        }

        void take(Step step) {
            Allocator node = nodes.get(step.node);
            long size = step.sizes.getFirst();
            long[] sizes = step.sizes.stream().mapToLong(Long::longValue).toArray();
            long sum = Arrays.stream(sizes).sum();
            List<Live> own = live.stream().filter(one -> one.node == step.node).toList();
            switch (step.kind) {
                case ALLOCATE -> expect(step.node, size, size, () -> List.of(node.allocate(size)));
                case TRY_ALLOCATE ->
                    expect(step.node, size, size, () -> {
                        MemorySegment block = node.tryAllocate(size, 8);
                        return block == null ? null : List.of(block);
                    });
                case ALLOCATE_ALL -> expect(step.node, sum, sum, () -> node.allocateAll(sizes, 8));
                case RESIZE -> resize(node, own, step);
                case FREE -> free(node, own, step);
                case FREE_ALL -> {
                    node.freeAll(own.stream().map(Live::block).toList());
                    live.removeAll(own);
                }
            }
        }

        /** Upstream copies, so it needs room for both sizes. The limits are charged only the difference. */
        private void resize(Allocator node, List<Live> own, Step step) {
            if (!own.isEmpty()) {
                Live one = own.get(step.pick % own.size());
                long size = step.sizes.getFirst();
                long growth = Math.max(0, size - one.block.byteSize());
                int before = live.size();
                expect(step.node, growth, size, () -> List.of(node.resize(one.block, size)));
                if (live.size() > before) {
                    live.remove(one);
                }
            }
        }

        private void free(Allocator node, List<Live> own, Step step) {
            if (!own.isEmpty()) {
                Live one = own.get(step.pick % own.size());
                node.free(one.block);
                live.remove(one);
            }
        }

        void freeEverything() {
            live.forEach(one -> nodes.get(one.node).free(one.block));
            live.clear();
        }

        void check() {
            for (int i = 0; i < NODES; i++) {
                int node = i;
                Allocator limited = nodes.get(node);
                AllocatorStats stats = limited.stats();
                assertThat(limited.as(Limit.class).orElseThrow().usedBytes())
                        .as("used at %s", node)
                        .isEqualTo(used(node));
                assertThat(stats.requestedBytes()).isEqualTo(used(node));
                assertThat(stats.liveBlocks())
                        .isEqualTo(live.stream()
                                .filter(one -> isBelow(one.node, node))
                                .count());
                assertThat(stats.refused()).as("refused at %s", node).isEqualTo(refused[node]);
                ((LimitedAllocator) limited).ledger.checkInvariants();
            }
            assertThat(upstream.stats().requestedBytes()).isEqualTo(used(ROOT));
        }
    }
}
