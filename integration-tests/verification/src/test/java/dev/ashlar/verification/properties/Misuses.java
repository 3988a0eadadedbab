package dev.ashlar.verification.properties;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.ContractLimits.SingleFrees;
import dev.ashlar.verification.properties.Step.Bad;
import dev.ashlar.verification.properties.Step.Misuse;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Rule 4: frees what is no live block, and checks that it is refused for the right reason and nothing changes. */
final class Misuses {

    private static final MemorySegment FOREIGN = Arena.global().allocate(64, 8);

    private final AllocatorUnderTest subject;
    private final Books books;
    private final List<MemorySegment> freed = new ArrayList<>();

    Misuses(AllocatorUnderTest subject, Books books) {
        this.subject = subject;
        this.books = books;
    }

    /** Records a freed block, to be freed again. */
    void freed(MemorySegment block) {
        freed.add(block);
    }

    private record BadBlock(MemorySegment block, Set<Reason> reasons) {}

    void tryOne(Bad bad, Misuse misuse, int pick) {
        BadBlock badBlock = choose(bad, pick);
        if (badBlock != null) {
            assertRefused(badBlock, block -> {
                switch (misuse) {
                    case FREE -> subject.allocator().free(block);
                    case FREE_ADDRESS ->
                        subject.capability(AddressAllocator.class).freeAddress(block.address(), block.byteSize());
                    case RESIZE -> subject.allocator().resize(block, pick * 10L, 8);
                }
            });
        }
    }

    void tryInBatch(Bad bad, int pick, List<MemorySegment> good) {
        BadBlock badBlock = choose(bad, pick);
        if (badBlock != null) {
            assertRefused(badBlock, block -> {
                List<MemorySegment> batch = new ArrayList<>(good);
                batch.add(pick % (good.size() + 1), block);
                subject.allocator().freeAll(batch);
            });
        }
    }

    private void assertRefused(BadBlock bad, Consumer<MemorySegment> misuse) {
        AllocatorStats before = subject.stats();
        InvalidBlockException refusal = assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(() -> misuse.accept(bad.block))
                .actual();
        assertThat(refusal.reason()).as(refusal.getMessage()).isIn(bad.reasons);
        assertThat(refusal.address()).isEqualTo(bad.block.address());
        books.noteInvalid(before);
    }

    private @Nullable BadBlock choose(Bad bad, int pick) {
        if (subject.limits().singleFrees() == SingleFrees.WAIT_FOR_RESET) {
            return null; // only strategies that free single blocks detect invalid frees
        }
        return switch (bad) {
            case FREED_JUST_NOW ->
                freed.isEmpty() ? null : freedBefore(freed.getLast(), EnumSet.of(Reason.FREED_TWICE));
            // Its memory may have been divided again since.
            case FREED_LONG_AGO ->
                freed.isEmpty()
                        ? null
                        : freedBefore(
                                freed.get(pick % freed.size()), EnumSet.of(Reason.FREED_TWICE, Reason.NO_BLOCK_START));
            case INTERIOR -> interior(pick);
            case FOREIGN -> new BadBlock(FOREIGN, EnumSet.of(Reason.FOREIGN));
        };
    }

    /** Null if the memory was handed out again: then it is a live block. */
    private @Nullable BadBlock freedBefore(MemorySegment block, Set<Reason> whileHeld) {
        if (subject.recorder().isLive(block.address())) {
            return null;
        }
        if (!subject.source().holds(block.address())) {
            return new BadBlock(block, EnumSet.of(Reason.FOREIGN));
        }
        return new BadBlock(block, isInside(block.address()) ? EnumSet.of(Reason.NO_BLOCK_START) : whileHeld);
    }

    private boolean isInside(long address) {
        return subject.recorder().blocks().stream()
                .anyMatch(block -> block.address() < address && address < block.address() + block.byteSize());
    }

    private @Nullable BadBlock interior(int pick) {
        List<MemorySegment> divisible = books.live().stream()
                .map(Books.Live::block)
                .filter(block -> block.byteSize() > 1)
                .toList();
        if (divisible.isEmpty()) {
            return null;
        }
        MemorySegment block = divisible.get(pick % divisible.size());
        long offset = 1 + pick * 37L % (block.byteSize() - 1);
        return new BadBlock(block.asSlice(offset), EnumSet.of(Reason.NO_BLOCK_START));
    }

    /** A block that is in a batch twice. */
    void tryTwiceInBatch(List<MemorySegment> good) {
        if (good.isEmpty() || subject.limits().singleFrees() == SingleFrees.WAIT_FOR_RESET) {
            return;
        }
        AllocatorStats before = subject.stats();
        List<MemorySegment> batch = new ArrayList<>(good);
        batch.add(good.getFirst());
        InvalidBlockException refusal = assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(() -> subject.allocator().freeAll(batch))
                .actual();
        assertThat(refusal.reason()).isEqualTo(Reason.FREED_TWICE);
        assertThat(refusal.address()).isEqualTo(good.getFirst().address());
        books.noteInvalid(before);
    }
}
