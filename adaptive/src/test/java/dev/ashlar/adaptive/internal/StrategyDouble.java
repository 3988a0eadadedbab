package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A strategy with any name and capabilities. Each block is a chunk of its own, and requests are counted. */
record StrategyDouble(String name, long maxByteSize, long maxByteAlignment, AtomicInteger requests)
        implements AllocatorProvider {

    StrategyDouble(String name, long maxByteSize, long maxByteAlignment) {
        this(name, maxByteSize, maxByteAlignment, new AtomicInteger());
    }

    @Override
    public Capabilities capabilities(AllocatorConfig config) {
        return new Capabilities(
                Set.of(AddressAllocator.class), maxByteSize, maxByteAlignment, LargeBlockPolicy.UPSTREAM);
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator createBare(AllocatorConfig config) {
        return new Counting(
                new DirectAllocator(new MeteredSource(config.source(), config.limitBytes(), () -> 0)), requests);
    }

    private record Counting(DirectAllocator upstream, AtomicInteger requests) implements Allocator, AddressAllocator {

        @Override
        public Refusal refusal(long byteSize, long byteAlignment) {
            return upstream.refusal(byteSize, byteAlignment);
        }

        @Override
        public Allocator allocator() {
            return this;
        }

        @Override
        public boolean isLive(long address) {
            return upstream.isLive(address);
        }

        @Override
        public @Nullable MemorySegment blockAt(long address, long byteSize) {
            return upstream.blockAt(address, byteSize);
        }

        @Override
        public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
            requests.incrementAndGet();
            return upstream.tryAllocate(byteSize, byteAlignment);
        }

        @Override
        public void free(MemorySegment block) {
            upstream.free(block);
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            requests.incrementAndGet();
            return upstream.tryAllocateAddress(byteSize, byteAlignment);
        }

        @Override
        public void freeAddress(long address, long byteSize) {
            upstream.freeAddress(address, byteSize);
        }

        @Override
        public AllocatorStats stats() {
            return upstream.stats();
        }

        @Override
        public boolean isClosed() {
            return upstream.isClosed();
        }

        @Override
        public void close() {
            upstream.close();
        }
    }
}
