package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import java.lang.foreign.Arena;
import java.util.Objects;

/**
 * Makes allocators out of allocators, and {@linkplain #arena arenas} of the JDK. Each allocator keeps the rules of
 * {@link Allocator} if those underneath do, and its blocks are those of the allocators underneath.
 *
 * <p><b>Closing.</b> What is made here is a view, which does not own what lies underneath: {@code close()} shuts the
 * view and leaves upstream and every block as they are. From then on operations of the view throw {@link
 * IllegalStateException}, also on confined views and raw addresses got from it; {@code stats()} still answers, and
 * blocks that are live then can still be freed through it, as long as upstream is open. A {@linkplain
 * dev.ashlar.api.Confinable confined} view, on the other hand, owns the confined views underneath, which were made for
 * it, and closes them.
 *
 * <p><b>Capabilities.</b> {@link Allocator#as} finds a capability only where upstream has it, or both sides do, and
 * only where it is safe: raw addresses and confined views are wrapped, so that they choose the same side and count
 * against the same limit. Capabilities that are not named are not offered; least of all
 * {@link dev.ashlar.api.Resettable}, which frees blocks by position, behind the back of a limit and of others that use
 * the same upstream.
 */
public final class Allocators {

    private Allocators() {}

    /**
     * A view of an allocator whose live blocks count against a limit, and are never more than it allows. Costs what a
     * charge of the {@link Limit} costs, a few striped additions and a look-up of the block's size for each allocation
     * and each free, and no heap memory per block.
     *
     * <p><b>What counts.</b> A block counts what it takes upstream after rounding, as {@link Owner#allocatedSize}
     * tells. So what a client says of the size of a block that it frees changes nothing. Where upstream does not know,
     * a block counts the bytes that were asked for, and what is given back with it is believed. This is less than the
     * memory that upstream takes from its source, which its own limit bounds: that includes what it retains, and the
     * parts of chunks that no block uses.
     *
     * <p><b>Nesting.</b> Limits are a tree: what counts against a limit counts against its parent. A view of a limited
     * view charges each limit once. One limit may be that of several views, also of several allocators.
     *
     * <p><b>Concurrency.</b> {@link Limit#usedBytes()} never passes the limit, not for an instant: bytes are reserved
     * before upstream is asked, and released after upstream took the block back. A request that upstream refuses
     * therefore counts as used while upstream decides. Meanwhile others may see its bytes in {@code usedBytes()}, and be
     * refused for lack of them; they are never served too much. What a limit has no room for is refused before anything
     * is reserved. No thread waits, but for what {@linkplain Limit.RefusalListener listeners} do.
     *
     * <p><b>Operations.</b> A batch is reserved and checked once, as a whole. A resize is charged the difference, also
     * when upstream has both the old and the new block while it copies; what its rounding takes beyond the limit counts
     * until it is freed, and is not told in {@code usedBytes()}. {@code trim()} is upstream's, and so gives
     * back what siblings left as well.
     *
     * <p><b>Whose block.</b> A block is to be freed through the view that it was allocated through. Another view of the
     * same upstream would release what it never charged, and leave the block's own view charged; the sum that a common
     * parent counts stays right. It refuses a block that is larger than all that its limit has charged, if upstream is
     * an {@link Owner}, and cannot know in other cases. Nor can {@link Owner},
     * {@link dev.ashlar.api.Inspectable} and {@link dev.ashlar.api.Retention}, which are upstream's own, tell a
     * sibling's blocks apart.
     *
     * <p><b>Statistics.</b> What clients did is told of this view alone, with the views of it: requested bytes, live
     * blocks, allocations, refusals and invalid frees; a resize counts as an allocation and a free if the block moved.
     * What memory it costs is upstream's and includes siblings, because upstream holds no memory for one view or
     * another: allocated, committed, reserved and metadata bytes, upstream calls, the peak, and misses, which are capped
     * at this view's allocations. Do not add those up over siblings, and take ratios of the two kinds, such as internal
     * fragmentation, from upstream where there are siblings.
     *
     * <p><b>Closing</b> with live blocks logs a warning with the limit's name, their number and bytes to the {@link
     * System.Logger} named {@code dev.ashlar.leaks}, as that of every allocator does. The limit stays open: who made it
     * closes it.
     *
     * @param upstream serves the blocks
     * @param limit what they count against
     * @return a view with the capability {@link Limit}, and with {@link dev.ashlar.api.AddressAllocator},
     *     {@link dev.ashlar.api.Confinable}, {@link Owner}, {@link dev.ashlar.api.Inspectable} and
     *     {@link dev.ashlar.api.Retention} where upstream has them
     * @throws IllegalArgumentException if upstream is a view with another limit, neither of the two is within the other,
     *     and both count against a third, which would count blocks twice
     */
    public static Allocator limited(Allocator upstream, Limit limit) {
        Objects.requireNonNull(upstream, "upstream");
        Objects.requireNonNull(limit, "limit");
        return LimitedAllocator.of(upstream, limit);
    }

    /**
     * The same with a limit of its own. Upstream's limit is its parent, if upstream is a limited view.
     *
     * @param upstream serves the blocks
     * @param name the limit's, in messages and reports
     * @param limitBytes the limit in bytes, 0 or more
     * @return as {@link #limited(Allocator, Limit)}
     * @throws IllegalArgumentException if the name is blank or the limit negative
     */
    public static Allocator limited(Allocator upstream, String name, long limitBytes) {
        Limit.Builder limit = Limit.builder(name).bytes(limitBytes);
        if (Objects.requireNonNull(upstream, "upstream") instanceof LimitedAllocator view) {
            limit.parent(view.ledger.limit);
        }
        return limited(upstream, limit.build());
    }

    /**
     * The same with a limit whose name is {@value dev.ashlar.api.Refusal#UNNAMED}.
     *
     * @param upstream serves the blocks
     * @param limitBytes the limit in bytes, 0 or more
     * @return as {@link #limited(Allocator, Limit)}
     * @throws IllegalArgumentException if the limit is negative
     */
    public static Allocator limited(Allocator upstream, long limitBytes) {
        return limited(upstream, Refusal.UNNAMED, limitBytes);
    }

    /**
     * An allocator that asks a second one for what the first cannot serve. Costs nothing beyond the first while that
     * serves; a free costs a call of {@link Owner#owns}, and what the first refuses a striped addition.
     *
     * <p>The first side refuses without an exception. If the second refuses too, its {@linkplain Allocator#refusal
     * refusal} is the one that is told and thrown.
     *
     * <p>A batch is served by one side as a whole, or refused if neither can, so that each limit is checked once and
     * the blocks are neighbours. A block is resized on the side where it lies, and moves to the other if it cannot be
     * served there.
     *
     * <p><b>Statistics</b> are the sum of both sides, those of other users of the sides included, but for refusals and
     * invalid frees: these are its own. A request that the first side refuses and the second serves is no refusal.
     * {@code trim()} trims both.
     *
     * @param first is asked first; must have the capability {@link Owner}, which says where a block goes back to
     * @param second is asked for the rest; must not hand out memory of the first
     * @return an allocator with the capabilities {@link Owner}, {@link dev.ashlar.api.Inspectable},
     *     {@link dev.ashlar.api.AddressAllocator} and {@link dev.ashlar.api.Confinable} where both sides have them
     * @throws IllegalArgumentException if the first cannot tell its own blocks from others
     */
    public static Allocator fallback(Allocator first, Allocator second) {
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(second, "second");
        return new FallbackAllocator(first, second);
    }

    /**
     * An allocator that serves small blocks from one allocator and large ones from another. Costs a comparison for each
     * operation.
     *
     * <p>A block goes back to the side that its size tells. If that side refuses it, the other one is asked; only then
     * an exception is made that is not thrown.
     *
     * <p>A resize within a side is that side's. One that crosses the border allocates there, copies, and frees here. A
     * batch with sizes of both kinds is two batches, all or nothing together.
     *
     * <p><b>Statistics</b> are the sum of both sides, those of other users of the sides included, but for refusals and
     * invalid frees: these are its own. A block that one side does not know and the other frees is no invalid free, and
     * one that neither knows is one. {@code trim()} trims both.
     *
     * @param largestSmall the largest size in bytes that is served from {@code small}, 0 or more
     * @param small serves sizes up to {@code largestSmall}
     * @param large serves sizes from {@code largestSmall + 1}; must not hand out memory of {@code small}
     * @return an allocator with the capabilities {@link Owner}, {@link dev.ashlar.api.Inspectable},
     *     {@link dev.ashlar.api.AddressAllocator} and {@link dev.ashlar.api.Confinable} where both sides have them
     * @throws IllegalArgumentException if {@code largestSmall} is negative
     */
    public static Allocator segregated(long largestSmall, Allocator small, Allocator large) {
        Objects.requireNonNull(small, "small");
        Objects.requireNonNull(large, "large");
        if (largestSmall < 0) {
            throw new IllegalArgumentException("largestSmall is " + largestSmall + ", must be 0 or more");
        }
        return new SegregatedAllocator(largestSmall, small, large);
    }

    /**
     * Opens an arena of the JDK for the calling thread, whose memory comes from an allocator and goes back to it when
     * the arena closes.
     *
     * <p>It keeps every rule of {@link Arena}. Its blocks are zeroed. They have the arena's own scope, so that an
     * access after {@link Arena#close()} throws {@link IllegalStateException}, and an access by a thread that may not
     * throws {@link WrongThreadException}. Whatever takes an arena takes this one: {@code reinterpret}, upcall stubs,
     * mapped files and symbol lookups end with it. A request that the allocator cannot serve throws
     * {@link dev.ashlar.api.AllocationException}, and the arena is as it was. Blocks belong to the arena and are not freed one by one.
     *
     * <p><b>Cost.</b> An allocation takes no lock and makes one object, the segment. Small blocks are cut by bumping
     * from chunks of {@value AllocatorArena#SMALLEST_CHUNK} bytes to {@value AllocatorArena#LARGEST_CHUNK} bytes, each
     * one block of the allocator. A request larger than half of the next chunk gets a block of its own. An arena keeps
     * what it has taken until it closes. Of that may be unused the last chunk, which is no larger than all before it
     * together and a page, and at the end of every other chunk what the next request did not fit into, less than half
     * of the chunk after.
     *
     * <p><b>The allocator</b> is one that the arena's threads may call. While the arena is open the allocator cannot be
     * closed, nor another one that its memory comes from: {@code close} throws {@link IllegalStateException} and changes
     * nothing. This holds for the allocators
     * of Ashlar and whatever has the capability {@link dev.ashlar.api.support.Holdable}. Any other must not be closed
     * before the arena, and no allocator may be reset or rewound behind it: the JDK does not know that the memory of a
     * block is the allocator's, so an access would reach memory that is gone or another's.
     *
     * <p><b>Native access</b> must be enabled for this module, and for nothing else in it, because blocks get their
     * scope by {@link java.lang.foreign.MemorySegment#reinterpret(Arena, java.util.function.Consumer)}: with
     * {@code --enable-native-access=dev.ashlar.api} on the module path and {@code --enable-native-access=ALL-UNNAMED}
     * on the class path. Without the flag JDK 25 warns once. Where it is told to refuse, the exception names the flag
     * that is missing.
     *
     * <p><b>Close</b> first closes the scope and then frees what was taken, the newest first. While a foreign call is
     * at work on a block, {@code close} throws {@link IllegalStateException}; then the arena is still open and nothing
     * is freed. A block that the allocator refuses to take back does not keep the others from being freed; the first
     * refusal is thrown at the end with the others suppressed in it, and the arena is closed.
     *
     * @param allocator where the memory comes from
     * @return an arena that only the calling thread can use and close
     * @throws IllegalCallerException if native access is refused
     * @throws IllegalStateException if the allocator is closed
     */
    public static Arena arena(Allocator allocator) {
        return new ConfinedArena(allocator, true);
    }

    /**
     * Opens an arena as {@link #arena}, whose blocks hold whatever was in memory before, possibly another client's
     * data. For blocks that are written in full before they are read.
     *
     * @param allocator where the memory comes from
     * @return an arena that only the calling thread can use and close, and which breaks the JDK's promise of zeroed
     *     blocks
     * @throws IllegalCallerException if native access is refused
     */
    public static Arena arenaWithoutZeroing(Allocator allocator) {
        return new ConfinedArena(allocator, false);
    }

    /**
     * Opens an arena as {@link #arena} for all threads: any thread may allocate from it, access its blocks and close
     * it. An allocation costs one CAS on a word that all threads of the arena share, and waits for nobody.
     *
     * <p>Each access checks that the arena is open, by a plain read: this is sound because closing stops every thread
     * for a moment (a handshake, as in {@link Arena#ofShared()}), which costs tens of microseconds and more with many
     * threads. So this is for memory that many threads use for long; for the rest there is {@link #arena}. A close
     * throws {@link IllegalStateException} if another thread is inside an access at that moment or has closed the arena
     * before, and no block is freed before the handshake is over.
     *
     * @param allocator where the memory comes from
     * @return an arena that every thread can use and close
     * @throws IllegalCallerException if native access is refused
     */
    public static Arena sharedArena(Allocator allocator) {
        return new SharedArena(allocator, true);
    }

    /**
     * Opens an arena for all threads, as {@link #sharedArena}, whose blocks hold whatever was in memory before,
     * possibly another client's data.
     *
     * @param allocator where the memory comes from
     * @return an arena that every thread can use and close, and which breaks the JDK's promise of zeroed blocks
     * @throws IllegalCallerException if native access is refused
     */
    public static Arena sharedArenaWithoutZeroing(Allocator allocator) {
        return new SharedArena(allocator, false);
    }
}
