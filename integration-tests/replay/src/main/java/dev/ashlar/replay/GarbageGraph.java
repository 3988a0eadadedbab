package dev.ashlar.replay;

import dev.ashlar.api.Allocator;
import dev.ashlar.heap.collected.Algorithm;
import dev.ashlar.heap.collected.CollectedHeap;
import dev.ashlar.heap.collected.CollectionListener;
import dev.ashlar.heap.collected.CollectionStats;
import dev.ashlar.heap.collected.Layout;
import dev.ashlar.heap.collected.Scope;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Clusters of {@link #CLUSTER} objects in a table. An object has two references and 8 bytes of data. Half of the
 * clusters are lists, the others are rings whose objects also refer to the first.
 */
interface GarbageGraph extends AutoCloseable {

    /** Objects of a cluster. */
    int CLUSTER = 10;

    /** Clusters of a page of the table. */
    int PAGE = 1000;

    /** Makes the cluster of a slot anew, so that the one before is garbage. */
    void replace(int slot, boolean isRing);

    /** Throws if the cluster of a slot is not whole. */
    void check(int slot);

    /** Collects all that is garbage now. */
    void collect();

    /** How many objects were collected until now. */
    long collected();

    @Override
    void close();

    private static void require(boolean holds, int slot) {
        if (!holds) {
            throw new IllegalStateException("The cluster " + slot + " is not whole");
        }
    }

    /** Objects of the Java heap. */
    final class OfJava implements GarbageGraph {

        private static final class Node {
            private @Nullable Node next;
            private @Nullable Node first;
            private final long data;

            Node(long data) {
                this.data = data;
            }
        }

        private final Node[][] pages;

        OfJava(int clusters) {
            pages = new Node[(clusters + PAGE - 1) / PAGE][PAGE];
        }

        @Override
        public void replace(int slot, boolean isRing) {
            Node first = new Node(slot);
            Node last = first;
            for (int i = 1; i < CLUSTER; i++) {
                Node next = new Node(slot);
                last.next = next;
                next.first = isRing ? first : null;
                last = next;
            }
            last.next = isRing ? first : null;
            pages[slot / PAGE][slot % PAGE] = first;
        }

        @Override
        public void check(int slot) {
            Node first = pages[slot / PAGE][slot % PAGE];
            Node node = first;
            int count = 0;
            do {
                require(node.data == slot && (node.first == null || node.first == first), slot);
                count++;
                node = node.next;
            } while (node != null && node != first);
            require(count == CLUSTER, slot);
        }

        @Override
        public void collect() {
            System.gc();
        }

        @Override
        public long collected() {
            return 0;
        }

        @Override
        public void close() {}
    }

    /** Objects of a collected heap. */
    final class OfHeap implements GarbageGraph {

        private static final Layout NODE = new Layout(2, Long.BYTES);

        private final Allocator allocator;
        private final CollectedHeap heap;
        private final Scope table;
        private final long[] pages;

        /**
         * An empty table.
         *
         * @param occupancy the share of the limit that the objects of all clusters take
         */
        OfHeap(
                AllocatorProvider provider,
                Algorithm algorithm,
                int clusters,
                double occupancy,
                CollectionListener listener) {
            long live = clusters * (CLUSTER * NODE.byteSize() + Long.BYTES);
            allocator = provider.create(AllocatorConfig.defaults());
            heap = CollectedHeap.builder(allocator, (long) (live / occupancy))
                    .algorithm(algorithm)
                    .listener(listener)
                    .build();
            table = heap.scope();
            pages = new long[(clusters + PAGE - 1) / PAGE];
            for (int i = 0; i < pages.length; i++) {
                pages[i] = table.allocate(Layout.array(PAGE));
            }
        }

        @Override
        public void replace(int slot, boolean isRing) {
            try (Scope scope = heap.scope()) {
                long first = node(scope, slot);
                long last = first;
                for (int i = 1; i < CLUSTER; i++) {
                    long next = node(scope, slot);
                    heap.set(last, 0, next);
                    if (isRing) {
                        heap.set(next, 1, first);
                    }
                    last = next;
                }
                if (isRing) {
                    heap.set(last, 0, first);
                }
                heap.set(pages[slot / PAGE], slot % PAGE, first);
            }
        }

        private long node(Scope scope, long data) {
            long node = scope.allocate(NODE);
            heap.write(node, memory -> memory.set(ValueLayout.JAVA_LONG, 0, data));
            return node;
        }

        @Override
        public void check(int slot) {
            try (Scope scope = heap.scope()) {
                long first = scope.get(pages[slot / PAGE], slot % PAGE);
                long node = first;
                int count = 0;
                do {
                    long data = heap.<Long>read(node, memory -> memory.get(ValueLayout.JAVA_LONG, 0));
                    long second = scope.get(node, 1);
                    require(data == slot && (second == CollectedHeap.NULL || second == first), slot);
                    count++;
                    node = scope.get(node, 0);
                } while (node != CollectedHeap.NULL && node != first);
                require(count == CLUSTER, slot);
            }
        }

        @Override
        public void collect() {
            heap.collect();
        }

        @Override
        public long collected() {
            CollectionStats stats = heap.stats();
            return stats.collectedObjects();
        }

        @Override
        public void close() {
            heap.close();
            allocator.close();
        }
    }
}
