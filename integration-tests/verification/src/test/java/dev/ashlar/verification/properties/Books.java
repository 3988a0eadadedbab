package dev.ashlar.verification.properties;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Owner;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.ContractLimits.Closing;
import dev.ashlar.testkit.FaultySource.TakeFailure;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The expected state of an allocator: its live blocks in the order of allocation, and its exact figures. */
final class Books {

    /**
     * A live block.
     *
     * @param request the request for which its place was chosen; null after a resize in place, when it has another size
     */
    record Live(MemorySegment block, @Nullable Request request) {}

    private final AllocatorUnderTest subject;
    private final boolean scarce;
    private final List<Live> live = new ArrayList<>();
    private final Set<Request> refusedRequests = new LinkedHashSet<>();
    private long allocations;
    private long misses;

    /**
     * Misses underneath a view for blocks that were freed again: of refused requests, and of first attempts at a batch.
     * A view tells no more misses than it has allocations, so it tells them with later allocations.
     */
    private long untoldMisses;

    private long refused;
    private long invalidFrees;

    /**
     * Books without live blocks.
     *
     * @param scarce whether any request may be refused
     */
    Books(AllocatorUnderTest subject, boolean scarce) {
        this.subject = subject;
        this.scarce = scarce;
    }

    List<Live> live() {
        return live;
    }

    /** The requests refused so far, each once. */
    Set<Request> refusedRequests() {
        return refusedRequests;
    }

    /**
     * Makes a request and records whether it was served.
     *
     * @param asking makes the request; returns whether the block is a new one, and null for a refusal
     */
    boolean note(Request request, Supplier<@Nullable Boolean> asking) {
        AllocatorStats before = subject.stats();
        long takes = subject.source().takes();
        Boolean isNew = null;
        try {
            isNew = asking.get();
        } catch (AllocationException e) {
            assertThat(e.refusal().requestedBytes()).as("request told").isEqualTo(request.byteSize());
        } catch (TakeFailure e) {
            assertUnchanged(before);
            refused = refusedAfter(before);
            noteUntold(subject.source().takes() - takes);
            return false;
        }
        if (isNew == null) {
            assertMayRefuse(request);
            assertUnchanged(before);
            refused++;
            noteUntold(subject.source().takes() - takes);
            refusedRequests.add(request);
            return false;
        }
        allocations += isNew ? 1 : 0;
        long missed = subject.source().takes() > takes ? 1 : 0;
        noteMisses(missed, missed);
        return true;
    }

    /** The same for a batch. */
    void noteAll(List<Request> requests, Supplier<List<MemorySegment>> asking) {
        AllocatorStats before = subject.stats();
        long takes = subject.source().takes();
        try {
            List<MemorySegment> blocks = asking.get();
            for (int i = 0; i < blocks.size(); i++) {
                live.add(new Live(blocks.get(i), requests.get(i)));
            }
            long served = subject.stats().allocations() - allocations;
            assertThat(served)
                    .as("blocks of a batch")
                    .isBetween((long) requests.size(), requests.size() * mostAttempts());
            allocations += served;
        } catch (AllocationException e) {
            assertThat(requests).as("a batch that may be refused").anyMatch(this::mayRefuse);
            assertSameBlocks(before);
            refused++;
            // Blocks that were served before the refused one were allocated and freed again.
            long served = subject.stats().allocations() - allocations;
            assertThat(served).as("blocks of a refused batch").isBetween(0L, (requests.size() - 1) * mostAttempts());
            allocations += served;
        } catch (TakeFailure e) {
            assertSameBlocks(before);
            allocations = subject.stats().allocations();
            refused = refusedAfter(before);
        }
        long taken = subject.source().takes() - takes;
        long missed = noteMisses(0, taken);
        noteUntold(Math.max(0, taken - missed)); // a first attempt may have served a part and freed it again
    }

    /**
     * How many allocators may try to serve a batch: a composition may serve some of the blocks on one side, free them,
     * and ask the other side for the whole batch.
     */
    private long mostAttempts() {
        return scarce ? 3 : 1;
    }

    /**
     * Records the misses since the last request, which are within bounds but for those that were not told before.
     *
     * @return how many there were
     */
    private long noteMisses(long least, long most) {
        long missed = subject.stats().misses() - misses;
        assertThat(missed).as("misses of a request").isBetween(least, most + untoldMisses);
        untoldMisses -= Math.max(0, missed - most);
        misses += missed;
        return missed;
    }

    /** Records that chunks may have been taken for blocks that were freed again, without a miss that was told. */
    private void noteUntold(long takes) {
        if (subject.limits().closing() == Closing.LEAVES_MEMORY) {
            untoldMisses += takes;
        }
    }

    /** A request whose take threw was not served. A decorator counts it as refused, and a strategy does not. */
    private long refusedAfter(AllocatorStats before) {
        assertThat(subject.stats().refused())
                .as("refused, after a take that threw")
                .isBetween(before.refused(), before.refused() + 1);
        return subject.stats().refused();
    }

    /** Records that an invalid free was refused. Then nothing else may have changed. */
    void noteInvalid(AllocatorStats before) {
        assertUnchanged(before);
        invalidFrees++;
    }

    private void assertMayRefuse(Request request) {
        assertThat(mayRefuse(request)).as("%s may be refused", request).isTrue();
    }

    private boolean mayRefuse(Request request) {
        return scarce
                || request.byteSize() > subject.limits().largestBlock()
                || request.byteAlignment() > subject.limits().largestAlignment();
    }

    /** Only the counts of refusals have changed, and idle memory may have been returned upstream to find memory. */
    void assertUnchanged(AllocatorStats before) {
        assertSameBlocks(before);
        AllocatorStats after = subject.stats();
        assertThat(after.allocations()).as("allocations").isEqualTo(before.allocations());
        assertThat(after.misses()).as("misses").isEqualTo(before.misses());
        assertThat(after.committedBytes()).as("committed bytes").isLessThanOrEqualTo(before.committedBytes());
    }

    private void assertSameBlocks(AllocatorStats before) {
        AllocatorStats after = subject.stats();
        assertThat(after.requestedBytes()).as("requested bytes").isEqualTo(before.requestedBytes());
        assertThat(after.allocatedBytes()).as("allocated bytes").isEqualTo(before.allocatedBytes());
        assertThat(after.liveBlocks()).as("live blocks").isEqualTo(before.liveBlocks());
    }

    /** Compares the allocator with the expected state. */
    void check() {
        subject.check();
        AllocatorStats stats = subject.stats();
        assertThat(stats.liveBlocks()).as("live blocks").isEqualTo(live.size());
        assertThat(stats.allocations()).as("allocations").isEqualTo(allocations);
        assertThat(stats.misses()).as("misses").isEqualTo(misses);
        assertThat(stats.refused()).as("refused").isEqualTo(refused);
        assertThat(stats.invalidFrees()).as("invalid frees").isEqualTo(invalidFrees);
        assertThat(subject.source().openBytes())
                .as("bytes out")
                .isLessThanOrEqualTo(subject.config().limitBytes());
        subject.allocator()
                .as(Owner.class)
                .ifPresent(owner -> assertThat(live)
                        .allMatch(block -> owner.isLive(block.block()) && owner.owns(block.block()), "is live"));
    }
}
