package dev.ashlar.api;

import dev.ashlar.api.support.Zeros;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands out blocks of off-heap memory and takes them back. Blocks are not zeroed. Each strategy states what an
 * allocation costs.
 *
 * {@snippet class="dev.ashlar.verification.shown.ApiCodeTest" region="block"}
 *
 * <h2>Rules</h2>
 *
 * Every allocator keeps these rules. A decorator keeps them if the allocators underneath do. The contract kit has a
 * test for each rule and names it by its number.
 *
 * <ol>
 *   <li><b>Blocks.</b> A block has exactly the requested {@code byteSize}, an address that is a multiple of {@code
 *       byteAlignment}, and overlaps no other live block. Any power of two up to the provider's declared maximum
 *       alignment is served.
 *   <li><b>Arguments.</b> A size of 0 is served; such a block has an address of its own. A negative size, or an
 *       alignment that is no power of two, throws {@link IllegalArgumentException} with the value.
 *   <li><b>Contents</b> are undefined unless {@linkplain #allocateZeroed(long, long) zeroes are requested}: they may
 *       hold what an earlier client wrote.
 *   <li><b>Free</b> takes the block as it was handed out. Its address identifies it. Its {@code byteSize} is passed
 *       with it, as in sized deallocation, and keeps {@link AllocatorStats#requestedBytes()} exact. Four kinds of free
 *       throw {@link InvalidBlockException} and change nothing: a size larger than the block's memory, a block freed
 *       twice, an address at which no block starts, and a block of another allocator. The exception says which it was,
 *       with the address and the size class. Once freed memory has been handed out again, it is a live block: no
 *       allocator can tell the two by address.
 *   <li><b>Threads.</b> Any thread may free what another allocated, unless the view is {@linkplain Confinable
 *       confined}; a confined view throws {@link WrongThreadException}. If two threads free a block at the same
 *       instant, one is refused. A strategy that cannot promise this says so, and what may happen.
 *   <li><b>Exhaustion.</b> When a limit or the source is exhausted {@code allocate} throws {@link AllocationException}
 *       and {@code tryAllocate} returns null. Both leave the allocator as it was, and freeing makes the same request
 *       succeed again. {@link #refusal(long, long)} returns the reason that the exception has.
 *   <li><b>Batches</b> are all or nothing, and check a limit once.
 *   <li><b>Trim.</b> After everything is freed, {@link #trim()} returns all upstream but the configured reserve, and
 *       the slabs of running threads, by default 64 KiB each.
 *   <li><b>Close.</b> After {@link #close()} operations throw {@link IllegalStateException}, live blocks of JDK-backed
 *       sources throw on access because their scope is dead, and closing again does nothing. A view that leaves its
 *       blocks live when it is closed still takes them back, unless it is confined. {@link #stats()} still answers.
 *       While an arena of {@link dev.ashlar.api.compose.Allocators#arena} over an allocator is open, closing it throws
 *       {@link IllegalStateException} and changes nothing.
 *   <li><b>Statistics</b> equal a walk over the live blocks when the allocator is quiet. Under concurrency each counter
 *       is exact once its writers are done, none ever falls, and no figure is below 0. After {@link #close()} they stay
 *       as they were at the end. Blocks that were live then still count, because they were not freed. Committed bytes
 *       are 0 once all memory has gone back.
 *   <li><b>Ended threads</b> keep nothing: what they cached becomes usable by others. Retained memory depends on live
 *       bytes and live platform threads, never on the number of virtual threads.
 *   <li><b>Progress.</b> No thread waits for another to allocate or free a block of up to 64 KiB, unless memory moves
 *       to or from upstream.
 * </ol>
 *
 * <p>Allocators are safe for use by many threads unless they say otherwise.
 *
 * @apiNote The inherited {@code allocateFrom} methods work as in {@link SegmentAllocator}. Unlike an {@link
 *     java.lang.foreign.Arena}, an allocator frees blocks one by one: a block that is dropped without {@link
 *     #free(MemorySegment)} is leaked until the allocator is closed.
 * @implSpec Six methods carry a strategy: {@link #isClosed()}, {@link #tryAllocate(long, long)}, {@link #refusal(long,
 *     long)}, {@link #free(MemorySegment)}, {@link #stats()} and {@link #close()}. A method that throws calls its
 *     {@code try} form, and if that returns null, {@code refusal}. The other defaults keep the rules too, except where
 *     they say what must be overridden. The defaults for batches and {@code tryResize} check neither a limit nor
 *     whether this is closed. They know beforehand which blocks are live only where this is an {@link Owner}.
 */
public interface Allocator extends SegmentAllocator, AutoCloseable {

    /**
     * Hands out a block. Callers that can react to a refusal, such as a cache that evicts, use {@link
     * #tryAllocate(long, long)}.
     *
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two up to the provider's maximum
     * @return a block of exactly {@code byteSize} bytes, not zeroed
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws AllocationException if the request cannot be served now; the allocator is as it was
     * @throws IllegalStateException if this allocator is closed
     */
    @Override
    default MemorySegment allocate(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        if (block == null) {
            throw new AllocationException(refusal(byteSize, byteAlignment));
        }
        return block;
    }

    /**
     * Hands out a block without a particular alignment, as {@code allocate(byteSize, 1)}.
     *
     * @throws IllegalArgumentException if the size is negative
     * @throws AllocationException if the request cannot be served now
     * @throws IllegalStateException if this allocator is closed
     */
    @Override
    default MemorySegment allocate(long byteSize) {
        return allocate(byteSize, 1);
    }

    /**
     * Hands out a block, with hints about its use.
     *
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two up to the provider's maximum
     * @param hints a wish, not a demand: the rules of the block are the same
     * @return a block of exactly {@code byteSize} bytes, not zeroed
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws AllocationException if the request cannot be served now
     * @throws IllegalStateException if this allocator is closed
     */
    default MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment, hints);
        if (block == null) {
            throw new AllocationException(refusal(byteSize, byteAlignment));
        }
        return block;
    }

    /**
     * Hands out a block, or returns null if it cannot be served now; {@link #refusal(long, long)} returns why. No
     * exception is created.
     *
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two up to the provider's maximum
     * @return a block, or null if a limit or the source is exhausted or the request is larger than this allocator
     *     serves
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws IllegalStateException if this allocator is closed
     */
    @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment);

    /**
     * Hands out a block with hints about its use, or returns null if it cannot be served now.
     *
     * @implSpec The default ignores the hints.
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two up to the provider's maximum
     * @param hints a wish, not a demand
     * @return a block, or null as from {@link #tryAllocate(long, long)}
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws IllegalStateException if this allocator is closed
     */
    default @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        Objects.requireNonNull(hints, "hints");
        return tryAllocate(byteSize, byteAlignment);
    }

    /**
     * Why a request would be refused now, or just was. The call takes no memory, creates no exception, and changes
     * nothing, counters included. If other threads allocate or free at the same time, the limit that it names may have
     * room again.
     *
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two
     * @return the reason, with the figures of this moment. For a request that would be served now it is what could
     *     refuse it. A closed allocator answers too, and so does a confined view to any thread
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     */
    Refusal refusal(long byteSize, long byteAlignment);

    /**
     * The size that the block of a request really has room for. A request for that size takes no more memory, so a
     * growing container can request it. In jemalloc this is {@code nallocx}.
     *
     * @implSpec The default is for allocators that do not round.
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two
     * @return {@code byteSize} or more; {@code byteSize} itself if no block of that size is served. A closed allocator
     *     answers too, and so does a confined view to any thread
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     */
    default long goodSize(long byteSize, long byteAlignment) {
        requireValid(byteSize, byteAlignment);
        return byteSize;
    }

    /**
     * Hands out a block whose bytes are all zero.
     *
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws AllocationException if the request cannot be served now
     * @throws IllegalStateException if this allocator is closed
     */
    default MemorySegment allocateZeroed(long byteSize, long byteAlignment) {
        return Zeros.writeTo(allocate(byteSize, byteAlignment));
    }

    /**
     * Takes a block back. The block must not be used any more.
     *
     * <p>After an {@link InvalidBlockException}, {@link IllegalStateException}, {@link WrongThreadException} or {@link
     * NullPointerException} nothing is changed. After any other exception the block is freed.
     *
     * @param block a live block of this allocator, as it was handed out
     * @throws InvalidBlockException if it is no live block of this allocator
     * @throws IllegalStateException if this allocator is closed
     * @throws RuntimeException with something about the block, such as {@link
     *     dev.ashlar.api.compose.CorruptedBlockException}
     */
    void free(MemorySegment block);

    /**
     * Changes the size of a block and keeps the contents up to the smaller of both sizes. The block passed in is freed
     * and must not be used any more, even when the block returned lies at the same address.
     *
     * @param block a live block of this allocator
     * @param byteSize new size in bytes, 0 or more
     * @param byteAlignment alignment of the block returned
     * @return a block of exactly {@code byteSize} bytes; bytes beyond the old size are undefined
     * @throws InvalidBlockException if it is no live block of this allocator; nothing changes
     * @throws AllocationException if the request cannot be served now; the block passed in stays live
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws IllegalStateException if this allocator is closed
     */
    default MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        MemorySegment resized = tryResize(block, byteSize, byteAlignment);
        if (resized == null) {
            throw new AllocationException(refusal(block, byteSize, byteAlignment));
        }
        return resized;
    }

    /**
     * Changes the size of a block as {@link #resize(MemorySegment, long, long)} does. Returns null if this cannot be
     * done now; then the block passed in stays live.
     *
     * @implSpec The default allocates, copies and frees. Where this allocator is an {@link Owner} it refuses a block
     *     that is not {@linkplain Owner#isLive(MemorySegment) live} before it allocates. Overriding methods keep the
     *     block in place where they can.
     * @param block a live block of this allocator
     * @param byteSize new size in bytes, 0 or more
     * @param byteAlignment alignment of the block returned
     * @return a block of exactly {@code byteSize} bytes; bytes beyond the old size are undefined. Or null
     * @throws InvalidBlockException if it is no live block of this allocator; nothing changes
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws IllegalStateException if this allocator is closed
     */
    default @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        requireValid(byteSize, byteAlignment);
        requireLive(List.of(block));
        MemorySegment resized = tryAllocate(byteSize, byteAlignment);
        if (resized == null) {
            return null;
        }
        // A block that was freed before may have no memory any more, or be the one that was just handed out again.
        if (resized.address() == block.address() || !block.scope().isAlive()) {
            free(resized);
            free(block); // throws what is wrong with it
            throw InvalidBlockException.freedTwice(block.address(), InvalidBlockException.UNKNOWN_SIZE);
        }
        try {
            MemorySegment.copy(block, 0, resized, 0, Math.min(block.byteSize(), byteSize));
            free(block);
        } catch (RuntimeException | Error e) {
            free(resized);
            throw e;
        }
        return resized;
    }

    /**
     * Why a resize would be refused now, or just was. As {@link #refusal(long, long)}.
     *
     * @implSpec The default is for allocators that take memory for the new block while the old one is live.
     * @param block a live block of this allocator
     * @param byteSize new size in bytes, 0 or more
     * @param byteAlignment the requested alignment
     * @return the reason, with the figures of this moment
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     */
    default Refusal refusal(MemorySegment block, long byteSize, long byteAlignment) {
        return refusal(byteSize, byteAlignment);
    }

    /**
     * Changes the size of a block without a particular alignment, as {@code resize(block, byteSize, 1)}.
     *
     * @param block a live block of this allocator
     * @param byteSize new size in bytes, 0 or more
     * @return a block of exactly {@code byteSize} bytes
     * @throws InvalidBlockException if it is no live block of this allocator; nothing changes
     * @throws AllocationException if the request cannot be served now; the block passed in stays live
     */
    default MemorySegment resize(MemorySegment block, long byteSize) {
        return resize(block, byteSize, 1);
    }

    /**
     * Hands out many blocks of one size, next to each other where the strategy can.
     *
     * @param byteSize size of each block in bytes, 0 or more
     * @param byteAlignment alignment of each block
     * @param count number of blocks, 0 or more
     * @return {@code count} blocks, in ascending order of address where that costs nothing
     * @throws IllegalArgumentException if the size or count is negative or the alignment no power of two
     * @throws AllocationException if not all can be served now; then none is
     * @throws IllegalStateException if this allocator is closed
     */
    default List<MemorySegment> allocateAll(long byteSize, long byteAlignment, int count) {
        List<MemorySegment> blocks = tryAllocateAll(byteSize, byteAlignment, count);
        if (blocks == null) {
            throw new AllocationException(refusal(byteSize, byteAlignment, count));
        }
        return blocks;
    }

    /**
     * Hands out a block for each of a list of sizes.
     *
     * @param byteSizes sizes in bytes, each 0 or more
     * @param byteAlignment alignment of each block
     * @return the blocks, in the order of the sizes
     * @throws IllegalArgumentException if a size is negative or the alignment no power of two
     * @throws AllocationException if not all can be served now; then none is
     * @throws IllegalStateException if this allocator is closed
     */
    default List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        List<MemorySegment> blocks = tryAllocateAll(byteSizes, byteAlignment);
        if (blocks == null) {
            throw new AllocationException(refusal(byteSizes, byteAlignment));
        }
        return blocks;
    }

    /**
     * Hands out many blocks of one size, or returns null if not all can be served now; then none is.
     *
     * @implSpec The default passes a list of sizes.
     * @param byteSize size of each block in bytes, 0 or more
     * @param byteAlignment alignment of each block
     * @param count number of blocks, 0 or more
     * @return {@code count} blocks, in ascending order of address where that costs nothing; or null
     * @throws IllegalArgumentException if the size or count is negative or the alignment no power of two
     * @throws IllegalStateException if this allocator is closed
     */
    default @Nullable List<MemorySegment> tryAllocateAll(long byteSize, long byteAlignment, int count) {
        requireValid(byteSize, byteAlignment, count);
        return count > mostBlocks() ? null : tryAllocateAll(sizes(byteSize, count), byteAlignment);
    }

    /**
     * Hands out a block for each of a list of sizes, or returns null if not all can be served now; then none is.
     *
     * @implSpec The default allocates one after another and frees what it has when one cannot be served. It checks no
     *     limit before it begins, and always serves an empty batch. So an allocator that has a limit, or can be closed
     *     or confined, must override this.
     * @param byteSizes sizes in bytes, each 0 or more
     * @param byteAlignment alignment of each block
     * @return the blocks, in the order of the sizes; or null
     * @throws IllegalArgumentException if a size is negative or the alignment no power of two
     * @throws IllegalStateException if this allocator is closed
     */
    default @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        requireValid(byteSizes, byteAlignment);
        List<MemorySegment> blocks = new ArrayList<>(byteSizes.length);
        boolean complete = false;
        try {
            for (long byteSize : byteSizes) {
                MemorySegment block = tryAllocate(byteSize, byteAlignment);
                if (block == null) {
                    return null;
                }
                blocks.add(block);
            }
            complete = true;
            return blocks;
        } finally {
            if (!complete) {
                blocks.reversed().forEach(this::free); // the newest first, so that an arena gets its memory back
            }
        }
    }

    /**
     * Why a batch of one size would be refused now, or just was. As {@link #refusal(long, long)}.
     *
     * @implSpec The default passes a list of sizes.
     * @param byteSize size of each block in bytes, 0 or more
     * @param byteAlignment alignment of each block
     * @param count number of blocks, 0 or more
     * @return the reason, with the figures of this moment
     * @throws IllegalArgumentException if the size or count is negative or the alignment no power of two
     */
    default Refusal refusal(long byteSize, long byteAlignment, int count) {
        requireValid(byteSize, byteAlignment, count);
        return count > mostBlocks()
                ? Refusal.tooLarge("count", count, mostBlocks(), "Ask for several batches.")
                : refusal(sizes(byteSize, count), byteAlignment);
    }

    /**
     * Why a batch would be refused now, or just was. As {@link #refusal(long, long)}. If one of the sizes is never
     * served, the reason is about that size. Otherwise {@link Refusal#requestedBytes()} is the sum.
     *
     * @implSpec The default asks {@link #refusal(long, long)} about the largest size, and about the sum.
     * @param byteSizes sizes in bytes, each 0 or more
     * @param byteAlignment alignment of each block
     * @return the reason, with the figures of this moment
     * @throws IllegalArgumentException if a size is negative or the alignment no power of two
     */
    default Refusal refusal(long[] byteSizes, long byteAlignment) {
        requireValid(byteSizes, byteAlignment);
        Refusal ofLargest = refusal(Arrays.stream(byteSizes).max().orElse(0), byteAlignment);
        long all = sum(byteSizes);
        Refusal ofAll = refusal(all, byteAlignment); // as if it were one block
        boolean isAnyTooLarge = ofLargest.reason() == Refusal.Reason.TOO_LARGE;
        return isAnyTooLarge || ofAll.reason() == Refusal.Reason.TOO_LARGE ? ofLargest.ofBatch(all) : ofAll;
    }

    /**
     * Takes many blocks back, all or none of them.
     *
     * @implSpec The default refuses a block that is listed twice and, where this allocator is an {@link Owner}, one
     *     that is not {@linkplain Owner#isLive(MemorySegment) live}; then it frees one block after another. For an
     *     allocator that is no {@code Owner} this is not all or nothing, so it must override this method. So must an
     *     allocator that counts invalid frees, or can be closed or confined: the default knows none of these, and
     *     always accepts an empty batch.
     * @param blocks live blocks of this allocator
     * @throws InvalidBlockException if one of them is no live block of this allocator or is in the list twice;
     *     nothing changes unless another thread frees one of the blocks at the same time
     * @throws IllegalStateException if this allocator is closed
     */
    default void freeAll(Collection<MemorySegment> blocks) {
        freeAll(this, blocks, _ -> {});
    }

    /**
     * The default of {@link #freeAll(Collection)}, for implementations that count a block which is in the batch twice
     * as an invalid free.
     *
     * @param allocator frees the blocks one by one
     * @param blocks the batch
     * @param onTwice is called with a block that is in the batch twice, before it is refused; may throw its own refusal
     * @throws InvalidBlockException as {@link #freeAll(Collection)}
     */
    static void freeAll(
            Allocator allocator, Collection<MemorySegment> blocks, Consumer<? super MemorySegment> onTwice) {
        MemorySegment twice = listedTwice(blocks);
        if (twice != null) {
            onTwice.accept(twice);
            throw InvalidBlockException.freedTwice(twice.address(), InvalidBlockException.UNKNOWN_SIZE);
        }
        allocator.requireLive(blocks);
        blocks.forEach(allocator::free);
    }

    /** The longest array of every JVM. */
    private static int mostBlocks() {
        return Integer.MAX_VALUE - 8;
    }

    private static long[] sizes(long byteSize, int count) {
        long[] byteSizes = new long[count];
        Arrays.fill(byteSizes, byteSize);
        return byteSizes;
    }

    private void requireLive(Collection<MemorySegment> blocks) {
        as(Owner.class)
                .ifPresent(owner -> blocks.stream()
                        .filter(block -> !owner.isLive(block))
                        .findFirst()
                        .ifPresent(this::free)); // throws what is wrong with it
    }

    /**
     * A snapshot of this allocator's figures. It costs a walk over chunks and threads, not over blocks. It also works
     * after close.
     *
     * @return figures that are exact when no other thread uses the allocator
     */
    AllocatorStats stats();

    /**
     * Gives memory that no live block needs back upstream, beyond the configured reserve.
     *
     * @implSpec The default is for allocators that retain nothing.
     * @return bytes given back
     * @throws IllegalStateException if this allocator is closed
     */
    default long trim() {
        return 0;
    }

    /**
     * Finds a capability of this allocator, such as {@link AddressAllocator} or {@link Retention}. Decorators pass on
     * what they decorate where that is safe: a limit is never bypassed.
     *
     * @implSpec The default returns this allocator if it is an instance of the capability.
     * @param <T> the capability
     * @param capability its interface
     * @return the capability, or empty if this allocator cannot honour it
     */
    default <T> Optional<T> as(Class<T> capability) {
        return capability.isInstance(this) ? Optional.of(capability.cast(this)) : Optional.empty();
    }

    /**
     * Whether this, or an allocator that it is a view of, is closed, so that requests throw {@link
     * IllegalStateException} by rule 9. Any thread may call this, also on a confined view. Costs a few volatile reads.
     */
    boolean isClosed();

    /** Gives all memory back upstream, live blocks included, and reports these. Closing again does nothing. */
    @Override
    void close();

    /**
     * A block that is in a batch twice. For implementations.
     *
     * @param blocks the batch
     * @return the first one that is in it again, or null if there is none
     */
    static @Nullable MemorySegment listedTwice(Collection<MemorySegment> blocks) {
        Set<Long> addresses = HashSet.newHashSet(blocks.size());
        for (MemorySegment block : blocks) {
            if (!addresses.add(block.address())) {
                return block;
            }
        }
        return null;
    }

    /**
     * The bytes of a batch, {@link Long#MAX_VALUE} if they are more than that. For implementations.
     *
     * @param byteSizes sizes in bytes, each 0 or more
     */
    static long sum(long[] byteSizes) {
        long sum = 0;
        for (long byteSize : byteSizes) {
            sum += Math.min(byteSize, Long.MAX_VALUE - sum);
        }
        return sum;
    }

    /**
     * Checks a batch of one size by rule 2. For implementations.
     *
     * @param byteSize the requested size
     * @param byteAlignment the requested alignment
     * @param count the requested number of blocks
     * @throws IllegalArgumentException if the size or count is negative or the alignment no power of two
     */
    static void requireValid(long byteSize, long byteAlignment, int count) {
        requireValid(byteSize, byteAlignment);
        if (count < 0) {
            throw new IllegalArgumentException("count is " + count + ", must be 0 or more");
        }
    }

    /**
     * Checks a batch by rule 2. For implementations.
     *
     * @param byteSizes the requested sizes
     * @param byteAlignment the requested alignment
     * @throws IllegalArgumentException if a size is negative or the alignment no power of two
     */
    static void requireValid(long[] byteSizes, long byteAlignment) {
        requireValid(0, byteAlignment);
        for (long byteSize : byteSizes) {
            requireValid(byteSize, byteAlignment);
        }
    }

    /**
     * Checks a request by rule 2. For implementations.
     *
     * @param byteSize the requested size
     * @param byteAlignment the requested alignment
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     */
    static void requireValid(long byteSize, long byteAlignment) {
        if (byteSize < 0) {
            throw new IllegalArgumentException("byteSize is " + byteSize + ", must be 0 or more");
        }
        if (byteAlignment <= 0 || (byteAlignment & (byteAlignment - 1)) != 0) {
            throw new IllegalArgumentException(
                    "byteAlignment is " + byteAlignment + ", must be a power of two (1, 2, 4, ...)");
        }
    }
}
