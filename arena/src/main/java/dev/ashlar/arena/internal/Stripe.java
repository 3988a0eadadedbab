package dev.ashlar.arena.internal;

/**
 * Where some threads allocate. The chunk is written under the lock of {@link Chunks} and read plainly without it, which
 * is a benign race: a chunk seen too late is retired or gone, and then the thread looks again under the lock.
 */
final class Stripe {

    ArenaChunk chunk = ArenaChunk.NONE;
}
