package dev.ashlar.buddy.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Free runs in several lists, compared with lists of Java. */
class FreeRunsProperties {

    private static final int LISTS = 3;

    /** More than four segments, the last of which is not whole. */
    private static final int LENGTH = 4 * FreeRuns.SEGMENT + 1;

    /** A run starts at a granule, or ends there if one does. */
    record Step(int start, int length, int list) {}

    private record Run(int node, int start, int length) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, LENGTH - 1),
                        Arbitraries.integers().between(1, 1000),
                        Arbitraries.integers().between(0, LISTS - 1))
                .as(Step::new)
                .list()
                .ofMaxSize(300);
    }

    @Property
    void mustFindEachRunAndKeepTheOrderOfItsList(@ForAll("steps") List<Step> steps) {
        FreeRuns runs = new FreeRuns(LENGTH);
        List<List<Run>> model = new ArrayList<>();
        for (int i = 0; i < LISTS; i++) {
            model.add(new ArrayList<>());
        }
        int most = 0;
        for (Step step : steps) {
            if (runs.at(step.start) == FreeRuns.NONE) {
                List<Run> list = model.get(step.list);
                int head = list.isEmpty() ? FreeRuns.NONE : list.getFirst().node;
                list.addFirst(new Run(runs.add(step.start, step.length, head), step.start, step.length));
            } else {
                int node = runs.at(step.start);
                runs.remove(node);
                model.forEach(list -> list.removeIf(run -> run.node == node));
            }
            check(runs, model);
            most = Math.max(most, model.stream().mapToInt(List::size).sum());
        }
        assertThat(runs.steps()).as("steps along chains").isLessThan((long) steps.size() * most * most + 1);
        assertThat(runs.metadataBytes()).as("nodes are used again").isBetween(20L * most, 2 * 20L * most + 300);
    }

    private static void check(FreeRuns runs, List<List<Run>> model) {
        for (List<Run> list : model) {
            for (int i = 0; i < list.size(); i++) {
                Run run = list.get(i);
                assertThat(runs.at(run.start)).isEqualTo(run.node);
                assertThat(runs.start(run.node)).isEqualTo(run.start);
                assertThat(runs.length(run.node)).isEqualTo(run.length);
                assertThat(runs.next(run.node)).isEqualTo(i + 1 < list.size() ? list.get(i + 1).node : FreeRuns.NONE);
            }
        }
    }

    @Property
    void mustCountTheStepsAlongAChain(@ForAll("steps") List<Step> steps) {
        FreeRuns runs = new FreeRuns(LENGTH);
        long expected = 0;
        List<Integer> chain = new ArrayList<>(); // of the first segment, the last added first
        for (Step step : steps) {
            int start = step.start % FreeRuns.SEGMENT;
            if (!chain.contains(start)) {
                runs.add(start, 1, FreeRuns.NONE);
                chain.addFirst(start);
            }
            expected += chain.indexOf(start);
            runs.at(start);
        }
        assertThat(runs.steps()).isEqualTo(expected);
    }
}
