package dev.ashlar.buddy.core;

import java.util.Arrays;

/**
 * The free runs of a region. Each is a node of a doubly linked list, and can be found by its start.
 *
 * <p>Nodes are indices of arrays, so memory is needed for free runs and not for granules: a run takes 20 bytes. Runs
 * that start in the same {@link #SEGMENT} are chained, newest first. No two free runs are neighbours, so a chain has at
 * most half as many members as a segment has granules. A lookup takes at most as many steps.
 *
 * <p>Node 0 means none. Not synchronized.
 */
final class FreeRuns {

    /** No node. */
    static final int NONE = 0;

    /** Granules whose runs share a chain: 128 cost a quarter of a bit each, and a chain stays short. */
    private static final int SEGMENT_SHIFT = 7;

    static final int SEGMENT = 1 << SEGMENT_SHIFT;

    private static final int FIELDS = 5;
    private static final int START = 0;
    private static final int LENGTH = 1;
    private static final int NEXT = 2;
    private static final int PREVIOUS = 3;

    /** The next run of the same segment; for an unused node, the next unused one. */
    private static final int CHAINED = 4;

    /**
     * Initial nodes: node 0 and one run. A region is one free run at first, and a region that stays full needs no more.
     */
    private static final int INITIAL_NODES = 2;

    private final int[] segments;
    private int[] nodes = new int[INITIAL_NODES * FIELDS];
    private int unused = NONE;
    private int made = 1;
    private long steps;

    /**
     * No runs.
     *
     * @param length granules of the region
     */
    FreeRuns(int length) {
        segments = new int[((length - 1) >>> SEGMENT_SHIFT) + 1];
    }

    /** Makes a node for a run, and inserts it before the head of a list. */
    int add(int start, int length, int head) {
        int node = unused;
        if (node != NONE) {
            unused = nodes[node * FIELDS + CHAINED];
        } else {
            node = made;
            made++;
            if (made * FIELDS > nodes.length) {
                nodes = Arrays.copyOf(nodes, nodes.length * 2);
            }
        }
        int at = node * FIELDS;
        nodes[at + START] = start;
        nodes[at + LENGTH] = length;
        nodes[at + NEXT] = head;
        nodes[at + PREVIOUS] = NONE;
        if (head != NONE) {
            nodes[head * FIELDS + PREVIOUS] = node;
        }
        nodes[at + CHAINED] = segments[start >>> SEGMENT_SHIFT];
        segments[start >>> SEGMENT_SHIFT] = node;
        return node;
    }

    /** Removes a node from its list and its chain. If it is the head of the list, the caller must replace the head. */
    void remove(int node) {
        int at = node * FIELDS;
        int next = nodes[at + NEXT];
        int previous = nodes[at + PREVIOUS];
        if (next != NONE) {
            nodes[next * FIELDS + PREVIOUS] = previous;
        }
        if (previous != NONE) {
            nodes[previous * FIELDS + NEXT] = next;
        }
        int segment = nodes[at + START] >>> SEGMENT_SHIFT;
        if (segments[segment] == node) {
            segments[segment] = nodes[at + CHAINED];
        } else {
            int before = segments[segment];
            while (nodes[before * FIELDS + CHAINED] != node) {
                steps++;
                before = nodes[before * FIELDS + CHAINED];
            }
            nodes[before * FIELDS + CHAINED] = nodes[at + CHAINED];
        }
        nodes[at + CHAINED] = unused;
        unused = node;
    }

    /** The run that starts at a granule, or {@link #NONE}. */
    int at(int start) {
        int node = segments[start >>> SEGMENT_SHIFT];
        while (node != NONE && nodes[node * FIELDS + START] != start) {
            steps++;
            node = nodes[node * FIELDS + CHAINED];
        }
        return node;
    }

    int start(int node) {
        return nodes[node * FIELDS + START];
    }

    int length(int node) {
        return nodes[node * FIELDS + LENGTH];
    }

    /** The next of its list, or {@link #NONE}. */
    int next(int node) {
        return nodes[node * FIELDS + NEXT];
    }

    long steps() {
        return steps;
    }

    long metadataBytes() {
        return 48 + 16 + 4L * segments.length + 16 + 4L * nodes.length;
    }
}
