package dev.ashlar.arena.view;

import dev.ashlar.api.Allocator;
import java.lang.foreign.Arena;

/**
 * Opens views: arenas of the JDK whose memory comes from an allocator and goes back to it when the view closes.
 *
 * <p>A view keeps every rule of {@link Arena}. Its blocks are zeroed, those of the factories {@code ...WithoutZeroing}
 * excepted; they have the view's own scope, so that an access after {@link Arena#close()} throws {@link
 * IllegalStateException}, and an access by a thread that may not throws {@link WrongThreadException}. Whatever takes an
 * arena takes a view: {@code reinterpret}, upcall stubs, mapped files and symbol lookups end with it. A request that
 * the allocator cannot serve throws {@link dev.ashlar.api.AllocationException}, and the view is as it was.
 *
 * <h2>Cost</h2>
 *
 * <p>Small blocks are cut by bumping from chunks of {@value AllocatorArena#SMALLEST_CHUNK} bytes to {@value
 * AllocatorArena#LARGEST_CHUNK} bytes, each one block of the allocator, so that the allocator is called a few times in
 * a view's life and not once a block. A request larger than half of the next chunk gets a block of its own. A view
 * keeps what it has taken until it closes. Of that may be unused the last chunk, which is no larger than all before it
 * together and a page, and at the end of every other chunk what the next request did not fit into, less than half of
 * the chunk after.
 *
 * <h2>What the caller must see to</h2>
 *
 * <ul>
 *   <li>The allocator outlives the view. A view puts blocks on a scope of its own, and the JDK no longer knows that
 *       their memory is the allocator's: after the allocator is closed an access through a view that is still open is
 *       an access to memory that is gone.
 *   <li>The allocator is one that the view's threads may call. A view over an allocator confined to a thread works on
 *       that thread only.
 *   <li>Blocks belong to the view and are not freed one by one.
 *   <li>Native access is enabled for this module, because a view calls {@link
 *       java.lang.foreign.MemorySegment#reinterpret(Arena, java.util.function.Consumer)}: with {@code
 *       --enable-native-access=dev.ashlar.arena} on the module path and {@code --enable-native-access=ALL-UNNAMED} on
 *       the class path. Without the flag JDK 25 warns once; where it is told to refuse, each factory here throws {@link
 *       IllegalCallerException}, whose message says which flag is missing.
 * </ul>
 *
 * <h2>Close</h2>
 *
 * <p>Closing a view first closes its scope and then frees what it has taken, the newest first. While a foreign call is
 * at work on a block, {@code close} throws {@link IllegalStateException}; then the view is still open and nothing is
 * freed. A block that the allocator refuses to take back, or all of them where the allocator was closed before, does
 * not keep the others from being freed; the first refusal is thrown at the end with the others suppressed in it, and
 * the view is closed.
 */
public final class AllocatorArenas {

    private AllocatorArenas() {}

    /**
     * Opens a view for the calling thread, with zeroed blocks. An allocation takes no lock and makes one object, the
     * segment.
     *
     * @param allocator where the memory comes from
     * @return an arena that only the calling thread can use and close
     * @throws IllegalCallerException if native access is refused
     */
    public static Arena confined(Allocator allocator) {
        return new ConfinedArena(allocator, true);
    }

    /**
     * Opens a view for the calling thread whose blocks hold whatever was in memory before, possibly another client's
     * data. For blocks that are written in full before they are read.
     *
     * @param allocator where the memory comes from
     * @return an arena that only the calling thread can use and close, and which breaks the JDK's promise of zeroed
     *     blocks
     * @throws IllegalCallerException if native access is refused
     */
    public static Arena confinedWithoutZeroing(Allocator allocator) {
        return new ConfinedArena(allocator, false);
    }

    /**
     * Opens a view for all threads, with zeroed blocks. Any thread may allocate from it, access its blocks and close
     * it. An allocation costs one CAS on a word that all threads of the view share, and waits for nobody.
     *
     * <p>Each access checks that the view is open, by a plain read: this is sound because closing stops every thread
     * for a moment (a handshake, as in {@link Arena#ofShared()}), which costs tens of microseconds and more with many
     * threads. So a shared view is for memory that many threads use for long; for the rest there is {@link #confined}.
     * A close throws {@link IllegalStateException} if another thread is inside an access at that moment or has closed
     * the view before, and no block is freed before the handshake is over.
     *
     * @param allocator where the memory comes from
     * @return an arena that every thread can use and close
     * @throws IllegalCallerException if native access is refused
     */
    public static Arena shared(Allocator allocator) {
        return new SharedArena(allocator, true);
    }

    /**
     * Opens a view for all threads, as {@link #shared}, whose blocks hold whatever was in memory before, possibly
     * another client's data.
     *
     * @param allocator where the memory comes from
     * @return an arena that every thread can use and close, and which breaks the JDK's promise of zeroed blocks
     * @throws IllegalCallerException if native access is refused
     */
    public static Arena sharedWithoutZeroing(Allocator allocator) {
        return new SharedArena(allocator, false);
    }
}
