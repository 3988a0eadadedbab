package dev.ashlar.verification.misuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** Two threads that use what only one of them may use. */
final class ThreadMisuses {

    private ThreadMisuses() {}

    static final Misuse RACING_FREES = Misuse.of(
                    "free a block on two threads at the same instant",
                    InvalidBlockException.class,
                    "was freed before",
                    ThreadMisuses::freeTogether)
            .inItsOwnJvm();

    private static final int ROUNDS = TestLength.of(100, 2_000);

    static final List<Misuse> ALL = List.of(
            RACING_FREES,
            onConfined("allocate from another thread's view", view -> () -> view.allocate(64, 8)),
            onConfined("try to allocate from another thread's view", view -> () -> view.tryAllocate(64, 8)),
            onConfined("free a block through another thread's view", view -> {
                MemorySegment block = view.allocate(64, 8);
                return () -> view.free(block);
            }),
            onConfined("free a batch through another thread's view", view -> {
                List<MemorySegment> blocks = view.allocateAll(64, 8, 3);
                return () -> view.freeAll(blocks);
            }),
            onConfined("resize a block through another thread's view", view -> {
                MemorySegment block = view.allocate(64, 8);
                return () -> view.resize(block, 200);
            }),
            onConfined("trim through another thread's view", view -> view::trim),
            onConfined("close another thread's view", view -> view::close),
            Misuse.of("allocate from a closed view", IllegalStateException.class, "view.* is closed", scene -> {
                Allocator view = confined(scene);
                if (view != null) {
                    view.close();
                }
                return view == null ? null : () -> view.allocate(64, 8);
            }));

    private interface OnView {
        ThrowingCallable of(Allocator view);
    }

    private static Misuse onConfined(String what, OnView program) {
        return Misuse.of(what, WrongThreadException.class, "confined to .* by ", scene -> {
            scene.withoutCounts(); // blocks of the view are live until the end
            Allocator view = confined(scene);
            if (view == null) {
                return null;
            }
            ThrowingCallable operation = program.of(view);
            return () -> Scene.onAnotherThread(operation);
        });
    }

    private static @Nullable Allocator confined(Scene scene) {
        return scene.allocator()
                .as(Confinable.class)
                .map(confinable -> scene.closedAtTheEnd(confinable.confined()))
                .orElse(null);
    }

    /** Frees many blocks, each on two threads that wait for each other. The allocating thread is one of them. */
    private static ThrowingCallable freeTogether(Scene scene) {
        if (!scene.decidesRacingFrees()) {
            scene.withoutCounts();
        }
        return () -> {
            AllocatorStats before = scene.allocator().stats();
            MemorySegment[] blocks = new MemorySegment[ROUNDS];
            ConcurrentLinkedQueue<InvalidBlockException> refusals = new ConcurrentLinkedQueue<>();
            AtomicInteger arrived = new AtomicInteger();
            AtomicInteger allocated = new AtomicInteger();
            Race.Task owner = () -> {
                for (int i = 0; i < ROUNDS; i++) {
                    blocks[i] = scene.block();
                }
                allocated.set(ROUNDS);
                freeAll(scene, blocks, arrived, refusals);
            };
            Race.Task other = () -> {
                Race.await(() -> allocated.get() == ROUNDS);
                freeAll(scene, blocks, arrived, refusals);
            };
            Race.run(List.of(owner, other));
            assertThat(refusals).hasSizeLessThanOrEqualTo(ROUNDS);
            if (scene.decidesRacingFrees()) {
                assertThat(refusals).hasSize(ROUNDS);
                AllocatorStats after = scene.allocator().stats();
                assertThat(after.liveBlocks()).isEqualTo(before.liveBlocks());
                assertThat(after.requestedBytes()).isEqualTo(before.requestedBytes());
                scene.refusedBefore(ROUNDS - 1);
            } else {
                for (int i = 0; i < ROUNDS; i++) { // a limit that was discharged twice would refuse the last frees
                    scene.block();
                }
            }
            throw refusals.remove();
        };
    }

    private static void freeAll(
            Scene scene,
            MemorySegment[] blocks,
            AtomicInteger arrived,
            ConcurrentLinkedQueue<InvalidBlockException> refusals)
            throws InterruptedException {
        for (int i = 0; i < ROUNDS; i++) {
            int both = 2 * (i + 1);
            arrived.incrementAndGet();
            Race.await(() -> arrived.get() >= both);
            try {
                scene.allocator().free(blocks[i]);
            } catch (InvalidBlockException e) {
                refusals.add(e);
            }
        }
    }
}
