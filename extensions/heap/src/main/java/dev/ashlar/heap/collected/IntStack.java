package dev.ashlar.heap.collected;

import java.util.Arrays;

/** Numbers, the last one first. The user bounds how many there are. */
final class IntStack {

    /** An array of up to this length stays when the stack is empty. */
    private static final int KEPT = 1 << 16;

    private static final int FIRST = 64;

    private int[] values = {};
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void push(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, Math.max(FIRST, size + (size >> 1)));
        }
        values[size++] = value;
    }

    int pop() {
        return values[--size];
    }

    int get(int position) {
        return values[position];
    }

    /** Removes all, and releases a large array. */
    void clear() {
        size = 0;
        if (values.length > KEPT) {
            values = new int[0];
        }
    }
}
