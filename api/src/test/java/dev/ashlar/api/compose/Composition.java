package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.CapableAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Decorators around decorators, down to leaves that own memory.
 *
 * @param name the decorators in it
 * @param allocator the outermost decorator
 * @param route the leaf that must serve a size
 * @param leaves all leaves
 */
record Composition(
        String name, Allocator allocator, LongFunction<CapableAllocator> route, List<CapableAllocator> leaves) {

    static final long BORDER = 100;

    /** New compositions of up to three levels, over leaves with a capacity. */
    static Stream<Composition> all(long capacity) {
        return Stream.of(1, 2, 3).flatMap(depth -> deep(depth, capacity));
    }

    private static Stream<Composition> deep(int depth, long capacity) {
        if (depth == 0) {
            return Stream.of(leaf(capacity));
        }
        List<UnaryOperator<Composition>> decorators = List.of(
                inner -> limited(inner, capacity),
                inner -> fallback(inner, leaf(capacity), inner),
                inner -> fallback(leaf(0), inner, inner),
                inner -> segregated(inner, leaf(capacity)),
                inner -> segregated(leaf(capacity), inner));
        return decorators.stream()
                .flatMap(decorator -> deep(depth - 1, capacity).map(decorator));
    }

    private static Composition leaf(long capacity) {
        CapableAllocator leaf = new CapableAllocator(capacity);
        return new Composition("leaf", leaf, byteSize -> leaf, List.of(leaf));
    }

    private static Composition limited(Composition inner, long limitBytes) {
        return new Composition(
                "limited(" + inner + ")", Allocators.limited(inner.allocator, limitBytes), inner.route, inner.leaves);
    }

    private static Composition fallback(Composition first, Composition second, Composition serving) {
        return new Composition(
                "fallback(" + first + ", " + second + ")",
                Allocators.fallback(first.allocator, second.allocator),
                byteSize -> byteSize == 0 ? first.route.apply(0) : serving.route.apply(byteSize),
                both(first, second));
    }

    private static Composition segregated(Composition small, Composition large) {
        return new Composition(
                "segregated(" + small + ", " + large + ")",
                Allocators.segregated(BORDER, small.allocator, large.allocator),
                byteSize -> (byteSize <= BORDER ? small : large).route.apply(byteSize),
                both(small, large));
    }

    private static List<CapableAllocator> both(Composition one, Composition other) {
        List<CapableAllocator> leaves = new ArrayList<>(one.leaves);
        leaves.addAll(other.leaves);
        return leaves;
    }

    @Override
    public String toString() {
        return name;
    }
}
