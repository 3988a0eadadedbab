package dev.ashlar.adaptive;

/**
 * Is told of rare events, on the housekeeping thread or the thread that calls {@link AdaptiveAllocator#housekeep()}, in the
 * order in which they happened. What it throws is logged and harms nobody.
 */
@FunctionalInterface
public interface AllocatorListener {

    /**
     * Something happened.
     *
     * @param event what
     */
    void on(AllocatorEvent event);
}
