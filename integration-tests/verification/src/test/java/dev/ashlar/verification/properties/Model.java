package dev.ashlar.verification.properties;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Retention;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.ContractLimits.SingleFrees;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.verification.properties.Books.Live;
import dev.ashlar.verification.properties.Step.Bad;
import dev.ashlar.verification.properties.Step.Change;
import dev.ashlar.verification.properties.Step.Misuse;
import dev.ashlar.verification.properties.Step.Way;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An allocator on which steps are taken, and the {@link Books} with the expected results.
 *
 * <p>A resize in place is no allocation. A resize that moves the block counts as an allocation and a free.
 */
final class Model implements AutoCloseable {

    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[(int) Steps.LARGEST]);

    /** Filling a limit stops here: a tight limit has no room for more. */
    private static final int MOST_FILLING = 1_000;

    private final Subject of;
    private final AllocatorUnderTest subject;
    private final Books books;
    private final Misuses misuses;

    /**
     * A model without live blocks.
     *
     * @param of the allocator, which is closed with the model
     * @param isScarce whether any request may be refused
     */
    Model(Subject of, boolean isScarce) {
        this.of = of;
        this.subject = of.tested();
        this.books = new Books(subject, isScarce);
        this.misuses = new Misuses(subject, books);
    }

    /** Takes steps, and checks everything after each. */
    void run(Sequence sequence) {
        for (Step step : sequence.steps()) {
            try {
                step.on(this);
                books.check();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("of " + of + ", at " + Sequence.code(step) + ": " + e.getMessage(), e);
            }
        }
    }

    AllocatorUnderTest subject() {
        return subject;
    }

    Books books() {
        return books;
    }

    /** Closes the allocator and what is underneath. */
    void closeAll() {
        of.closeAll();
    }

    /** Time passes, in which idle memory may be returned. */
    void pass(int seconds) {
        of.pass(Duration.ofSeconds(seconds));
    }

    FaultySource source() {
        return subject.source();
    }

    boolean allocate(Way way, Request request) {
        if ((way == Way.ADDRESS || way == Way.TRY_ADDRESS) && !hasAddresses()) {
            return false;
        }
        return books.note(request, () -> {
            MemorySegment block = ask(way, request.byteSize(), request.byteAlignment());
            return block == null ? null : books.live().add(new Live(block, request));
        });
    }

    private @Nullable MemorySegment ask(Way way, long byteSize, long byteAlignment) {
        return switch (way) {
            case ALLOCATE -> subject.allocate(byteSize, byteAlignment);
            case TRY_ALLOCATE -> subject.tryAllocate(byteSize, byteAlignment);
            case ZEROED -> {
                MemorySegment block = subject.allocator().allocateZeroed(byteSize, byteAlignment);
                assertThat(block.mismatch(ZEROS.asSlice(0, byteSize)))
                        .as("first byte that is not zero")
                        .isEqualTo(-1);
                yield subject.recorder().handedOut(block, byteSize, byteAlignment);
            }
            case ADDRESS -> at(addresses().allocateAddress(byteSize, byteAlignment), byteSize, byteAlignment);
            case TRY_ADDRESS -> at(addresses().tryAllocateAddress(byteSize, byteAlignment), byteSize, byteAlignment);
        };
    }

    private @Nullable MemorySegment at(long address, long byteSize, long byteAlignment) {
        return address == AddressAllocator.NULL
                ? null
                : subject.recorder().handedOut(source().memoryAt(address, byteSize), byteSize, byteAlignment);
    }

    private boolean hasAddresses() {
        return subject.allocator().as(AddressAllocator.class).isPresent();
    }

    private AddressAllocator addresses() {
        return subject.capability(AddressAllocator.class);
    }

    void allocateMany(Request request, int count) {
        books.noteAll(
                Collections.nCopies(count, request),
                () -> subject.allocateAll(request.byteSize(), request.byteAlignment(), count));
    }

    void allocateList(List<Long> byteSizes, long byteAlignment) {
        long[] array = byteSizes.stream().mapToLong(Long::longValue).toArray();
        books.noteAll(
                byteSizes.stream()
                        .map(byteSize -> new Request(byteSize, byteAlignment))
                        .toList(),
                () -> subject.allocateAll(array, byteAlignment));
    }

    void resize(int pick, Change change, Request request) {
        if (books.live().isEmpty()) {
            return;
        }
        int index = pick % books.live().size();
        MemorySegment old = books.live().get(index).block();
        Request wanted = new Request(change.newSize(old.byteSize(), request.byteSize()), request.byteAlignment());
        books.note(wanted, () -> {
            MemorySegment block = subject.resize(old, wanted.byteSize(), wanted.byteAlignment());
            boolean moved = block.address() != old.address();
            books.live().set(index, new Live(block, moved ? wanted : null));
            if (moved) {
                misuses.freed(old);
            }
            return moved;
        });
    }

    void free(int pick, boolean byAddress) {
        if (!books.live().isEmpty()) {
            MemorySegment block =
                    books.live().remove(pick % books.live().size()).block();
            if (byAddress && hasAddresses()) {
                subject.freeAddress(block);
            } else {
                subject.free(block);
            }
            misuses.freed(block);
        }
    }

    void freeAll(List<Integer> picks) {
        List<Live> chosen = choose(picks);
        List<MemorySegment> blocks = chosen.stream().map(Live::block).toList();
        subject.freeAll(blocks);
        books.live().removeAll(chosen);
        blocks.forEach(misuses::freed);
    }

    private List<Live> choose(List<Integer> picks) {
        List<Live> live = books.live();
        return live.isEmpty()
                ? List.of()
                : picks.stream()
                        .map(pick -> pick % live.size())
                        .distinct()
                        .map(live::get)
                        .toList();
    }

    void misuse(Bad bad, Misuse misuse, int pick) {
        if (bad == Bad.FREED_JUST_NOW) {
            free(pick, misuse == Misuse.FREE_ADDRESS);
        }
        misuses.tryOne(bad, misuse == Misuse.FREE_ADDRESS && !hasAddresses() ? Misuse.FREE : misuse, pick);
    }

    void freeAllWithBad(Bad bad, int pick, List<Integer> picks) {
        if (bad == Bad.FREED_JUST_NOW) {
            free(pick, false);
        }
        misuses.tryInBatch(bad, pick, choose(picks).stream().map(Live::block).toList());
    }

    void freeAllWithOneTwice(List<Integer> picks) {
        misuses.tryTwiceInBatch(choose(picks).stream().map(Live::block).toList());
    }

    void trim() {
        long before = source().openBytes();
        long returned = subject.allocator().trim();
        assertThat(returned).as("bytes that trim says it returned").isEqualTo(before - source().openBytes());
        if (books.live().isEmpty()) {
            assertThat(source().openBytes()).as("bytes out after a trim").isZero();
        }
    }

    void setRetained(long bytes) {
        subject.allocator().as(Retention.class).ifPresent(retention -> {
            retention.retain(bytes);
            assertThat(retention.retainedBytes()).isEqualTo(bytes);
        });
    }

    /** Rule 6: if a request is refused, it succeeds after one block of the same request is freed. */
    void fillAndReplace(Request request, int pick) {
        for (int served = 0; allocate(Way.TRY_ALLOCATE, request); served++) {
            assertThat(served).as("blocks within the limit").isLessThan(MOST_FILLING);
        }
        List<Live> same = books.live().stream()
                .filter(block -> request.equals(block.request()))
                .toList();
        if (!same.isEmpty() && subject.limits().singleFrees() == SingleFrees.GIVE_BACK) {
            source().recover(); // freed memory may be returned upstream, and must be taken again
            free(books.live().indexOf(same.get(pick % same.size())), false);
            assertThat(allocate(Way.ALLOCATE, request))
                    .as("%s after one like it was freed", request)
                    .isTrue();
        }
    }

    @Override
    public void close() {
        of.close();
    }
}
