package dev.ashlar.arena.sequence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.arena.CheckedBlocks;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** A component store compared with a map, over an allocator that sometimes has no memory. */
class ComponentStoreProperties {

    private static final MemoryLayout PAIR = MemoryLayout.structLayout(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

    /** The kinds of steps on a store. */
    public enum Action {
        ADD,
        SET,
        REMOVE,
        TRIM,
        RELOCATE,
        LIMIT,
        NO_LIMIT
    }

    /** A step on an entity, with a value. */
    public record Step(Action action, int entity, int value) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Action> actions = Arbitraries.frequency(
                Tuple.of(8, Action.ADD),
                Tuple.of(2, Action.SET),
                Tuple.of(5, Action.REMOVE),
                Tuple.of(1, Action.TRIM),
                Tuple.of(1, Action.RELOCATE),
                Tuple.of(1, Action.LIMIT),
                Tuple.of(1, Action.NO_LIMIT));
        Arbitrary<Integer> entities = Arbitraries.frequencyOf(
                Tuple.of(8, Arbitraries.integers().between(0, 30)),
                Tuple.of(2, Arbitraries.integers().between(Integer.MAX_VALUE - 20, Integer.MAX_VALUE)),
                Tuple.of(1, Arbitraries.integers().between(-1, 100_000)));
        return Combinators.combine(actions, entities, Arbitraries.integers().between(0, 5_000))
                .as(Step::new)
                .list()
                .ofMaxSize(100);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void mustBehaveLikeAMap(@ForAll("steps") List<Step> steps) {
        CheckedBlocks allocator = new CheckedBlocks();
        Map<Integer, Integer> model = new HashMap<>();
        try (ComponentStore store = new ComponentStore(allocator, PAIR)) {
            for (Step step : steps) {
                apply(allocator, store, model, step);
                check(allocator, store, model);
            }
        }
        assertThat(allocator.liveBlocks()).isZero();
        assertThat(allocator.requestedBytes()).isZero();
    }

    /** The bytes for an entity are bounded, whatever its id is. */
    @Property(tries = 20)
    void memoryMustFollowTheNumberOfEntitiesAndNotTheirIds(@ForAll long seed, @ForAll @IntRange(min = 1) int step) {
        CheckedBlocks allocator = new CheckedBlocks();
        Random random = new Random(seed);
        try (ComponentStore random31 = new ComponentStore(allocator, PAIR);
                ComponentStore inSteps = new ComponentStore(allocator, PAIR)) {
            for (int i = 0; i < 1_000; i++) {
                addIfMissing(random31, random.nextInt() & Integer.MAX_VALUE);
                addIfMissing(inSteps, (i * step) & Integer.MAX_VALUE);
            }
            random31.checkInvariants();
            inSteps.checkInvariants();
            assertThat(allocator.requestedBytes()).isLessThan(2 * 1_000 * (16 + 4) * 3 / 2 + 2 * 8_192 + 1_000);
            while (random31.size() > 0) {
                assertThat(random31.remove(random31.entityAt(random.nextInt(random31.size()))))
                        .isTrue();
            }
            random31.checkInvariants();
            random31.trimToSize();
            assertThat(random31.byteSize()).isZero();
        }
    }

    private static void addIfMissing(ComponentStore store, int entity) {
        if (store.get(entity) == null) {
            store.add(entity);
        }
    }

    private static void apply(CheckedBlocks allocator, ComponentStore store, Map<Integer, Integer> model, Step step) {
        int entity = step.entity;
        switch (step.action) {
            case ADD -> add(store, model, entity, step.value);
            case SET -> {
                MemorySegment struct = store.get(entity);
                assertThat(struct != null).isEqualTo(model.containsKey(entity));
                if (struct != null) {
                    struct.set(ValueLayout.JAVA_LONG, 8, step.value);
                    model.put(entity, step.value);
                }
            }
            case REMOVE -> assertThat(store.remove(entity)).isEqualTo(model.remove(entity) != null);
            case TRIM -> {
                try {
                    store.trimToSize();
                } catch (AllocationException e) {
                    assertThat(store.size()).isEqualTo(model.size());
                }
            }
            case RELOCATE -> {
                long bytes = store.byteSize();
                long moved = store.relocate(address -> (address >> 5) % 2 == step.value % 2, step.value);
                assertThat(moved).isBetween(0L, bytes);
                assertThat(store.relocate(_ -> true, 0)).isZero();
                assertThat(store.relocate(_ -> false, Long.MAX_VALUE)).isZero();
            }
            case LIMIT -> allocator.limit(allocator.requestedBytes() + step.value);
            case NO_LIMIT -> allocator.limit(Long.MAX_VALUE);
        }
    }

    private static void add(ComponentStore store, Map<Integer, Integer> model, int entity, int value) {
        if (entity < 0 || model.containsKey(entity)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> store.add(entity))
                    .withMessageContaining(Integer.toString(entity));
            return;
        }
        try {
            MemorySegment struct = store.add(entity);
            assertThat(struct.get(ValueLayout.JAVA_LONG, 8)).isZero();
            struct.set(ValueLayout.JAVA_LONG, 8, value);
            model.put(entity, value);
        } catch (AllocationException e) {
            assertThat(store.positionOf(entity)).isEqualTo(-1);
        }
    }

    private static void check(CheckedBlocks allocator, ComponentStore store, Map<Integer, Integer> model) {
        store.checkInvariants();
        assertThat(store.size()).isEqualTo(model.size());
        assertThat(store.byteSize()).isEqualTo(allocator.requestedBytes());
        model.forEach((entity, value) -> {
            int position = store.positionOf(entity);
            assertThat(store.entityAt(position)).isEqualTo(entity);
            assertThat(store.structAt(position).get(ValueLayout.JAVA_LONG, 8)).isEqualTo((long) value);
            assertThat(store.memory().get(ValueLayout.JAVA_LONG, position * store.stride() + 8))
                    .isEqualTo((long) value);
        });
    }
}
