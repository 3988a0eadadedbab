package dev.ashlar.lockfree.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Two stacks that share their links, compared with two stacks of the JDK, in one thread. */
class TaggedStackProperties {

    @Property
    void mustTakeWhatWasPutLast(@ForAll @Size(max = 2_000) List<@IntRange(min = 0, max = 9) Integer> steps) {
        Segments<AtomicIntegerArray> links = new Segments<>(AtomicIntegerArray::new);
        List<TaggedStack> stacks = List.of(new TaggedStack(links), new TaggedStack(links));
        List<Deque<Integer>> models = List.of(new ArrayDeque<>(), new ArrayDeque<>());
        Deque<Integer> held = new ArrayDeque<>();
        long[] pops = new long[2];
        int made = 0;
        for (int step : steps) {
            int which = step & 1;
            TaggedStack stack = stacks.get(which);
            Deque<Integer> model = models.get(which);
            switch (step >> 1) {
                case 0 -> {
                    links.cover(made);
                    stack.push(made);
                    model.push(made++);
                }
                case 1, 2 -> {
                    int index = stack.pop();
                    assertThat(index).isEqualTo(model.isEmpty() ? TaggedStack.NONE : model.pop());
                    if (index != TaggedStack.NONE) {
                        held.add(index);
                        pops[which]++;
                    }
                }
                case 3 -> {
                    if (!held.isEmpty()) {
                        int index = held.remove();
                        stack.push(index);
                        model.push(index);
                    }
                }
                default -> {
                    pops[which] += model.size();
                    List<Integer> all = popAll(stack);
                    assertThat(all).containsExactlyElementsOf(model);
                    held.addAll(all);
                    model.clear();
                }
            }
            assertThat(stack.checkInvariants()).isEqualTo(model.size());
            assertThat(stack.tag())
                    .as("a pop that took something changes the tag")
                    .isEqualTo(pops[which]);
        }
    }

    private static List<Integer> popAll(TaggedStack stack) {
        List<Integer> all = new ArrayList<>();
        for (int index = stack.pop(); index != TaggedStack.NONE; index = stack.pop()) {
            all.add(index);
        }
        return all;
    }

    @Property
    void mustKeepIndicesFarApart(@ForAll @Size(max = 100) List<@IntRange(max = TaggedStack.MAX_INDEX) Integer> wanted) {
        List<Integer> indices = wanted.stream().distinct().toList();
        Segments<AtomicIntegerArray> links = new Segments<>(AtomicIntegerArray::new);
        TaggedStack stack = new TaggedStack(links);
        for (int index : indices) {
            links.cover(index);
            stack.push(index);
        }
        assertThat(popAll(stack)).containsExactlyElementsOf(indices.reversed());
    }
}
