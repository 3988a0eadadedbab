package dev.ashlar.arena.internal;

import dev.ashlar.api.Resettable.Mark;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A position of an arena: one in the chunk of each stripe. Used under the lock of {@link Chunks}. */
final class ArenaMark implements Mark {

    /** A position in a chunk, while that is in the same use. */
    record Place(ArenaChunk chunk, long use, BumpCore.Position position) {}

    private final Chunks chunks;
    private final @Nullable ArenaMark previous;
    private final Place[] places;
    private final long uses;
    private final long newestLarge;
    private boolean valid = true;

    ArenaMark(Chunks chunks, @Nullable ArenaMark previous, Stripe[] stripes, long uses, long newestLarge) {
        this.chunks = chunks;
        this.previous = previous;
        this.uses = uses;
        this.newestLarge = newestLarge;
        this.places = new Place[stripes.length];
        for (int i = 0; i < stripes.length; i++) {
            ArenaChunk chunk = stripes[i].chunk;
            places[i] = new Place(chunk, chunk.use, chunk.mark());
        }
    }

    boolean isOf(Chunks others) {
        return chunks == others;
    }

    boolean isValid() {
        return valid;
    }

    long uses() {
        return uses;
    }

    long newestLarge() {
        return newestLarge;
    }

    /** Whether nothing was allocated or freed since this was made. */
    boolean isAt(Stripe[] stripes, long usesNow, long newestLargeNow) {
        if (uses != usesNow || newestLarge != newestLargeNow) {
            return false;
        }
        for (int i = 0; i < stripes.length; i++) {
            ArenaChunk chunk = stripes[i].chunk;
            if (chunk != places[i].chunk || chunk.use != places[i].use || !chunk.isAt(places[i].position)) {
                return false;
            }
        }
        return true;
    }

    /** Restores the chunk of each stripe. A chunk that went upstream meanwhile had no live block. */
    void restore(Stripe[] stripes, Consumer<Place> rewind) {
        for (int i = 0; i < stripes.length; i++) {
            Place place = places[i];
            if (place.use != 0 && place.chunk.use == place.use) {
                rewind.accept(place);
                stripes[i].chunk = place.chunk;
            } else {
                stripes[i].chunk = ArenaChunk.NONE;
            }
        }
    }

    /** Ends this mark, and returns the one before. */
    @Nullable ArenaMark invalidate() {
        valid = false;
        return previous;
    }

    @Override
    public String toString() {
        return "mark of an arena" + (valid ? "" : ", not valid any more");
    }
}
