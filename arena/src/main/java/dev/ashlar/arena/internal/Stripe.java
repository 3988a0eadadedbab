package dev.ashlar.arena.internal;

/**
 * The current chunk of some threads. It is written under the lock of {@link Chunks} and read plainly without it. This
 * is a benign race: an outdated chunk is retired or released, and then the thread looks again under the lock.
 */
final class Stripe {

    ArenaChunk chunk = ArenaChunk.NONE;
}
