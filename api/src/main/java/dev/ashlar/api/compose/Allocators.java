package dev.ashlar.api.compose;

import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import java.lang.foreign.Arena;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Makes allocators from other allocators, and {@linkplain #arena arenas} of the JDK. Each allocator keeps the rules of
 * {@link Allocator} if those underneath do. Its blocks are blocks of the allocators underneath.
 *
 * <p><b>Closing.</b> An allocator made here is a view and does not own the allocators underneath: {@code close()}
 * closes the view only. Upstream and every block stay as they are. From then on operations of the view throw {@link
 * IllegalStateException}, also on its confined views and raw addresses. {@code stats()} still works, and live blocks
 * can still be freed through the view while upstream is open. A {@linkplain dev.ashlar.api.Confinable confined} view
 * owns the confined views underneath, which were made for it, and closes them.
 *
 * <p><b>Capabilities.</b> {@link Allocator#as} finds a capability only where upstream has it, or both sides do, and
 * only where it is safe: raw addresses and confined views are wrapped, so that they choose the same side and count
 * against the same limit. No other capabilities are offered. In particular {@link dev.ashlar.api.Resettable} is not,
 * because it frees blocks by position: neither the limit nor other users of the same upstream would know.
 */
public final class Allocators {

    private Allocators() {}

    /**
     * A view of an allocator whose live blocks count against a limit, and are never more than it allows. Each
     * allocation and each free costs a charge of the {@link Limit}, a few striped additions and a look-up of the
     * block's size. No heap memory is used for a block.
     *
     * <p><b>What counts.</b> A block counts what it takes upstream after rounding, by {@link Owner#allocatedSize}. So
     * the size that a client passes to a free has no effect. Where upstream does not know the size, a block counts the
     * requested bytes, and the size that a free passes is trusted. Upstream takes more memory than that from its
     * source, because of retained bytes and unused parts of chunks. Its own limit bounds that memory.
     *
     * <p><b>Nesting.</b> Limits are a tree: what counts against a limit counts against its parent. A view of a limited
     * view charges each limit once. One limit may be that of several views, also of several allocators.
     *
     * <p><b>Concurrency.</b> {@link Limit#usedBytes()} is never above the limit: bytes are charged before upstream is
     * asked, and discharged after upstream took the block back. So a request that upstream refuses counts while
     * upstream decides. Others may see its bytes in {@code usedBytes()} meanwhile, and may be refused for lack of them.
     * A request for which a limit has no room is refused before anything is charged. No thread waits, except in a
     * {@linkplain Limit.RefusalListener listener} that waits.
     *
     * <p><b>Operations.</b> A batch is charged and checked once, as a whole. A resize is charged the difference, also
     * if upstream has both the old and the new block while it copies. Rounding of a resized block may take bytes beyond
     * the limit. They count until the block is freed, but {@code usedBytes()} does not show them. {@code trim()} trims
     * upstream, and so also returns memory that siblings left.
     *
     * <p><b>Whose block.</b> Free a block through the view that it was allocated through. Another view of the same
     * upstream would discharge bytes that it never charged, and the block's own view would stay charged. The sum in a
     * common parent stays right. If upstream is an {@link Owner}, a view refuses a block that is larger than all that
     * its limit has charged. In other cases it cannot know. {@link Owner}, {@link dev.ashlar.api.Inspectable} and
     * {@link dev.ashlar.api.Retention} are upstream's own and include blocks of siblings.
     *
     * <p><b>Statistics.</b> Some figures are those of this view and of views of it: requested bytes, live blocks,
     * allocations, refusals and invalid frees. A resize counts as an allocation and a free if the block moved. The
     * other figures are upstream's and include siblings: allocated, committed and metadata bytes, upstream calls, the
     * peak, and misses (at most this view's allocations). Do not add those over siblings. Where there are siblings,
     * take ratios of both kinds, such as internal fragmentation, from upstream.
     *
     * <p><b>Closing</b> with live blocks logs a warning to the {@link System.Logger} named {@code dev.ashlar.leaks},
     * with the limit's name and the number and bytes of the blocks. The limit stays open; its maker closes it.
     *
     * @param upstream serves the blocks
     * @param limit what they count against
     * @return a view with the capability {@link Limit}, and with {@link dev.ashlar.api.AddressAllocator},
     *     {@link dev.ashlar.api.Confinable}, {@link Owner}, {@link dev.ashlar.api.Inspectable} and
     *     {@link dev.ashlar.api.Retention} where upstream has them
     * @throws IllegalArgumentException if upstream is a view with another limit, neither of the two is within the
     *     other, and both are within a third one, which would count blocks twice
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
     * An allocator that asks a second one for requests that the first cannot serve. A request that the first serves
     * costs nothing more. A free costs a call of {@link Owner#isLive}, and a request that the first refuses costs a
     * striped addition.
     *
     * <p>The first side refuses without an exception. If the second refuses too, its {@linkplain Allocator#refusal
     * refusal} is returned and thrown.
     *
     * <p>One side serves a whole batch, or the batch is refused. So each limit is checked once. A block is resized on
     * its own side, and moves to the other side if that fails.
     *
     * <p><b>Statistics</b> are the sum of both sides, including other users of the sides. Refusals and invalid frees
     * are its own: a request that the first side refuses and the second serves is no refusal. {@code trim()} trims
     * both.
     *
     * @param first serves requests first; must have the capability {@link Owner}, which shows where to free a block
     * @param second serves the other requests; must not hand out memory of the first
     * @return an allocator with the capabilities {@link Owner}, {@link dev.ashlar.api.Inspectable}, {@link
     *     dev.ashlar.api.AddressAllocator} and {@link dev.ashlar.api.Confinable} where both sides have them
     * @throws IllegalArgumentException if the first cannot tell its own blocks from others
     */
    public static Allocator fallback(Allocator first, Allocator second) {
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(second, "second");
        return new FallbackAllocator(_ -> true, first, second);
    }

    /**
     * The same for some requests only: others go to the second allocator at once. Requests can so be divided between
     * two allocators, and the division may change at any time, because a block is freed where it lies.
     *
     * <p>Requests that have no hints, among them batches and raw addresses, are tested as {@link
     * AllocationHints#NONE}. A block of the second allocator that cannot be resized there moves to the
     * first only if such a request would go there.
     *
     * @param asksFirst whether a request goes to the first allocator; is called once for each request, on its thread,
     *     and must be quick
     * @param first serves those requests, unless it refuses them; must have the capability {@link Owner}
     * @param second serves the other requests; must not hand out memory of the first
     * @return as {@link #fallback(Allocator, Allocator)}
     * @throws IllegalArgumentException if the first cannot tell its own blocks from others
     */
    public static Allocator fallback(Predicate<? super AllocationHints> asksFirst, Allocator first, Allocator second) {
        Objects.requireNonNull(asksFirst, "asksFirst");
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(second, "second");
        return new FallbackAllocator(asksFirst, first, second);
    }

    /**
     * An allocator that serves small blocks from one allocator and large ones from another. Costs a comparison for each
     * operation.
     *
     * <p>A block is freed on the side for its size. If that side refuses it, the other side is asked, and the first
     * side's exception is not thrown.
     *
     * <p>A side resizes a block that stays on it. A block that changes sides is allocated there, copied, and freed
     * here. A batch with sizes of both kinds is two batches, all or nothing together.
     *
     * <p><b>Statistics</b> are the sum of both sides, including other users of the sides. Refusals and invalid frees
     * are its own: a block that one side does not know and the other frees is no invalid free, and one that neither
     * knows is one invalid free. {@code trim()} trims both.
     *
     * @param largestSmall the largest size in bytes that is served from {@code small}, 0 or more
     * @param small serves sizes up to {@code largestSmall}
     * @param large serves sizes from {@code largestSmall + 1}; must not hand out memory of {@code small}
     * @return an allocator with the capabilities {@link Owner}, {@link dev.ashlar.api.Inspectable}, {@link
     *     dev.ashlar.api.AddressAllocator} and {@link dev.ashlar.api.Confinable} where both sides have them
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
     * A view of an allocator that knows, for a sample of the live blocks, where and when they were allocated. So it can
     * say which places of a program leak or use most memory. Costs a subtraction for each allocation and the read of a
     * word for each free; {@link Tracking} describes the cost of a sampled block.
     *
     * <p>The capability {@link Tracked} has the reports. Live blocks are logged with their places when the view is
     * closed. A resized block counts as a new one, whose place is the caller of the resize. A block that is freed by a
     * way around the view is live for it until another block has its address.
     *
     * <p><b>Concurrency.</b> A sampled block takes one of {@value SampledBlocks#STRIPES} locks for some dozen
     * nanoseconds, or as long as it takes to read the entries under it if a report is made at the moment. No lock is
     * held while upstream is called.
     *
     * <p><b>Statistics</b> and capabilities are upstream's.
     *
     * @param upstream serves the blocks
     * @param tracking what is sampled and how
     */
    public static Allocator tracking(Allocator upstream, Tracking tracking) {
        return TrackingAllocator.over(
                Objects.requireNonNull(upstream, "upstream"), Objects.requireNonNull(tracking, "tracking"));
    }

    /**
     * A view of an allocator that finds errors of its clients: writes just outside a block, writes to a freed block, a
     * block freed twice, and a block freed with another size. {@link Hardening.Level} says what each level checks and
     * costs. A program with an error fails close to it, instead of corrupting the data of others.
     *
     * <p><b>Findings.</b> A block that is no live block of that size throws {@link
     * dev.ashlar.api.InvalidBlockException} by rule 4, and nothing changes. A block around which memory was written
     * throws {@link CorruptedBlockException} when it is freed or resized. A write to a block in quarantine is found
     * when the block leaves it: when room is needed, before a request is refused, at {@code trim()} and at {@code
     * close()}. It goes to {@link Hardening.Builder#onFinding}, because the current call is not at fault. {@link
     * Hardened#check} checks all blocks on request. A write that does not change a byte is not found, and no read is.
     *
     * <p><b>Size.</b> A block must be freed with its requested size at every level. A block that was narrowed by {@code
     * asSlice(0, n)} is not.
     *
     * <p><b>Blocks</b> lie in larger blocks of upstream, with redzones on both sides. They have every alignment that
     * upstream serves, and their largest size is smaller by the redzones. A resize always moves the block. No
     * restricted method is used, not for raw addresses either: {@link dev.ashlar.api.AddressAllocator#blockAt} finds
     * their memory.
     *
     * <p><b>Concurrency.</b> No thread waits on allocate and free, and no lock is taken. Of frees of one block at the
     * same instant exactly one succeeds, over any upstream.
     *
     * <p><b>Exhaustion.</b> Redzones and quarantine count against limits of upstream. A request is refused only if it
     * was also refused while nothing was in quarantine. A limit may count that request twice, and asks its listeners
     * again.
     *
     * <p><b>Whose block.</b> Only blocks that were allocated through the view, or through confined views of it, are
     * live here. Free others where they were allocated. A block that was freed upstream directly, also by a reset, is
     * live here until upstream hands out its address again.
     *
     * <p><b>Statistics.</b> Requested bytes, live blocks, allocations, refusals and invalid frees are those of the
     * clients. Allocated bytes are upstream's without quarantine and without the redzones before the blocks, and {@link
     * Owner#allocatedSize} counts from the start of the client's block. Committed bytes, upstream calls and the peak
     * are upstream's. {@code requestedAtPeakBytes()} is an estimate: upstream's figure less what is added when {@code
     * stats()} first shows the peak. Metadata bytes include the table of blocks, which is as large as the peak of live
     * blocks needs.
     *
     * @param upstream serves the blocks
     * @param hardening what is checked
     * @return a view with the capability {@link Hardened}, and with {@link Limit}, {@link
     *     dev.ashlar.api.AddressAllocator}, {@link dev.ashlar.api.Confinable}, {@link Owner}, {@link
     *     dev.ashlar.api.Inspectable} and {@link dev.ashlar.api.Retention} where upstream has them
     */
    public static Allocator hardening(Allocator upstream, Hardening hardening) {
        Objects.requireNonNull(upstream, "upstream");
        Objects.requireNonNull(hardening, "hardening");
        return HardeningAllocator.over(upstream, hardening);
    }

    /**
     * The same with the defaults of a level.
     *
     * @param upstream serves the blocks
     * @param level how much is checked
     * @return as {@link #hardening(Allocator, Hardening)}
     */
    public static Allocator hardening(Allocator upstream, Hardening.Level level) {
        return hardening(upstream, Hardening.of(level));
    }

    /**
     * Opens an arena of the JDK for the calling thread. Its memory comes from an allocator and is freed there when the
     * arena closes.
     *
     * <p>It keeps every rule of {@link Arena}. Its blocks are zeroed. They have the arena's own scope, so an access
     * after {@link Arena#close()} throws {@link IllegalStateException}, and an access by another thread throws {@link
     * WrongThreadException}. It works wherever an arena is expected: {@code reinterpret}, upcall stubs, mapped files
     * and symbol lookups end with it. A request that the allocator cannot serve throws {@link
     * dev.ashlar.api.AllocationException} and leaves the arena unchanged. Blocks belong to the arena and are not freed
     * one by one.
     *
     * <p><b>Cost.</b> An allocation takes no lock and makes one object, the segment. Small blocks are cut by bumping
     * from chunks of {@value AllocatorArena#SMALLEST_CHUNK} bytes to {@value AllocatorArena#LARGEST_CHUNK} bytes, each
     * one block of the allocator. A request larger than half of the next chunk gets a block of its own. An arena keeps
     * what it has taken until it closes. Unused memory is at most the rest of the last chunk, and the end of each other
     * chunk into which the next request did not fit. The last chunk is no larger than all chunks before it and a page.
     * The end of another chunk is smaller than half of the chunk after it.
     *
     * <p><b>The allocator</b> must be one that the arena's threads may call. While the arena is open, neither the
     * allocator nor an allocator below it can be closed: {@code close} throws {@link IllegalStateException} and changes
     * nothing. This holds for allocators with the capability {@link dev.ashlar.api.support.Holdable}, which all of
     * Ashlar have. Any other allocator must not be closed before the arena. No allocator may be reset or rewound behind
     * the arena. The JDK does not know that the memory belongs to the allocator, so an access would reach memory that
     * is gone or in other use.
     *
     * <p><b>Native access</b> must be enabled for this module, because blocks get their scope by {@link
     * java.lang.foreign.MemorySegment#reinterpret(Arena, java.util.function.Consumer)}: with {@code
     * --enable-native-access=dev.ashlar.api} on the module path and {@code --enable-native-access=ALL-UNNAMED} on the
     * class path. Without the flag JDK 25 warns once. If Java is started to refuse it, the exception names the missing
     * flag.
     *
     * <p><b>Close</b> first closes the scope and then frees what was taken, the newest first. While a foreign call uses
     * a block, {@code close} throws {@link IllegalStateException}; then the arena stays open and nothing is freed. If
     * the allocator refuses to free a block, the others are still freed and the arena is closed. The first refusal is
     * thrown at the end, with the others suppressed in it.
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
     * Opens an arena as {@link #arena} whose blocks are not zeroed: they may hold data of another client. For blocks
     * that are written in full before they are read.
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
     * it. An allocation costs one compare-and-set on a word that all threads of the arena share. No thread waits.
     *
     * <p>Each access checks by a plain read that the arena is open. This is safe because a close stops every thread for
     * a moment (a handshake, as in {@link Arena#ofShared()}). The handshake costs tens of microseconds, and more with
     * many threads. So use a shared arena for memory that many threads use for long, and otherwise {@link #arena}. A
     * close throws {@link IllegalStateException} if another thread is inside an access at that moment, or has closed
     * the arena before. No block is freed before the end of the handshake.
     *
     * @param allocator where the memory comes from
     * @return an arena that every thread can use and close
     * @throws IllegalCallerException if native access is refused
     */
    public static Arena sharedArena(Allocator allocator) {
        return new SharedArena(allocator, true);
    }

    /**
     * Opens an arena as {@link #sharedArena} whose blocks are not zeroed: they may hold data of another client.
     *
     * @param allocator where the memory comes from
     * @return an arena that every thread can use and close, and which breaks the JDK's promise of zeroed blocks
     * @throws IllegalCallerException if native access is refused
     */
    public static Arena sharedArenaWithoutZeroing(Allocator allocator) {
        return new SharedArena(allocator, false);
    }
}
