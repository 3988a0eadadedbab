package dev.ashlar.api.compose;

import java.lang.ref.Cleaner;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Learns from the garbage collector that no code has a sampled segment or object any more. It has no reference to the
 * allocator or pool, so it does not keep one alive that is itself dropped.
 */
final class UnreachableWatch implements Runnable {

    private static final Cleaner CLEANER = Cleaner.create();

    private final Consumer<UnreachableWatch> onUnreachable;
    private Cleaner.@Nullable Cleanable cleanable;
    private volatile boolean ended;

    private UnreachableWatch(Consumer<UnreachableWatch> onUnreachable) {
        this.onUnreachable = onUnreachable;
    }

    /**
     * Watches an object.
     *
     * @param watched the caller must still have it when this returns
     * @param onUnreachable is called on the cleaner's thread; must not refer to the object
     */
    static UnreachableWatch of(Object watched, Consumer<UnreachableWatch> onUnreachable) {
        UnreachableWatch watch = new UnreachableWatch(onUnreachable);
        watch.cleanable = CLEANER.register(watched, watch);
        return watch;
    }

    @Override
    public void run() {
        if (!ended) {
            onUnreachable.accept(this);
        }
    }

    /** Ends the watch, because the block was freed or the object released. */
    void end() {
        ended = true;
        Cleaner.Cleanable registered = cleanable;
        if (registered != null) {
            registered.clean();
        }
    }
}
