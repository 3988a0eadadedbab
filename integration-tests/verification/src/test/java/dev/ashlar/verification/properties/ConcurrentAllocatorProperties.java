package dev.ashlar.verification.properties;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.TestLength;
import dev.ashlar.verification.properties.Subject.Kind;
import dev.ashlar.verification.workload.Generation;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;

/**
 * Every installed strategy under threads that allocate, free what others allocated, and end while the rest goes on. A
 * shared recorder checks every block. When all have ended, every figure is exact and everything can go back.
 */
class ConcurrentAllocatorProperties {

    private static final int MOST_OPERATIONS = TestLength.of(100, 1_000);

    /** The kind of threads of a generation. */
    enum Threads {
        PLATFORM,
        VIRTUAL,
        MIXED;

        ThreadFactory factory() {
            ThreadFactory platform = Thread.ofPlatform().factory();
            ThreadFactory virtual = Thread.ofVirtual().factory();
            AtomicInteger started = new AtomicInteger();
            return switch (this) {
                case PLATFORM -> platform;
                case VIRTUAL -> virtual;
                case MIXED -> task -> (started.getAndIncrement() % 2 == 0 ? platform : virtual).newThread(task);
            };
        }
    }

    /** Some stop early, so that others continue with their blocks. */
    private static Arbitrary<Integer> operations() {
        return Arbitraries.integers().between(1, MOST_OPERATIONS);
    }

    @Provide
    Arbitrary<List<Worker>> workers() {
        return Arbitraries.<Worker>frequencyOf(
                        Tuple.of(
                                3,
                                Combinators.combine(operations(), Arbitraries.longs())
                                        .as(Worker.Producer::new)),
                        Tuple.of(4, operations().map(Worker.Consumer::new)),
                        Tuple.of(2, operations().map(Worker.Churner::new)),
                        Tuple.of(1, operations().map(Worker.Observer::new)))
                .list()
                .ofMinSize(2)
                .ofMaxSize(8);
    }

    // A failure depends on timing, so a smaller sample would often pass by chance.
    @Property(edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void mustBeExactAndGiveEverythingBackWhenAllThreadsHaveEnded(
            @ForAll("workers") List<Worker> first,
            @ForAll("workers") List<Worker> second,
            @ForAll Threads threads,
            @ForAll boolean keepsMemory)
            throws InterruptedException, ExecutionException {
        for (Kind kind : Subjects.strategies()) {
            try (Subject of = kind.create(keepsMemory ? 1 << 20 : 0)) {
                AllocatorUnderTest subject = of.tested();
                Queue<MemorySegment> exchange = new ConcurrentLinkedQueue<>();
                LongAdder allocations = new LongAdder();
                run(first, threads, subject, exchange, allocations);
                run(second, threads, subject, exchange, allocations);
                subject.freeEverything();
                assertExact(subject);
                assertThat(subject.stats().liveBlocks()).isZero();
                assertThat(subject.stats().frees()).isEqualTo(allocations.sum());
                subject.allocator().trim();
                assertThat(subject.source().openBytes())
                        .as("bytes out after a trim when all threads have ended")
                        .isZero();
                subject.allocator().close();
                assertThat(subject.source().misuses()).isEmpty();
            }
        }
    }

    private static void run(
            List<Worker> workers,
            Threads threads,
            AllocatorUnderTest subject,
            Queue<MemorySegment> exchange,
            LongAdder allocations)
            throws InterruptedException, ExecutionException {
        Generation generation = new Generation();
        for (int i = 0; i < workers.size(); i++) {
            int number = i;
            generation.add(() -> workers.get(number).work(subject, exchange, allocations, number));
        }
        generation.run(threads.factory());
        assertExact(subject);
        assertThat(subject.stats().allocations())
                .as("allocations of " + subject.allocator())
                .isEqualTo(allocations.sum());
        assertThat(subject.stats().refused())
                .as("refused by " + subject.allocator())
                .isZero();
        assertThat(subject.stats().invalidFrees()).as("invalid frees").isZero();
    }

    private static void assertExact(AllocatorUnderTest subject) {
        subject.recorder().checkContents();
        AllocatorStats stats = subject.stats();
        assertThat(stats.liveBlocks())
                .as("live blocks")
                .isEqualTo(subject.recorder().liveBlocks());
        assertThat(stats.requestedBytes())
                .as("requested bytes")
                .isEqualTo(subject.recorder().requestedBytes());
        assertThat(stats.committedBytes())
                .as("committed bytes")
                .isEqualTo(subject.source().openBytes());
        assertThat(stats.peakCommittedBytes())
                .as("peak of committed bytes, in which what was on its way counts")
                .isGreaterThanOrEqualTo(subject.source().peakBytes());
        assertThat(stats.allocatedBytes())
                .as("allocated bytes")
                .isBetween(stats.requestedBytes(), stats.committedBytes());
    }
}
