package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.spi.waiting.Waiting;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The entries of threads, and how those of ended or waiting threads are evicted. */
class ThreadTableTest {

    private static final class Thing extends ThreadTable.Entry {
        private boolean isWorthIt = true;

        Thing(Thread thread) {
            super(thread);
        }

        @Override
        protected boolean isWorthEvicting() {
            return isWorthIt;
        }
    }

    private final List<Thing> removed = Collections.synchronizedList(new ArrayList<>());
    private final ThreadTable<Thing> table = new ThreadTable<>(Thing::new, removed::add);
    private final List<ExecutorService> executors = new ArrayList<>();

    /** A thread that runs the given tasks and otherwise waits. Its stack then has only classes of the JDK. */
    private final class Worker {
        private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
        private final ExecutorService executor;

        Worker(ThreadFactory factory) {
            executor = Executors.newSingleThreadExecutor(task -> {
                Thread made = factory.newThread(task);
                thread.set(made);
                return made;
            });
            executors.add(executor);
        }

        <T> T call(Callable<T> task) throws Exception {
            return executor.submit(task).get();
        }

        Thing register() throws Exception {
            return call(() -> {
                Thing mine = table.mine();
                while (mine == null) { // another thread has the lock
                    mine = table.tryRegister();
                }
                return mine;
            });
        }

        void awaitIdle() {
            while (thread().getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }

        Thread thread() {
            Thread known = thread.get();
            if (known == null) {
                throw new AssertionError("not started");
            }
            return known;
        }

        void end() throws InterruptedException {
            executor.shutdown();
            thread().join();
        }
    }

    private Worker worker() {
        return new Worker(Thread::new);
    }

    private Worker virtualWorker() {
        return new Worker(Thread.ofVirtual().factory());
    }

    @AfterEach
    void end() {
        executors.forEach(ExecutorService::shutdownNow);
    }

    /** Evicts until a number of entries were evicted. A waiting thread may run for a moment before it waits again. */
    private List<Thing> evictWaiting(int count) {
        List<Thing> evicted = new ArrayList<>();
        while (evicted.size() < count) {
            evicted.addAll(table.evictWaiting());
        }
        return evicted;
    }

    private List<Thing> all() {
        List<Thing> all = new ArrayList<>();
        table.forEach(all::add);
        return all;
    }

    @Test
    void mustGiveEachThreadAnEntryOfItsOwn() throws Exception {
        assertThat(table.mine()).isNull();
        Thing mine = table.tryRegister();
        assertThat(mine).isNotNull();
        assertThat(table.mine()).isSameAs(mine);
        assertThat(table.tryRegister()).isSameAs(mine);
        List<Thing> entries = new ArrayList<>();
        List<Worker> workers = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Worker worker = worker();
            workers.add(worker);
            assertThat(worker.call(table::mine)).isNull();
            entries.add(worker.register());
            for (int j = 0; j <= i; j++) {
                assertThat(workers.get(j).call(table::mine)).isSameAs(entries.get(j));
            }
        }
        assertThat(entries).doesNotHaveDuplicates().doesNotContain(mine);
        assertThat(table.mine()).isSameAs(mine);
        assertThat(all()).hasSize(61);
    }

    /** A freed place must not hide the places behind it. */
    @Test
    void mustFindEveryLiveThreadWhileOthersEnd() throws Exception {
        List<Worker> workers = new ArrayList<>();
        List<Thing> entries = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            workers.add(worker());
            entries.add(workers.get(i).register());
        }
        for (int i = 0; i < 40; i += 2) {
            workers.get(i).end();
        }
        List<Thing> ended = new ArrayList<>();
        for (Thing thing = table.pollEnded(); thing != null; thing = table.pollEnded()) {
            ended.add(thing);
        }
        for (int i = 0; i < 40; i++) {
            if (i % 2 == 0) {
                assertThat(ended).contains(entries.get(i));
            } else {
                assertThat(workers.get(i).call(table::mine)).isSameAs(entries.get(i));
            }
        }
        assertThat(ended).hasSize(20);
        assertThat(removed).containsExactlyInAnyOrderElementsOf(ended);
        assertThat(all()).hasSize(20);
    }

    /** All of them search for their entries from the same place. The entry that is removed is before all others. */
    @Test
    void mustFindThreadsThatStandBehindOneThatEnded() throws Exception {
        List<Worker> workers = new ArrayList<>();
        List<Thing> entries = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Worker worker = workerOfTheSamePlace(Thread.ofPlatform());
            workers.add(worker);
            entries.add(worker.register());
        }
        for (int i = 0; i < 5; i++) {
            workers.get(i).end();
            assertThat(table.pollEnded()).isSameAs(entries.get(i));
            for (int j = i + 1; j < 6; j++) {
                assertThat(workers.get(j).call(table::mine)).isSameAs(entries.get(j));
            }
        }
    }

    @Test
    void mustFindAThreadThatStandsBehindOneWhoseLastViewWasDropped() throws Exception {
        Worker viewer = workerOfTheSamePlace(Thread.ofVirtual());
        Thing held = viewer.call(table::hold);
        Worker behind = workerOfTheSamePlace(Thread.ofPlatform());
        Thing entry = behind.register();

        assertThat(viewer.call(() -> table.drop(held))).isSameAs(held);

        assertThat(behind.call(table::mine)).isSameAs(entry);
    }

    @Test
    void mustFindAThreadThatStandsBehindOneThatWasEvictedWhileItWaited() throws Exception {
        Worker waiting = workerOfTheSamePlace(Thread.ofPlatform());
        Thing evicted = waiting.register();
        Worker behind = workerOfTheSamePlace(Thread.ofPlatform());
        Thing entry = behind.register();
        entry.isWorthIt = false;

        assertThat(evictWaiting(1)).containsExactly(evicted);

        assertThat(behind.call(table::mine)).isSameAs(entry);
    }

    /** Ids are given one after another. */
    private Worker workerOfTheSamePlace(Thread.Builder builder) {
        return new Worker(task -> {
            while (true) {
                Thread thread = builder.unstarted(task);
                if (thread.threadId() % 64 == 0) {
                    return thread;
                }
            }
        });
    }

    /** Threads that were started one after the other, as those of a pool are, and threads to come, without entries. */
    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 100_000})
    void mustFindAnEntryOrNoneInAFewStepsAmongManyThreads(int threads) throws Exception {
        CountDownLatch held = new CountDownLatch(threads);
        CountDownLatch end = new CountDownLatch(1);
        List<Thread> holders = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            holders.add(Thread.ofVirtual().start(() -> {
                table.hold();
                held.countDown();
                awaitUninterruptibly(end);
            }));
        }
        held.await();
        assertThat(all()).hasSize(threads);
        long[] present = holders.stream().mapToLong(Thread::threadId).toArray();
        long[] toCome = LongStream.range(0, 4L * threads)
                .map(i -> present[threads - 1] + 1 + i)
                .toArray();
        assertThat(steps(present).average().orElseThrow())
                .as("places before an entry, on average")
                .isLessThan(1);
        assertThat(steps(toCome).average().orElseThrow())
                .as("places before none is found, on average")
                .isLessThan(1.5);
        assertThat(IntStream.concat(steps(present), steps(toCome)).max().orElseThrow())
                .as("places before a search ends")
                .isLessThan(32);
        end.countDown();
        for (Thread holder : holders) {
            holder.join();
        }
    }

    private IntStream steps(long[] threadIds) {
        return LongStream.of(threadIds).mapToInt(table::stepsTo);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void mustPassEachEntryOfAnEndedThreadOnOnce() throws Exception {
        int threads = 300;
        List<Thing> polled = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger registered = new AtomicInteger();
        Together.run(List.of(
                () -> {
                    for (int i = 0; i < threads; i++) {
                        Thread thread = Thread.ofPlatform().start(() -> {
                            if (table.tryRegister() != null) {
                                registered.incrementAndGet();
                            }
                        });
                        thread.join();
                    }
                    done.set(true);
                },
                () -> {
                    while (!done.get()) {
                        Thing ended = table.pollEnded();
                        if (ended != null) {
                            polled.add(ended);
                        }
                    }
                },
                () -> {
                    while (!done.get()) {
                        polled.addAll(table.evictWaiting());
                    }
                }));
        for (Thing ended = table.pollEnded(); ended != null; ended = table.pollEnded()) {
            polled.add(ended);
        }
        assertThat(polled).doesNotHaveDuplicates();
        assertThat(removed).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(polled);
        assertThat(all()).isEmpty();
        assertThat(polled).hasSize(registered.get());
    }

    @Test
    void mustStayAsSmallAsTheThreadsThatLive() throws Exception {
        long empty = table.metadataBytes();
        for (int i = 0; i < 1_000; i++) {
            Thread.ofPlatform().start(table::tryRegister).join();
        }
        assertThat(table.metadataBytes()).isLessThanOrEqualTo(empty + 64 * 4);
    }

    @Test
    void mustKeepNoEndedThreadAlive() throws Exception {
        WeakReference<Thread> ended = endedThread();
        for (int i = 0; i < 100 && ended.get() != null; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(ended.get()).isNull();
        assertThat(table.pollEnded()).isNotNull();
        assertThat(table.pollEnded()).isNull();
    }

    private WeakReference<Thread> endedThread() throws InterruptedException {
        Thread thread = Thread.ofPlatform().start(table::tryRegister);
        thread.join();
        return new WeakReference<>(thread);
    }

    // Threads that wait

    @Test
    void mustEvictThreadsThatWaitAndGiveThemNewEntries() throws Exception {
        Worker waiting = worker();
        Thing entry = waiting.register();
        assertThat(evictWaiting(1)).containsExactly(entry);
        assertThat(removed).containsExactly(entry);
        assertThat(entry.isEvicted()).isTrue();
        assertThat(all()).isEmpty();
        assertThat(waiting.call(table::mine)).isNull();
        Thing next = waiting.register();
        assertThat(next).isNotSameAs(entry);
        assertThat(next.isEvicted()).isFalse();
    }

    @Test
    void mustNotEvictItsCallerNorAThreadThatRuns() throws Exception {
        Thing mine = table.tryRegister();
        AtomicBoolean end = new AtomicBoolean();
        CountDownLatch registered = new CountDownLatch(1);
        AtomicReference<@Nullable Thing> found = new AtomicReference<>();
        Thread running = Thread.ofPlatform().start(() -> {
            table.tryRegister();
            registered.countDown();
            while (!end.get()) {
                Thread.onSpinWait();
            }
            found.set(table.mine());
        });
        registered.await();
        for (int i = 0; i < 1_000; i++) {
            assertThat(table.evictWaiting()).isEmpty();
        }
        end.set(true);
        running.join();
        assertThat(found.get()).isNotNull();
        assertThat(table.mine()).isSameAs(mine);
    }

    @Test
    void mustNotEvictAnEntryThatIsOccupiedOrNotWorthIt() throws Exception {
        Worker occupying = worker();
        Worker idle = worker();
        Thing occupied = occupying.register();
        Thing worthless = idle.register();
        occupied.occupy();
        worthless.isWorthIt = false;
        occupying.awaitIdle();
        idle.awaitIdle();
        assertThat(table.evictWaiting()).isEmpty();
        occupied.vacate();
        worthless.isWorthIt = true;
        assertThat(evictWaiting(2)).containsExactlyInAnyOrder(occupied, worthless);
    }

    /**
     * The thread waits in a method of the package of its entry, so it may be in the middle of an operation.
     */
    @Test
    void mustNotEvictAThreadThatWaitsInTheMiddleOfAnOperation() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Worker worker = worker();
        Thing entry = worker.register();
        var operation = worker.executor.submit(() -> {
            end.await();
            return table.mine();
        });
        worker.awaitIdle();
        while (!isIn(worker.thread(), "CountDownLatch")) {
            Thread.onSpinWait();
        }
        assertThat(table.evictWaiting()).isEmpty();
        end.countDown();
        assertThat(operation.get()).isSameAs(entry);
        assertThat(evictWaiting(1)).containsExactly(entry);
    }

    private static boolean isIn(Thread thread, String className) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getClassName().contains(className)) {
                return true;
            }
        }
        return false;
    }

    /** A waiting thread that every second check finds running. */
    private static final class GoingOn extends Thread {
        private final AtomicInteger looks;

        GoingOn(Runnable task, AtomicInteger looks) {
            super(task);
            this.looks = looks;
        }

        private boolean goesOn() {
            return looks.get() % 2 == 0;
        }

        @Override
        public State getState() {
            State state = super.getState();
            if (state == State.WAITING) {
                looks.incrementAndGet();
            }
            return state == State.WAITING && goesOn() ? State.RUNNABLE : state;
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            return goesOn() ? new StackTraceElement[0] : super.getStackTrace();
        }
    }

    /** The thread is found waiting, then its entry is removed from the table, and then it does not wait any more. */
    @Test
    void mustLeaveAThreadItsEntryThatGoesOnAtThatMoment() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        Worker worker = new Worker(task -> new GoingOn(task, looks));
        Thing entry = worker.register();
        for (int i = 0; i < 10; i++) {
            int before = looks.get();
            while (looks.get() == before) { // otherwise it did not wait yet
                assertThat(table.evictWaiting()).isEmpty();
            }
            assertThat(worker.call(table::mine)).isSameAs(entry);
            assertThat(entry.isEvicted()).isFalse();
        }
        assertThat(looks.get()).as("looks at whether it waits").isGreaterThan(2);
        assertThat(removed).isEmpty();
    }

    @Test
    void mustEvictThreadsThatWaitInWhateverWay() throws Exception {
        Object monitor = new Object();
        Waiting waiting = new Waiting(monitor);
        synchronized (monitor) {
            List<Thread> threads = waiting.start(table::tryRegister);
            for (Thread thread : threads) {
                while (!waiting.waits(thread)) {
                    Thread.onSpinWait();
                }
            }
            assertThat(evictWaiting(threads.size())).hasSameSizeAs(threads);
        }
        waiting.end();
    }

    // Views

    @Test
    void mustHoldAnEntryForAVirtualThreadAsLongAsItHasViews() throws Exception {
        Worker worker = virtualWorker();
        Thing entry = worker.call(table::hold);
        assertThat(worker.call(table::hold)).isSameAs(entry);
        assertThat(worker.call(table::mine)).isSameAs(entry);
        assertThat(worker.call(() -> table.drop(entry)) == null).isTrue();
        assertThat(worker.call(table::mine)).isSameAs(entry);
        assertThat(worker.call(() -> table.drop(entry))).isSameAs(entry);
        assertThat(worker.call(() -> table.mine() == null)).isTrue();
        assertThat(removed).containsExactly(entry);
    }

    @Test
    void mustLeaveAPlatformThreadItsEntryWhenItsLastViewCloses() {
        Thing mine = table.hold();
        assertThat(table.drop(mine)).isNull();
        assertThat(table.mine()).isSameAs(mine);
        assertThat(removed).isEmpty();
    }

    @Test
    void mustHoldAgainWhatWasEvictedForEachOfSeveralViews() throws Exception {
        for (Worker worker : List.of(virtualWorker(), worker())) {
            Thing entry = worker.call(table::hold);
            worker.call(table::hold);
            assertThat(evictWaiting(1)).containsExactly(entry);
            Thing next = worker.call(() -> table.holdAgain(entry));
            assertThat(next).isNotSameAs(entry);
            assertThat(worker.call(() -> table.holdAgain(entry))).isSameAs(next);
            assertThat(worker.call(() -> table.holdAgain(next))).isSameAs(next);
            boolean virtual = worker.thread().isVirtual();
            assertThat(worker.call(() -> table.drop(next) == null)).isTrue();
            assertThat(worker.call(() -> table.drop(next) == null)).isEqualTo(!virtual);
            assertThat(worker.call(() -> table.mine() == null)).isEqualTo(virtual);
        }
    }

    // All entries

    @Test
    void mustShowEveryEntryToWhoeverLooksForOne() throws Exception {
        List<Thing> entries = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            entries.add(worker().register());
        }
        for (Thing wanted : entries) {
            assertThat(table.find(entry -> entry == wanted)).isSameAs(wanted);
        }
        List<Thing> shown = new ArrayList<>();
        assertThat(table.find(entry -> !shown.add(entry))).isNull();
        assertThat(shown).containsExactlyInAnyOrderElementsOf(entries);
        assertThat(entries).noneMatch(Thing::isMine);
        assertThat(table.tryRegister()).matches(Thing::isMine);
    }

    @Test
    void mustShowEntriesWhileAnotherThreadHasTheLock() throws Exception {
        Thing mine = table.tryRegister();
        Worker worker = worker();
        table.exclusively(() -> {
            try {
                assertThat(worker.call(() -> table.find(_ -> true))).isSameAs(mine);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void mustEvictEveryThreadAndGiveItANewEntry() throws Exception {
        Thing mine = table.tryRegister();
        Worker worker = worker();
        Thing other = worker.register();
        assertThat(table.evictAll()).containsExactlyInAnyOrder(mine, other);
        assertThat(removed).containsExactlyInAnyOrder(mine, other);
        assertThat(mine.isEvicted() && other.isEvicted()).isTrue();
        assertThat(table.mine()).isNull();
        assertThat(table.tryRegister()).isNotSameAs(mine);
        assertThat(worker.register()).isNotSameAs(other);
        assertThat(table.evictAll()).hasSize(2);
        assertThat(table.evictAll()).isEmpty();
    }

    /** Otherwise a thread that sees the change of its entry and requests another gets the same one. */
    @Test
    void mustTellOfAnEntryThatItsThreadDoesNotFindAnyMore() {
        AtomicReference<@Nullable ThreadTable<Thing>> things = new AtomicReference<>();
        AtomicBoolean found = new AtomicBoolean();
        things.set(new ThreadTable<>(
                Thing::new, _ -> found.set(things.get() != null && things.get().mine() != null)));
        assertThat(things.get().tryRegister()).isNotNull();
        assertThat(things.get().evictAll()).hasSize(1);
        assertThat(found).isFalse();
    }

    @Test
    void mustPassOnWhatWasRemovedWithEveryEntry() throws Exception {
        Worker worker = worker();
        Thing ended = worker.register();
        worker.end();
        Thing mine = table.tryRegister(); // which removes the other
        assertThat(table.evictAll()).containsExactlyInAnyOrder(ended, mine);
        assertThat(table.pollRemoved()).isNull();
    }

    @Test
    void mustPassOnWhatWasRemovedWithEntriesOfThreadsThatWait() throws Exception {
        Worker worker = worker();
        Thing ended = worker.register();
        worker.end();
        table.tryRegister(); // which removes the other
        assertThat(table.evictWaiting()).containsExactly(ended);
        assertThat(table.pollRemoved()).isNull();
    }

    @Test
    void mustPollWhatWasRemovedAndLookForNoOther() throws Exception {
        Worker worker = worker();
        Thing ended = worker.register();
        worker.end();
        assertThat(table.pollRemoved()).isNull();
        table.tryRegister();
        assertThat(table.pollRemoved()).isSameAs(ended);
        assertThat(table.pollRemoved()).isNull();
    }

    /**
     * A thread checks after each write whether its entry was removed. Evicting threads check for writes after the
     * eviction. One of them sees the other.
     */
    @Test
    void mustSeeEveryWriteOfAThreadThatDidNotSeeItsEviction() throws Exception {
        final class Word extends ThreadTable.Entry {
            private long word;
            private volatile boolean gone;

            Word(Thread thread) {
                super(thread);
            }
        }

        ThreadTable<Word> words = new ThreadTable<>(Word::new, word -> word.gone = true);
        AtomicBoolean end = new AtomicBoolean();
        Map<Word, Long> written = new HashMap<>(); // and not found removed afterwards
        Thread writing = Thread.ofPlatform().start(() -> {
            while (!end.get()) {
                Word mine = words.tryRegister();
                if (mine != null) {
                    long next = 0;
                    do {
                        mine.word = ++next;
                    } while (!mine.gone);
                    written.put(mine, next - 1);
                }
            }
        });
        Map<Word, Long> seen = new HashMap<>();
        while (seen.size() < 500) {
            words.evictAll().forEach(word -> seen.put(word, word.word));
        }
        end.set(true);
        words.evictAll();
        writing.join();
        seen.forEach((word, value) -> assertThat(value).isGreaterThanOrEqualTo(written.get(word)));
    }

    // Closing

    @Test
    void mustLetNoThreadFindItsEntryOnceItIsClosed() throws Exception {
        Thing mine = table.hold();
        Worker worker = worker();
        Thing other = worker.register();
        List<Thing> told = new ArrayList<>();
        assertThat(table.close(told::add)).isTrue();
        assertThat(told).containsExactlyInAnyOrder(mine, other).allMatch(ThreadTable.Entry::isEvicted);
        assertThat(table.close(told::add)).isFalse();
        assertThat(told).hasSize(2);
        assertThat(table.isOpen()).isFalse();
        assertThat(table.mine()).isNull();
        assertThat(worker.call(() -> table.mine() == null)).isTrue();
        assertThatIllegalStateException().isThrownBy(table::requireOpen);
        assertThatIllegalStateException().isThrownBy(table::tryRegister);
        assertThatIllegalStateException().isThrownBy(table::hold);
        assertThat(table.drop(mine)).isNull();
        assertThat(table.pollEnded()).isNull();
        assertThat(table.evictWaiting()).isEmpty();
        assertThat(all()).isEmpty();
    }

    @Test
    void mustDoWithoutAnEntryWhileAnotherThreadHasTheLock() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Thread holding = Thread.ofPlatform()
                .start(() -> table.exclusively(() -> {
                    entered.countDown();
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }));
        entered.await();
        assertThat(table.tryRegister()).isNull();
        assertThat(table.pollEnded()).isNull();
        end.countDown();
        holding.join();
        assertThat(table.tryRegister()).isNotNull();
    }
}
