package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Profile;
import dev.ashlar.api.Allocator;
import dev.ashlar.insight.gc.GcAdvice;
import dev.ashlar.insight.gc.GcAdvisor;
import dev.ashlar.insight.optimizer.MemoryOptimizer;
import dev.ashlar.insight.optimizer.OptimizerConfig;
import dev.ashlar.insight.rollout.Rollout;
import dev.ashlar.insight.rollout.RolloutKey;
import dev.ashlar.lockfree.LockFree;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Code that compares allocators, and asks for advice. */
class InsightAdviceCodeTest {

    private static void runWith(Allocator allocator) {
        for (int i = 0; i < 100; i++) {
            allocator.free(allocator.allocate(64));
        }
    }

    private static void run() {
        try (Allocator allocator = Slab.allocator()) {
            runWith(allocator);
        }
    }

    @Test
    void rollout() {
        try (Allocator control = Slab.allocator();
                Allocator treatment = LockFree.allocator()) {
            // @start region="rollout"
            Rollout rollout = Rollout.builder(control, treatment)
                    .by(RolloutKey.THREAD)
                    .phases(Duration.ofHours(1)) // 1 %, 10 %, 50 %, 100 %
                    .latencyAtMost(99, 1.5)
                    .start();
            MemorySegment block = rollout.allocate(64); // of one or the other
            rollout.free(block);
            System.out.println(rollout.report().text()); // better, worse, or no difference shown yet
            // @end
            rollout.close();
        }
    }

    @Test
    void collector() {
        // @start region="gc"
        try (GcAdvisor advisor = GcAdvisor.start()) {
            run();
            GcAdvice advice = advisor.advise();
            System.out.println(advice.text());
            advice.recommendations().forEach(advisor::apply); // what a running JVM can change
        }
        // @end
    }

    @Test
    void optimizer() {
        // @start region="optimizer"
        try (MemoryOptimizer optimizer = MemoryOptimizer.start(OptimizerConfig.of(Profile.PRODUCTION))) {
            runWith(optimizer.allocator());
            System.out.println(optimizer.stop().text());
        }
        // @end
        assertThat(OptimizerConfig.of(Profile.PRODUCTION).interval()).isEqualTo(Duration.ofSeconds(10));
    }
}
