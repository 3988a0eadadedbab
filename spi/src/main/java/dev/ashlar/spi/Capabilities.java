package dev.ashlar.spi;

import java.util.Set;
import java.util.TreeSet;

/**
 * What the allocators of a strategy can do.
 *
 * @param interfaces the capability interfaces that {@link dev.ashlar.api.Allocator#as(Class)} finds
 * @param maxByteSize the largest block in bytes that the strategy serves itself; larger requests go upstream
 * @param maxByteAlignment the largest alignment in bytes that the strategy serves itself
 */
public record Capabilities(Set<Class<?>> interfaces, long maxByteSize, long maxByteAlignment) {

    /** Copies the set. */
    public Capabilities {
        interfaces = Set.copyOf(interfaces);
    }

    /** The interfaces by their simple names, in order, as {@code strategies} prints them. */
    public Set<String> interfaceNames() {
        Set<String> names = new TreeSet<>();
        interfaces.forEach(capability -> names.add(capability.getSimpleName()));
        return names;
    }
}
