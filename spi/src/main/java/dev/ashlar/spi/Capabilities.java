package dev.ashlar.spi;

import java.util.Set;
import java.util.TreeSet;

/**
 * What allocators of a strategy and a configuration can do.
 *
 * @param interfaces the capability interfaces that {@link dev.ashlar.api.Allocator#as(Class)} finds
 * @param maxByteSize the largest block in bytes that the strategy serves itself, {@link #ANY} if it serves every size
 * @param maxByteAlignment the largest alignment in bytes that the strategy serves itself for blocks of all these sizes,
 *     {@link #ANY} if it serves every alignment
 * @param largeBlocks what happens to requests beyond these
 */
public record Capabilities(
        Set<Class<?>> interfaces, long maxByteSize, long maxByteAlignment, LargeBlockPolicy largeBlocks) {

    /** There is no largest size, or no largest alignment: {@link Long#MAX_VALUE}. */
    public static final long ANY = Long.MAX_VALUE;

    /** Copies the set. */
    public Capabilities {
        interfaces = Set.copyOf(interfaces);
    }

    /** Whether the strategy serves a request itself. */
    public boolean serves(long byteSize, long byteAlignment) {
        return byteSize <= maxByteSize && byteAlignment <= maxByteAlignment;
    }

    /** The interfaces by their simple names, in order, as {@code strategies} prints them. */
    public Set<String> interfaceNames() {
        Set<String> names = new TreeSet<>();
        interfaces.forEach(capability -> names.add(capability.getSimpleName()));
        return names;
    }
}
