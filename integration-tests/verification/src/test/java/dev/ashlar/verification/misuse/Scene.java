package dev.ashlar.verification.misuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Resettable;
import dev.ashlar.testkit.AllocatorUnderTest;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** An allocator with live blocks of several sizes, which is misused and then has to work as before. */
final class Scene implements AutoCloseable {

    static final long BLOCK = 64;

    private final Subject kind;
    private final AllocatorUnderTest subject;
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final List<AutoCloseable> closedBeforeTheCheck = new ArrayList<>();
    private boolean uncounted;
    private int refusedBefore;

    Scene(Subject kind) {
        this.kind = kind;
        subject = kind.open();
        for (long byteSize : new long[] {0, BLOCK, BLOCK, 5_000, 100_000}) {
            subject.allocate(byteSize, 8);
        }
    }

    Allocator allocator() {
        return subject.allocator();
    }

    /** The allocator's view for raw addresses, or null. */
    @Nullable AddressAllocator addresses() {
        return allocator().as(AddressAllocator.class).orElse(null);
    }

    /** A live block that is not recorded as live any more, because the program frees it. */
    MemorySegment block() {
        return block(BLOCK);
    }

    MemorySegment block(long byteSize) {
        return allocator().allocate(byteSize, 8);
    }

    /** A live block that the program must not free. */
    MemorySegment liveBlock() {
        return subject.allocate(BLOCK, 8);
    }

    /** Live blocks that the program must not free. */
    List<MemorySegment> liveBlocks(int count) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(liveBlock());
        }
        return blocks;
    }

    /** A block that was just freed. */
    MemorySegment freedBlock(long byteSize) {
        MemorySegment block = block(byteSize);
        allocator().free(block);
        return block;
    }

    /** Another allocator of the same kind, closed at the end. */
    Allocator other() {
        return closedAtTheEnd(kind.open()).allocator();
    }

    <T extends AutoCloseable> T closedAtTheEnd(T resource) {
        resources.add(resource);
        return resource;
    }

    /** Something that holds memory of the allocator until the misuse was tried. */
    <T extends AutoCloseable> T closedBeforeTheCheck(T resource) {
        closedBeforeTheCheck.add(resource);
        return resource;
    }

    /** Does something when the misuse was tried. */
    void beforeTheCheck(AutoCloseable action) {
        closedBeforeTheCheck.add(action);
    }

    /** Whether closing the allocator ends its memory, which a view does not. */
    boolean ownsMemory() {
        return kind.ownsMemory();
    }

    /** Whether of two frees at the same instant exactly one is served. */
    boolean decidesRacingFrees() {
        return kind.decidesRacingFrees();
    }

    /** Whether it knows the requested size of each block. */
    boolean storesSizes() {
        return kind.storesSizes();
    }

    /** The allocator's marks, or null. */
    @Nullable Resettable resettable() {
        return allocator().as(Resettable.class).orElse(null);
    }

    /** Frees all recorded blocks, before a reset. */
    void freeRecorded() {
        subject.freeEverything();
    }

    /** Says how many invalid frees the program makes before the last one. */
    void refusedBefore(int count) {
        refusedBefore = count;
    }

    /** Says that the program changes figures, as its misuse is documented to. */
    void withoutCounts() {
        uncounted = true;
    }

    /** Does something on another thread, and throws here what it throws. */
    static void onAnotherThread(ThrowingCallable operation) throws Throwable {
        FutureTask<@Nullable Throwable> task = new FutureTask<>(() -> catchThrowable(operation));
        Thread.ofPlatform().daemon().start(task);
        Throwable thrown = task.get();
        if (thrown != null) {
            throw thrown;
        }
    }

    /**
     * Runs a program. Checks that the misuse is found, that it changes nothing, and that the allocator still works.
     *
     * @return false if this allocator cannot be misused so
     */
    boolean run(Misuse misuse) throws Exception {
        ThrowingCallable operation = misuse.program().in(this);
        if (operation == null) {
            return false;
        }
        AllocatorStats before = subject.stats();
        Throwable thrown = catchThrowable(operation);
        if (misuse.exception() == null) {
            assertThat(thrown).isNull();
        } else {
            assertThat(thrown).isInstanceOf(misuse.exception());
            assertThat(String.valueOf(thrown.getMessage())).containsPattern(misuse.message());
        }
        assertUnchanged(before, thrown);
        closeAll(closedBeforeTheCheck);
        if (!allocator().isClosed()) {
            assertWorks();
        }
        return true;
    }

    private void assertUnchanged(AllocatorStats before, @Nullable Throwable thrown) {
        AllocatorStats after = subject.stats();
        if (uncounted || thrown == null) {
            return;
        }
        assertThat(after.liveBlocks()).as("live blocks").isEqualTo(before.liveBlocks());
        assertThat(after.requestedBytes()).as("requested bytes").isEqualTo(before.requestedBytes());
        assertThat(after.allocatedBytes()).as("allocated bytes").isEqualTo(before.allocatedBytes());
        if (thrown instanceof InvalidBlockException) {
            assertThat(after.invalidFrees()).as("invalid frees").isEqualTo(before.invalidFrees() + refusedBefore + 1);
        }
    }

    private void assertWorks() {
        if (uncounted) {
            subject.recorder().checkContents();
        } else {
            subject.check();
        }
        for (int i = 0; i < 100; i++) {
            subject.allocate(i % 2 == 0 ? BLOCK : 1_000, 8);
        }
        subject.recorder().checkContents();
        subject.freeEverything();
        if (!uncounted) {
            assertThat(subject.stats().liveBlocks()).isZero();
            assertThat(subject.stats().requestedBytes()).isZero();
        }
    }

    @Override
    public void close() {
        closeAll(resources);
        subject.close();
    }

    private static void closeAll(List<AutoCloseable> resources) {
        for (AutoCloseable resource : resources.reversed()) {
            try {
                resource.close();
            } catch (Exception e) {
                throw new AssertionError("at the close of " + resource, e);
            }
        }
    }
}
