package dev.ashlar.cache.compress;

import dev.ashlar.cache.Compression;
import io.airlift.compress.v3.Compressor;
import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.lz4.Lz4Compressor;
import io.airlift.compress.v3.lz4.Lz4Decompressor;
import io.airlift.compress.v3.zstd.ZstdCompressor;
import io.airlift.compress.v3.zstd.ZstdDecompressor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * Codecs of the library aircompressor. It calls the C libraries that are in its jar, which takes native access ({@code
 * --enable-native-access}). Where it cannot, it uses versions in Java, which access memory by {@code sun.misc.Unsafe}
 * and so need {@code --sun-misc-unsafe-memory-access=allow} on newer JDKs.
 */
public final class AirCompression implements Compression {

    /** A compressor has tables that one thread at a time may use. */
    private record Pair(Compressor compressor, Decompressor decompressor) {}

    private final Supplier<Pair> make;

    /** Pairs that no thread uses: never more than threads were compressing at once. */
    private final ConcurrentLinkedQueue<Pair> idle = new ConcurrentLinkedQueue<>();

    private AirCompression(Supplier<Pair> make) {
        this.make = make;
        idle.add(make.get()); // a library that is missing is found now
    }

    /** LZ4: the fastest. */
    public static Compression lz4() {
        return new AirCompression(() -> new Pair(Lz4Compressor.create(), Lz4Decompressor.create()));
    }

    /** Zstandard: smaller than LZ4, and several times slower. */
    public static Compression zstd() {
        return new AirCompression(() -> new Pair(ZstdCompressor.create(), ZstdDecompressor.create()));
    }

    private Pair take() {
        Pair pair = idle.poll();
        return pair == null ? make.get() : pair;
    }

    @Override
    public int mostBytes(int byteSize) {
        Pair pair = take();
        try {
            return pair.compressor.maxCompressedLength(byteSize);
        } finally {
            idle.add(pair);
        }
    }

    @Override
    public int compress(MemorySegment value, MemorySegment to) {
        Pair pair = take();
        try {
            return pair.compressor.compress(value, to);
        } finally {
            idle.add(pair);
        }
    }

    @Override
    public void decompress(MemorySegment compressed, MemorySegment value) {
        Pair pair = take();
        try {
            pair.decompressor.decompress(compressed, value);
        } finally {
            idle.add(pair);
        }
    }
}
