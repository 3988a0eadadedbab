package dev.ashlar.heap.collected;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.heap.Defragmentation;
import dev.ashlar.heap.StaleHandleException;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** Every collector against a graph of Java objects: random graphs, which change between the slices of a cycle. */
class CollectedHeapProperties {

    /** What an object is to be. */
    private static final class Node {
        private final long reference;
        private final Layout layout;
        private final byte data;
        private final @Nullable Node[] fields;

        Node(long reference, Layout layout, byte data) {
            this.reference = reference;
            this.layout = layout;
            this.data = data;
            fields = new Node[layout.references()];
        }
    }

    private record Holds(Scope scope, List<Node> nodes) {}

    @Provide
    Arbitrary<List<Long>> steps() {
        return Arbitraries.longs().list().ofMinSize(1).ofMaxSize(500);
    }

    @Provide
    Arbitrary<Long> limits() {
        return Arbitraries.of(4L << 10, 64L << 10, 512L << 10, 1L << 30);
    }

    @Property
    void mustCollectWhatIsUnreachableAndNothingElse(
            @ForAll Algorithm algorithm, @ForAll("limits") long limitBytes, @ForAll("steps") List<Long> steps) {
        try (Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults())) {
            try (CollectedHeap heap = CollectedHeap.builder(allocator, limitBytes)
                    .algorithm(algorithm)
                    .stepsPerLook(1)
                    .build()) {
                new Run(heap, limitBytes, limitBytes).all(steps);
            }
            assertThat(allocator.stats().liveBlocks()).as("after the close").isZero();
        }
    }

    /** The memory under the heap runs out before its limit does, also while survivors move. */
    @Property
    void mustStayRightWhenTheAllocatorRefuses(@ForAll Algorithm algorithm, @ForAll("steps") List<Long> steps) {
        try (Allocator slab = AllocatorProviders.require("slab").create(AllocatorConfig.defaults());
                Allocator allocator = Allocators.limited(slab, 100 << 10)) {
            try (CollectedHeap heap = CollectedHeap.builder(allocator, 1 << 20)
                    .algorithm(algorithm)
                    .stepsPerLook(1)
                    .build()) {
                new Run(heap, 1 << 20, 20 << 10).all(steps);
            }
            assertThat(allocator.stats().liveBlocks()).as("after the close").isZero();
        }
    }

    private static final class Run {
        private final CollectedHeap heap;
        private final long limitBytes;

        /** With so many reachable bytes and fewer, a request must be served. */
        private final long sureBytes;

        private final List<Node> nodes = new ArrayList<>();
        private final List<Holds> scopes = new ArrayList<>();
        private final Set<Node> collected = new HashSet<>();

        Run(CollectedHeap heap, long limitBytes, long sureBytes) {
            this.heap = heap;
            this.limitBytes = limitBytes;
            this.sureBytes = sureBytes;
        }

        void all(List<Long> steps) {
            for (long step : steps) {
                one(new Random(step));
                heap.checkInvariants();
            }
            collect();
            scopes.forEach(holds -> holds.scope.close());
            scopes.clear();
            collect();
            assertThat(heap.stats().liveObjects()).isZero();
        }

        private void one(Random random) {
            int kind = random.nextInt(20);
            if (scopes.isEmpty() || (kind == 0 && scopes.size() < 5)) {
                scopes.add(new Holds(heap.scope(), new ArrayList<>()));
                return;
            }
            Holds holds = scopes.get(random.nextInt(scopes.size()));
            Node held = holds.nodes.isEmpty() ? null : holds.nodes.get(random.nextInt(holds.nodes.size()));
            if (kind == 1) {
                holds.scope.close();
                scopes.remove(holds);
            } else if (kind < 8 || held == null) {
                allocate(holds, random);
            } else if (kind < 12) {
                store(held, random);
            } else if (kind < 14) {
                follow(holds, held, random);
            } else if (kind == 14) {
                holds.scope.release(held.reference);
                holds.nodes.remove(held);
            } else if (kind == 15) {
                holdWeak(holds, random);
            } else if (kind < 19) {
                heap.step(Duration.ofNanos(random.nextInt(20_000)));
            } else {
                rarely(random);
            }
        }

        private void rarely(Random random) {
            if (random.nextBoolean()) {
                collect();
            } else {
                try (Defragmentation defragmentation = heap.defragment(Defragmentation.Strategy.COMPACT)) {
                    defragmentation.pass(Defragmentation.Budget.UNBOUNDED);
                }
                checkFrom(reachable());
            }
        }

        private void allocate(Holds holds, Random random) {
            int references = random.nextInt(10) == 0 ? random.nextInt(400) : random.nextInt(4);
            Layout layout = new Layout(references, random.nextInt(random.nextInt(10) == 0 ? 6_000 : 100));
            long reference;
            try {
                reference = holds.scope.allocate(layout);
            } catch (AllocationException e) {
                long reachable = reachable().stream()
                        .mapToLong(node -> node.layout.byteSize())
                        .sum();
                assertThat(reachable + layout.byteSize()).as(e.getMessage()).isGreaterThan(sureBytes);
                return;
            }
            assertThat(heap.stats().liveBytes()).isLessThanOrEqualTo(limitBytes);
            Node node = new Node(reference, layout, (byte) random.nextInt());
            heap.write(reference, memory -> {
                assertThat(memory.byteSize()).isEqualTo(layout.dataBytes());
                assertThat(memory.mismatch(MemorySegment.ofArray(new byte[(int) layout.dataBytes()])))
                        .isNegative();
                memory.fill(node.data);
            });
            nodes.add(node);
            holds.nodes.add(node);
        }

        private void store(Node source, Random random) {
            if (source.fields.length > 0) {
                int field = random.nextInt(source.fields.length);
                Node target = random.nextInt(4) == 0 ? null : nodes.get(random.nextInt(nodes.size()));
                try {
                    heap.set(source.reference, field, target == null ? CollectedHeap.NULL : target.reference);
                    source.fields[field] = target;
                } catch (StaleHandleException e) {
                    collected(target); // it was held by nothing
                }
            }
        }

        private void follow(Holds holds, Node source, Random random) {
            if (source.fields.length > 0) {
                int field = random.nextInt(source.fields.length);
                Node target = source.fields[field];
                assertThat(holds.scope.get(source.reference, field))
                        .isEqualTo(target == null ? CollectedHeap.NULL : target.reference);
                if (target != null) {
                    holds.nodes.add(target);
                }
            }
        }

        private void holdWeak(Holds holds, Random random) {
            Node node = nodes.get(random.nextInt(nodes.size()));
            if (holds.scope.tryHold(node.reference)) {
                assertThat(collected).doesNotContain(node);
                holds.nodes.add(node);
            } else {
                collected(node);
            }
        }

        private void collected(@Nullable Node node) {
            assertThat(reachable()).doesNotContain(node);
            collected.add(node);
        }

        private Set<Node> reachable() {
            Deque<Node> toVisit = new ArrayDeque<>();
            scopes.forEach(holds -> toVisit.addAll(holds.nodes));
            Set<Node> reachable = new HashSet<>();
            while (!toVisit.isEmpty()) {
                Node node = toVisit.pop();
                if (reachable.add(node)) {
                    for (Node field : node.fields) {
                        if (field != null) {
                            toVisit.add(field);
                        }
                    }
                }
            }
            return reachable;
        }

        private void collect() {
            heap.collect();
            Set<Node> reachable = reachable();
            assertThat(heap.stats().liveObjects()).isEqualTo(reachable.size());
            assertThat(heap.stats().liveBytes())
                    .isEqualTo(reachable.stream()
                            .mapToLong(node -> node.layout.byteSize())
                            .sum());
            checkFrom(reachable);
            try (Scope scope = heap.scope()) {
                for (Node node : nodes) {
                    assertThat(scope.tryHold(node.reference)).isEqualTo(reachable.contains(node));
                    if (!reachable.contains(node)) {
                        assertThatExceptionOfType(StaleHandleException.class)
                                .isThrownBy(() -> heap.read(node.reference, MemorySegment::byteSize));
                    }
                }
            }
            nodes.retainAll(reachable);
        }

        private void checkFrom(Set<Node> reachable) {
            try (Scope scope = heap.scope()) {
                reachable.forEach(node -> check(scope, node));
            }
        }

        private void check(Scope scope, Node node) {
            assertThat(heap.layout(node.reference)).isEqualTo(node.layout);
            for (int field = 0; field < node.fields.length; field++) {
                Node target = node.fields[field];
                assertThat(scope.get(node.reference, field))
                        .isEqualTo(target == null ? CollectedHeap.NULL : target.reference);
            }
            boolean isWhole = heap.<Boolean>read(
                    node.reference,
                    memory -> memory.elements(ValueLayout.JAVA_BYTE)
                            .allMatch(each -> each.get(ValueLayout.JAVA_BYTE, 0) == node.data));
            assertThat(isWhole).isTrue();
        }
    }
}
