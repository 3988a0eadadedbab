package dev.ashlar.replay;

import dev.ashlar.api.Allocator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an allocator under replay says of itself, and its end. Apart from the blocks of a {@link Subject}, because the
 * same allocator is replayed through segments or through addresses.
 */
interface Books extends AutoCloseable {

    /** Of an allocator that has no figures and holds nothing back. */
    Books NONE = () -> Figures.NONE;

    /** The figures now. */
    Figures figures();

    /** The allocator, if its memory can be walked over. */
    default Optional<Allocator> inspectable() {
        return Optional.empty();
    }

    /** Bytes that are taken from the source now; null if unknown. */
    default @Nullable Long committedBytes() {
        return null;
    }

    /** Called often in a replay that is not timed, for figures that the allocator does not count. */
    default void watch() {}

    /** What the allocator did by itself, a line each. */
    default List<String> explanation() {
        return List.of();
    }

    /**
     * Compares the allocator's own count with what is live and what it has taken.
     *
     * @throws SubjectFailure if it differs
     */
    default void verify(long liveBlocks, long liveBytes) {}

    /**
     * Prepares the allocator for another replay; called when every block is freed and no thread uses it.
     *
     * @throws SubjectFailure if it counts live blocks
     */
    default void settle() {}

    /**
     * Gives everything back and closes the allocator; called when every block is freed.
     *
     * @throws SubjectFailure if anything is left
     */
    default void finish() {
        close();
    }

    /** Closes the allocator; does nothing if it is closed. */
    @Override
    default void close() {}
}
