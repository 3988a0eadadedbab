package dev.ashlar.buddy.internal;

import dev.ashlar.spi.support.VarHandles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of a region that were claimed while another thread held it, and wait to be released. It is a stack to which
 * any thread pushes (Treiber, 1986). The thread that holds the region takes the whole stack. No thread pops a single
 * element, so ABA cannot happen.
 *
 * <p>An element is an object on the Java heap. It is made only if two threads use a region at the same time.
 */
final class PendingFrees {

    private static final VarHandle TOP = VarHandles.of(MethodHandles.lookup(), "top", Element.class);

    private volatile @Nullable Element top;

    /**
     * A claimed block.
     *
     * @param start its first granule
     * @param byteSize its requested size
     * @param below the element that was pushed before
     */
    record Element(int start, long byteSize, @Nullable Element below) {}

    void push(int start, long byteSize) {
        Element below;
        Element element;
        do {
            below = top;
            element = new Element(start, byteSize, below);
        } while (!TOP.compareAndSet(this, below, element));
    }

    boolean isEmpty() {
        return top == null;
    }

    /** Takes all, newest first. */
    @Nullable Element takeAll() {
        return isEmpty() ? null : (Element) TOP.getAndSet(this, null);
    }
}
