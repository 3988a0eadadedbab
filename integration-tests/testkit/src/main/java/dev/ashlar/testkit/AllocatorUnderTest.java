package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Resettable;
import dev.ashlar.spi.AllocatorConfig;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An allocator under test, with its source and the recorder of its live blocks. Blocks that are allocated and freed
 * through this are recorded and checked. A test that uses {@link #allocator()} directly does its own checks.
 */
public final class AllocatorUnderTest implements AutoCloseable {

    private final Allocator allocator;
    private final FaultySource source;
    private final AllocatorConfig config;
    private final ContractLimits limits;
    private final BlockRecorder recorder = new BlockRecorder();

    /**
     * An allocator without live blocks.
     *
     * @param allocator the allocator, which is closed with this
     * @param source its source, which is closed with this too
     * @param config its configuration
     * @param limits its declared limits
     */
    public AllocatorUnderTest(Allocator allocator, FaultySource source, AllocatorConfig config, ContractLimits limits) {
        this.allocator = allocator;
        this.source = source;
        this.config = config;
        this.limits = limits;
    }

    /** The allocator itself. */
    public Allocator allocator() {
        return allocator;
    }

    /** The source of its chunks. */
    public FaultySource source() {
        return source;
    }

    /** Its configuration. */
    public AllocatorConfig config() {
        return config;
    }

    /** Its declared limits. */
    public ContractLimits limits() {
        return limits;
    }

    /** Its live blocks. */
    public BlockRecorder recorder() {
        return recorder;
    }

    /** Its figures now. */
    public AllocatorStats stats() {
        return allocator.stats();
    }

    /** Compares the counts of live blocks and of their bytes, which only an allocator with own memory has. */
    void checkCounts(long liveBlocks, long requestedBytes) {
        if (limits.hasOwnMemory()) {
            assertThat(stats().liveBlocks()).as("live blocks").isEqualTo(liveBlocks);
            assertThat(stats().requestedBytes()).as("requested bytes").isEqualTo(requestedBytes);
        }
    }

    boolean isConfined() {
        return limits.threads() == ContractLimits.Threads.ONE;
    }

    /** A view that leaves its blocks live still takes them back after its close, unless it is confined. */
    boolean takesFreesWhenClosed() {
        return limits.closing() == ContractLimits.Closing.LEAVES_MEMORY && !isConfined();
    }

    boolean waitsForReset() {
        return limits.singleFrees() == ContractLimits.SingleFrees.WAIT_FOR_RESET;
    }

    /** The memory of a block that was allocated by its address, from its source if it has one. */
    MemorySegment memoryAt(long address, long byteSize) {
        return limits.hasOwnMemory()
                ? source.memoryAt(address, byteSize)
                : Objects.requireNonNull(
                        capability(AddressAllocator.class).blockAt(address, byteSize), "no live block");
    }

    /** Allocates a block and records it. */
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return recorder.handedOut(allocator.allocate(byteSize, byteAlignment), byteSize, byteAlignment);
    }

    /** Allocates a block of no particular alignment and records it. */
    public MemorySegment allocate(long byteSize) {
        return allocate(byteSize, 1);
    }

    /** Tries to allocate a block and records it. */
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        MemorySegment block = allocator.tryAllocate(byteSize, byteAlignment);
        return block == null ? null : recorder.handedOut(block, byteSize, byteAlignment);
    }

    /** Allocates a batch and records it. */
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        List<MemorySegment> blocks = allocator.allocateAll(byteSizes, byteAlignment);
        if (blocks.size() != byteSizes.length) {
            throw new AssertionError("rule 7: " + blocks.size() + " blocks for " + byteSizes.length + " sizes");
        }
        for (int i = 0; i < byteSizes.length; i++) {
            recorder.handedOut(blocks.get(i), byteSizes[i], byteAlignment);
        }
        return blocks;
    }

    /** Allocates a batch of one size and records it. */
    public List<MemorySegment> allocateAll(long byteSize, long byteAlignment, int count) {
        List<MemorySegment> blocks = allocator.allocateAll(byteSize, byteAlignment, count);
        if (blocks.size() != count) {
            throw new AssertionError("rule 7: " + blocks.size() + " blocks, but " + count + " were requested");
        }
        blocks.forEach(block -> recorder.handedOut(block, byteSize, byteAlignment));
        return blocks;
    }

    /** Allocates some blocks of one size and records them. */
    List<MemorySegment> allocateMany(int count, long byteSize) {
        List<MemorySegment> blocks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            blocks.add(allocate(byteSize));
        }
        return blocks;
    }

    /** Checks a block and frees it. */
    public void free(MemorySegment block) {
        recorder.givenBack(block);
        allocator.free(block);
    }

    /** Checks a block and frees it by its address. */
    public void freeAddress(MemorySegment block) {
        recorder.givenBack(block);
        capability(AddressAllocator.class).freeAddress(block.address(), block.byteSize());
    }

    /** Checks blocks and frees them, one after another. */
    void free(List<MemorySegment> blocks) {
        blocks.forEach(this::free);
    }

    /** Checks blocks and frees them in one batch. */
    public void freeAll(List<MemorySegment> blocks) {
        blocks.forEach(recorder::givenBack);
        allocator.freeAll(blocks);
    }

    /** Changes the size of a block, checks that it kept its contents, and records the new block. */
    public MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        Pattern pattern = recorder.givenBack(block);
        MemorySegment resized;
        try {
            resized = allocator.resize(block, byteSize, byteAlignment);
        } catch (RuntimeException | Error e) {
            recorder.checkCopy(block, pattern, block.byteSize());
            recorder.handedOut(block, block.byteSize(), 1);
            throw e;
        }
        recorder.checkCopy(resized, pattern, Math.min(block.byteSize(), byteSize));
        return recorder.handedOut(resized, byteSize, byteAlignment);
    }

    /** Tries to change the size of a block, checks that it kept its contents, and records the result. */
    @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        Pattern pattern = recorder.givenBack(block);
        MemorySegment resized = allocator.tryResize(block, byteSize, byteAlignment);
        MemorySegment now = resized == null ? block : resized;
        recorder.checkCopy(now, pattern, Math.min(block.byteSize(), now.byteSize()));
        recorder.handedOut(now, now.byteSize(), resized == null ? 1 : byteAlignment);
        return resized;
    }

    /** Allocates blocks of one size until the next is refused. */
    List<MemorySegment> fill(long byteSize) {
        long limit = Math.min(
                config.limitBytes(), config.budget().map(Limit::limitBytes).orElse(AllocationException.NO_LIMIT));
        List<MemorySegment> blocks = new ArrayList<>();
        for (MemorySegment block = tryAllocate(byteSize, 1); block != null; block = tryAllocate(byteSize, 1)) {
            blocks.add(block);
            if (blocks.size() > limit / Math.max(1, byteSize)) {
                throw new AssertionError(
                        "rule 6: " + blocks.size() + " blocks of " + byteSize + " bytes, and the limit is " + limit);
            }
        }
        return blocks;
    }

    /** Frees every block one by one. If that does not give memory back, resets the allocator. */
    public void freeEverything() {
        free(recorder.blocks());
        if (waitsForReset()) {
            capability(Resettable.class).reset(new Resettable.ResetMode.KeepMemory());
        }
    }

    /** A capability that is declared. */
    public <T> T capability(Class<T> capability) {
        Optional<T> found = allocator.as(capability);
        return found.orElseThrow(
                () -> new AssertionError(capability.getSimpleName() + " is declared, but as() does not find it"));
    }

    /**
     * Checks the contents of every live block. Compares statistics and, if the allocator can be inspected, a walk with
     * the recorded blocks. For a quiet allocator.
     */
    public void check() {
        recorder.checkContents();
        StatisticsRules.assertEqualWalk(this);
        allocator.as(Inspectable.class).ifPresent(inspectable -> InspectionRules.assertExactWalk(this, inspectable));
    }

    /** Closes the allocator, and frees chunks that it left open. */
    @Override
    public void close() {
        try {
            allocator.close();
        } finally {
            source.close();
        }
    }
}
