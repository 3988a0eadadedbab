/**
 * The strategy {@code adaptive}: one allocator over the strategies that are installed, each for the sizes that it
 * serves best, and adapted by their statistics. For programs that do not want to choose.
 *
 * <p>{@link dev.ashlar.adaptive.AdaptiveAllocator} is what it offers beyond an {@link dev.ashlar.api.Allocator}, and
 * {@link dev.ashlar.adaptive.Adaptive#builder()} makes it and has its settings. It compiles against no strategy.
 */
package dev.ashlar.adaptive;
