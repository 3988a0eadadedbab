package com.example.separate;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.api.support.Holds;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.support.AllocatorSource;
import dev.ashlar.spi.support.LargeBlocks;
import dev.ashlar.spi.support.LeakWatch;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;

/** Gives each block memory of its own, and keeps that of freed blocks for the next ones. */
final class SeparateAllocator implements Allocator, Owner, Holdable {

    private final MeteredSource source;
    private final LargeBlocks blocks;
    private final long reserve;
    private final Holds holds;
    private final LeakWatch leaks;

    SeparateAllocator(AllocatorConfig config, long kept) {
        source = MeteredSource.of(config, "separate", this::requestedBytes);
        blocks = LargeBlocks.from(source, kept);
        reserve = config.reserveBytes();
        holds = AllocatorSource.holds(config);
        leaks = new LeakWatch(this, source);
    }

    private long requestedBytes() {
        return blocks == null ? 0 : blocks.requestedBytes(); // the source asks while this is being made
    }

    @Override
    public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return blocks.tryAllocate(byteSize, byteAlignment, () -> releaseIdle(0));
    }

    @Override
    public List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        blocks.requireOpen();
        Allocator.requireValid(byteSizes, byteAlignment);
        return blocks.admits(byteSizes, byteSize -> source.takenBytes(Math.max(1, byteSize), byteAlignment))
                ? Allocator.super.tryAllocateAll(byteSizes, byteAlignment)
                : null;
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return blocks.refusal(byteSize, byteAlignment);
    }

    @Override
    public void free(MemorySegment block) {
        blocks.requireOpen();
        if (!blocks.free(block.address(), block.byteSize())) {
            throw blocks.invalidFree(block.address());
        }
    }

    @Override
    public void freeAll(Collection<MemorySegment> batch) {
        blocks.requireOpen();
        Allocator.freeAll(this, batch, twice -> {
            throw blocks.invalidFree(twice.address());
        });
    }

    @Override
    public boolean owns(long address) {
        return blocks.owns(address);
    }

    @Override
    public boolean isLive(long address) {
        return blocks.isLive(address);
    }

    @Override
    public long allocatedSize(long address) {
        return blocks.allocatedSize(address);
    }

    @Override
    public AllocatorStats stats() {
        return blocks.stats().plus(source.stats());
    }

    @Override
    public long trim() {
        blocks.requireOpen();
        long bytes = releaseIdle(reserve);
        source.trim();
        return bytes;
    }

    private long releaseIdle(long leastCommitted) {
        long before = source.committedBytes();
        blocks.releaseIdle(bytes -> source.committedBytes() - bytes >= leastCommitted);
        return Math.max(0, before - source.committedBytes());
    }

    @Override
    public void hold() {
        holds.hold();
    }

    @Override
    public void release() {
        holds.release();
    }

    @Override
    public boolean isClosed() {
        return blocks.isClosed();
    }

    @Override
    public void close() {
        holds.close();
        boolean isFirst = !isClosed();
        AllocatorStats last = stats();
        source.close(blocks::close);
        if (isFirst) {
            leaks.ofLive(last, blocks::inspect).log();
        }
        leaks.end();
    }
}
