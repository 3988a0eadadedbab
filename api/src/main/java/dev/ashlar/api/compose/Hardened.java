package dev.ashlar.api.compose;

import java.util.List;
import java.util.stream.Stream;

/** The capability of an allocator made by {@link Allocators#hardening} to check its blocks on request. */
public interface Hardened {

    /**
     * Checks the redzones of all live blocks and all blocks in quarantine. The quarantine is empty afterwards. Costs a
     * pass over all that. Other threads may use the allocator meanwhile.
     *
     * <p>A live block whose redzone was written is found at each call, and again when it is freed.
     *
     * @return what was found, and is not passed to the {@linkplain Hardening.Builder#onFinding receiver}; empty if
     *     nothing is wrong
     * @throws IllegalStateException if the allocator is closed
     * @throws WrongThreadException if this is of a view that is confined to another thread
     */
    List<Finding> check();

    /**
     * Checks the blocks of two allocators.
     *
     * @param other the other one
     */
    default Hardened and(Hardened other) {
        return () -> Stream.concat(check().stream(), other.check().stream()).toList();
    }
}
