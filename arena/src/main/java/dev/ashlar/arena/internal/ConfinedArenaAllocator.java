package dev.ashlar.arena.internal;

/** An arena for the thread that made it. */
final class ConfinedArenaAllocator extends ArenaAllocator {

    private final Thread thread = Thread.currentThread();
    private final Stripe stripe;

    ConfinedArenaAllocator(ArenaCore core) {
        super(core);
        stripe = chunks.stripe(0);
    }

    @Override
    Stripe stripe() {
        if (Thread.currentThread() != thread) {
            throw new WrongThreadException("This arena is confined to " + thread + " and was called by "
                    + Thread.currentThread() + ". Make it with the setting threads=shared.");
        }
        return stripe;
    }

    @Override
    long bump(ArenaChunk chunk, long byteSize, long byteAlignment) {
        return chunk.bump(byteSize, byteAlignment, false);
    }
}
