package dev.ashlar.buddy.internal;

import dev.ashlar.spi.support.VarHandles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of a region that were claimed while another thread held it, and wait to be released: a stack to which any
 * thread pushes, and which the thread that holds the region takes as a whole (Treiber, 1986). Because nobody pops a
 * single element, an element cannot come back while another thread looks at it: there is no ABA.
 *
 * <p>An element is an object on the Java heap. It is made only where two threads meet at a region.
 */
final class PendingFrees {

    private static final VarHandle TOP = VarHandles.of(MethodHandles.lookup(), "top", Element.class);

    private volatile @Nullable Element top;

    /**
     * A claimed block.
     *
     * @param start its first granule
     * @param byteSize the size that it was asked for with
     * @param below what was pushed before
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
