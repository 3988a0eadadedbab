package dev.ashlar.benchmarks;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Each thread's own view of the {@link SharedSlab}. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls open first
public class ConfinedSlab {

    Allocator view;

    /**
     * Makes the view on the thread that uses it.
     *
     * @param slab the allocator of the view
     */
    @Setup
    public void open(SharedSlab slab) {
        view = slab.allocator.as(Confinable.class).orElseThrow().confined();
    }
}
