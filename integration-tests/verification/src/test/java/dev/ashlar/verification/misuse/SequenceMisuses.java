package dev.ashlar.verification.misuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.arena.sequence.ComponentStore;
import dev.ashlar.arena.sequence.ConcurrentLongVector;
import dev.ashlar.arena.sequence.LongVector;
import dev.ashlar.arena.sequence.StructVector;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Wrong indices and ids, and use after close, of vectors and component stores over the allocator. */
final class SequenceMisuses {

    private SequenceMisuses() {}

    private static final MemoryLayout STRUCT = MemoryLayout.structLayout(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);

    private static final String CLOSED = "This sequence is closed";

    static final List<Misuse> ALL = List.of(
            outOfBounds(
                    "get the element -1 of a vector",
                    "index is -1, must be from 0 to 2",
                    vector -> () -> vector.get(-1)),
            outOfBounds(
                    "get the element behind the last of a vector",
                    "index is 3, must be from 0 to 2",
                    vector -> () -> vector.get(3)),
            outOfBounds(
                    "set an element within the capacity but behind the last",
                    "index is 5, must be",
                    vector -> () -> vector.set(5, 1)),
            outOfBounds(
                    "get the element at the largest long",
                    "must be from 0 to 2",
                    vector -> () -> vector.get(Long.MAX_VALUE)),
            outOfBounds("remove an element of an empty vector", "there are no elements", vector -> {
                vector.clear();
                return () -> vector.removeSwap(0);
            }),
            onVector("get an element of a closed vector", IllegalStateException.class, CLOSED, vector -> {
                vector.close();
                return () -> vector.get(0);
            }),
            onVector("append to a closed vector", IllegalStateException.class, CLOSED, vector -> {
                vector.close();
                return () -> vector.append(1);
            }),
            onVector("ask a closed vector for its size", IllegalStateException.class, CLOSED, vector -> {
                vector.close();
                return vector::size;
            }),
            onVector(
                    "get an element on another thread",
                    WrongThreadException.class,
                    "confined to",
                    vector -> () -> Scene.onAnotherThread(() -> vector.get(0))),
            onVector(
                    "append on another thread",
                    WrongThreadException.class,
                    "confined to",
                    vector -> () -> Scene.onAnotherThread(() -> vector.append(1))),
            onVector(
                    "close a vector on another thread",
                    WrongThreadException.class,
                    "confined to",
                    vector -> () -> Scene.onAnotherThread(vector::close)),
            onVector(
                    "reserve -1 elements",
                    IllegalArgumentException.class,
                    "elements is -1, must be 0",
                    vector -> () -> vector.reserve(-1)),
            onVector(
                    "extend a vector by -1",
                    IllegalArgumentException.class,
                    "elements is -1, must be 0",
                    vector -> () -> vector.extend(-1)),
            onVector(
                    "reserve more elements than memory has",
                    AllocationException.class,
                    "Cannot allocate",
                    vector -> () -> vector.reserve(Long.MAX_VALUE)),
            onVector(
                    "extend a vector past every limit",
                    AllocationException.class,
                    "Cannot allocate",
                    vector -> () -> vector.extend(1L << 57)),
            Misuse.of("set a struct of another size", IllegalArgumentException.class, "", scene -> {
                StructVector structs = scene.closedBeforeTheCheck(new StructVector(scene.allocator(), STRUCT));
                structs.append();
                return () -> structs.set(0, MemorySegment.ofArray(new byte[3]));
            }),
            Misuse.of(
                    "get an element that no thread has appended",
                    IndexOutOfBoundsException.class,
                    "index is 1",
                    scene -> {
                        ConcurrentLongVector vector = concurrent(scene);
                        return () -> vector.get(1);
                    }),
            Misuse.of("append to a closed concurrent vector", IllegalStateException.class, CLOSED, scene -> {
                ConcurrentLongVector vector = concurrent(scene);
                vector.close();
                return () -> vector.append(1);
            }),
            onStore(
                    "add an entity twice",
                    IllegalArgumentException.class,
                    "has a struct already",
                    store -> () -> store.add(7)),
            onStore(
                    "add the entity -1",
                    IllegalArgumentException.class,
                    "entity is -1, must be 0 or more",
                    store -> () -> store.add(-1)),
            onStore(
                    "get the struct behind the last position",
                    IndexOutOfBoundsException.class,
                    "index is 2",
                    store -> () -> store.structAt(2)),
            onStore(
                    "get the entity at position -1",
                    IndexOutOfBoundsException.class,
                    "index is -1",
                    store -> () -> store.entityAt(-1)),
            onStore("add an entity to a closed store", IllegalStateException.class, CLOSED, store -> {
                store.close();
                return () -> store.add(1);
            }),
            onStore("get an entity of a closed store", IllegalStateException.class, CLOSED, store -> {
                store.close();
                return () -> store.get(7);
            }),
            onStore(
                    "get an entity on another thread",
                    WrongThreadException.class,
                    "confined to",
                    store -> () -> Scene.onAnotherThread(() -> store.get(7))),
            Misuse.notFound("get and remove an entity that was removed", scene -> {
                ComponentStore store = store(scene);
                store.remove(7);
                return () -> {
                    assertThat(store.get(7)).isNull();
                    assertThat(store.positionOf(7)).isNegative();
                    assertThat(store.remove(7)).isFalse();
                    assertThat(store.size()).isEqualTo(1);
                };
            }));

    private interface OnVector {
        ThrowingCallable of(LongVector vector);
    }

    private static Misuse outOfBounds(String what, String message, OnVector program) {
        return onVector(what, IndexOutOfBoundsException.class, message, program);
    }

    private static Misuse onVector(
            String what, Class<? extends Throwable> exception, String message, OnVector program) {
        return Misuse.of(what, exception, message, scene -> {
            LongVector vector = scene.closedBeforeTheCheck(new LongVector(scene.allocator()));
            for (long value = 1; value <= 3; value++) {
                vector.append(value);
            }
            return program.of(vector);
        });
    }

    private static ConcurrentLongVector concurrent(Scene scene) {
        ConcurrentLongVector vector = scene.closedBeforeTheCheck(new ConcurrentLongVector(scene.allocator()));
        vector.append(1);
        return vector;
    }

    private interface OnStore {
        ThrowingCallable of(ComponentStore store);
    }

    private static Misuse onStore(String what, Class<? extends Throwable> exception, String message, OnStore program) {
        return Misuse.of(what, exception, message, scene -> program.of(store(scene)));
    }

    private static ComponentStore store(Scene scene) {
        ComponentStore store = scene.closedBeforeTheCheck(new ComponentStore(scene.allocator(), STRUCT));
        store.add(7);
        store.add(9);
        return store;
    }
}
