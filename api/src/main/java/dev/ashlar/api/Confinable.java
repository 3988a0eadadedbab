package dev.ashlar.api;

/**
 * The capability to give one thread a view of its own, which skips the lookup of the calling thread.
 */
public interface Confinable {

    /**
     * A view for the calling thread. Its blocks are blocks of this allocator: other threads may free them here, and the
     * view may free what was allocated here. Every operation on the view by another thread throws {@link
     * WrongThreadException} and changes nothing. Closing the view returns what it cached to this allocator and leaves
     * its blocks live.
     *
     * @return a view confined to the calling thread
     * @throws IllegalStateException if the allocator is closed
     */
    Allocator confined();
}
