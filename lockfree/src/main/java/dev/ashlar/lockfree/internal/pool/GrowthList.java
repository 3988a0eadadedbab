package dev.ashlar.lockfree.internal.pool;

import java.io.Serial;
import java.util.ArrayList;
import java.util.Collection;

/**
 * A list that remembers how many elements it had at most, because its array is still as long when they are gone.
 *
 * @param <E> the type of the elements
 */
public final class GrowthList<E> extends ArrayList<E> {

    @Serial
    private static final long serialVersionUID = 1;

    private int most;

    /**
     * An empty list.
     *
     * @param initialElements how many it has room for
     */
    public GrowthList(int initialElements) {
        super(initialElements);
    }

    /** The most elements that it had, or was told to have room for. */
    public int most() {
        return most;
    }

    private boolean grown(boolean changed) {
        most = Math.max(most, size());
        return changed;
    }

    @Override
    public boolean add(E element) {
        return grown(super.add(element));
    }

    @Override
    public void add(int index, E element) {
        super.add(index, element);
        grown(true);
    }

    @Override
    public boolean addAll(Collection<? extends E> elements) {
        return grown(super.addAll(elements));
    }

    @Override
    public boolean addAll(int index, Collection<? extends E> elements) {
        return grown(super.addAll(index, elements));
    }

    @Override
    public void ensureCapacity(int capacity) {
        super.ensureCapacity(capacity);
        most = Math.max(most, capacity);
    }
}
