package dev.ashlar.spi;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.compose.Hardening;

/** {@code ashlar.hardening}: the level, with its defaults. */
final class HardeningDecoration implements Decoration {

    @Override
    public String key() {
        return "hardening";
    }

    @Override
    public void validate(String text) {
        try {
            Hardening.Level.of(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("must be " + Decorations.OFF + ", sizes, canaries or full", e);
        }
    }

    /** Leaves an arena as it is: a reset frees blocks by their position, and hardening would not know. */
    @Override
    public Allocator around(Allocator allocator, String name, String text) {
        return allocator.as(Resettable.class).isPresent()
                ? allocator
                : Hardening.of(Hardening.Level.of(text)).owning(allocator);
    }
}
