package dev.ashlar.arena.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.arena.CheckedBlocks;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongToIntFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Each vector compared with a list, with random steps, over an allocator that sometimes has no memory. */
class VectorProperties {

    /** The kinds of steps on a vector. */
    public enum Action {
        APPEND,
        APPEND_MANY,
        APPEND_OWN,
        EXTEND,
        SET,
        REMOVE_SWAP,
        RESERVE,
        TRIM,
        CLEAR,
        RELOCATE,
        LIMIT,
        NO_LIMIT
    }

    /** A step, with a number whose meaning depends on its kind. */
    public record Step(Action action, int number) {}

    /** The kinds of vectors. */
    public enum Kind {
        INT,
        LONG,
        FLOAT,
        DOUBLE,
        STRUCT
    }

    /** A vector of small whole numbers, which every kind stores exactly. */
    private record Subject(
            Sequence vector, IntConsumer append, Consumer<int[]> appendAll, Setter set, LongToIntFunction get) {}

    private interface Setter {
        void set(long index, int value);
    }

    private static Subject subject(Kind kind, Allocator allocator) {
        return switch (kind) {
            case INT -> {
                IntVector vector = new IntVector(allocator);
                yield new Subject(vector, vector::append, vector::appendAll, vector::set, vector::get);
            }
            case LONG -> {
                LongVector vector = new LongVector(allocator);
                Consumer<int[]> appendAll = values ->
                        vector.appendAll(Arrays.stream(values).asLongStream().toArray());
                yield new Subject(vector, vector::append, appendAll, vector::set, index -> (int) vector.get(index));
            }
            case FLOAT -> {
                FloatVector vector = new FloatVector(allocator);
                Consumer<int[]> appendAll = values -> {
                    float[] all = new float[values.length];
                    for (int i = 0; i < all.length; i++) {
                        all[i] = values[i];
                    }
                    vector.appendAll(all);
                };
                yield new Subject(vector, vector::append, appendAll, vector::set, index -> (int) vector.get(index));
            }
            case DOUBLE -> {
                DoubleVector vector = new DoubleVector(allocator);
                Consumer<int[]> appendAll = values ->
                        vector.appendAll(Arrays.stream(values).asDoubleStream().toArray());
                yield new Subject(vector, vector::append, appendAll, vector::set, index -> (int) vector.get(index));
            }
            case STRUCT -> {
                StructVector vector = new StructVector(allocator, PADDED);
                Consumer<int[]> appendAll = values -> {
                    vector.reserve(vector.size() + values.length);
                    Arrays.stream(values).forEach(value -> vector.append(struct(value)));
                };
                Setter set = (index, value) -> vector.set(index, struct(value));
                yield new Subject(
                        vector,
                        value -> write(vector.append(), value),
                        appendAll,
                        set,
                        index -> read(vector.get(index)));
            }
        };
    }

    /** 12 bytes at a distance of 16 bytes. */
    private static final MemoryLayout PADDED = MemoryLayout.structLayout(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);

    private static MemorySegment struct(int value) {
        MemorySegment struct = MemorySegment.ofArray(new byte[12]);
        write(struct, value);
        return struct;
    }

    private static void write(MemorySegment struct, int value) {
        assertThat(struct.byteSize()).isEqualTo(12);
        assertThat(struct.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)).isZero();
        struct.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, value);
        struct.set(ValueLayout.JAVA_INT_UNALIGNED, 8, ~value);
    }

    private static int read(MemorySegment struct) {
        int value = (int) struct.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        assertThat(struct.get(ValueLayout.JAVA_INT_UNALIGNED, 8)).isEqualTo(~value);
        return value;
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Action> actions = Arbitraries.of(Action.values());
        return Combinators.combine(
                        Arbitraries.frequencyOf(Tuple.of(3, Arbitraries.just(Action.APPEND)), Tuple.of(2, actions)),
                        Arbitraries.integers().between(0, 100))
                .as(Step::new)
                .list()
                .ofMaxSize(100);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void mustBehaveLikeAList(@ForAll Kind kind, @ForAll("steps") List<Step> steps) {
        CheckedBlocks allocator = new CheckedBlocks();
        run(allocator, subject(kind, allocator), steps);
    }

    private static void run(CheckedBlocks allocator, Subject subject, List<Step> steps) {
        List<Integer> model = new ArrayList<>();
        for (Step step : steps) {
            List<Integer> before = List.copyOf(model);
            try {
                apply(allocator, subject, model, step);
            } catch (AllocationException e) {
                model = new ArrayList<>(before);
            }
            check(allocator, subject, model);
        }
        subject.vector.close();
        assertThat(allocator.liveBlocks()).isZero();
        assertThat(allocator.requestedBytes()).isZero();
    }

    private static void apply(CheckedBlocks allocator, Subject subject, List<Integer> model, Step step) {
        int number = step.number;
        Sequence vector = subject.vector;
        switch (step.action) {
            case APPEND -> {
                model.add(number);
                subject.append.accept(number);
            }
            case APPEND_MANY -> {
                int[] values = new int[number];
                for (int i = 0; i < number; i++) {
                    values[i] = number + i;
                    model.add(values[i]);
                }
                subject.appendAll.accept(values);
            }
            case APPEND_OWN -> {
                if (!model.isEmpty()) {
                    int index = number % model.size();
                    model.add(model.get(index));
                    if (vector instanceof StructVector structs) {
                        structs.append(structs.get(index)); // which may move it
                    } else {
                        subject.append.accept(subject.get.applyAsInt(index));
                    }
                }
            }
            case EXTEND -> {
                int first = model.size();
                MemorySegment added = vector.extend(number);
                MemorySegment all = vector.memory();
                assertThat(added.byteSize()).isEqualTo(number * vector.stride);
                assertThat(added.address() + added.byteSize()).isEqualTo(all.address() + all.byteSize());
                for (int i = 0; i < number; i++) {
                    model.add(number - i);
                    subject.set.set(first + i, number - i);
                }
            }
            case SET -> {
                if (!model.isEmpty()) {
                    model.set(number % model.size(), -number);
                    subject.set.set(number % model.size(), -number);
                }
            }
            case REMOVE_SWAP -> {
                if (!model.isEmpty()) {
                    int index = number % model.size();
                    model.set(index, model.getLast());
                    model.removeLast();
                    vector.removeSwap(index);
                }
            }
            case RESERVE -> {
                vector.reserve(2L * number);
                assertThat(vector.capacity()).isGreaterThanOrEqualTo(2L * number);
            }
            case TRIM -> {
                vector.trimToSize();
                assertThat(vector.capacity()).isEqualTo(model.size());
            }
            case CLEAR -> {
                model.clear();
                vector.clear();
            }
            case RELOCATE -> {
                long moved = vector.relocate(address -> (address >> 5) % 2 == (number & 1), Long.MAX_VALUE);
                assertThat(moved).isIn(0L, vector.capacity() * vector.stride);
            }
            case LIMIT -> allocator.limit(allocator.requestedBytes() + 8L * number);
            case NO_LIMIT -> allocator.limit(Long.MAX_VALUE);
        }
    }

    private static void check(CheckedBlocks allocator, Subject subject, List<Integer> model) {
        Sequence vector = subject.vector;
        vector.checkInvariants();
        assertThat(vector.size()).isEqualTo(model.size());
        for (int i = 0; i < model.size(); i++) {
            assertThat(subject.get.applyAsInt(i)).isEqualTo(model.get(i));
        }
        assertThat(vector.memory().byteSize()).isEqualTo(model.size() * vector.stride);
        assertThat(allocator.requestedBytes()).isEqualTo(vector.capacity() * vector.stride);
        assertThat(allocator.liveBlocks()).isEqualTo(vector.capacity() == 0 ? 0 : 1);
    }
}
