package dev.ashlar.api;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a caller knows about the use of a block. A hint may change where a block lies. It never changes what may be done
 * with the block.
 *
 * @param lifetime how long the block will live, {@link Lifetime#MEDIUM} if unknown
 * @param access how it will be used, {@link Access#RANDOM} if unknown
 * @param tag blocks of one tag belong together, in placement and in statistics; null for none
 */
public record AllocationHints(
        Lifetime lifetime, Access access, @Nullable String tag) {

    /** Nothing is known. */
    public static final AllocationHints NONE = new AllocationHints(Lifetime.MEDIUM, Access.RANDOM, null);

    /** Checks that lifetime and access are not null. */
    public AllocationHints {
        Objects.requireNonNull(lifetime, "lifetime");
        Objects.requireNonNull(access, "access");
    }

    /** How long a block will live. */
    public enum Lifetime {
        /** Freed before the unit of work that allocated it ends, such as a request or a frame. */
        SHORT,
        /** Anything between. */
        MEDIUM,
        /** About as long as the program or the data structure it is part of. */
        LONG
    }

    /** How a block will be used. */
    public enum Access {
        /** From its start to its end. */
        SEQUENTIAL,
        /** In no particular order. */
        RANDOM,
        /** So often, or by so many threads, that a cache line of its own is worth its space. */
        FREQUENT
    }

    /**
     * These hints with another lifetime.
     *
     * @param lifetime how long the block will live
     */
    public AllocationHints withLifetime(Lifetime lifetime) {
        return new AllocationHints(lifetime, access, tag);
    }

    /**
     * These hints with another access.
     *
     * @param access how the block will be used
     */
    public AllocationHints withAccess(Access access) {
        return new AllocationHints(lifetime, access, tag);
    }

    /**
     * These hints with another tag.
     *
     * @param tag what the block belongs to, or null
     */
    public AllocationHints withTag(@Nullable String tag) {
        return new AllocationHints(lifetime, access, tag);
    }
}
