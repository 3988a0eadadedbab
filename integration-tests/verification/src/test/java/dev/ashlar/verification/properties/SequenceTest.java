package dev.ashlar.verification.properties;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.verification.properties.Step.Bad;
import dev.ashlar.verification.properties.Step.Misuse;
import dev.ashlar.verification.properties.Step.Way;
import java.util.List;
import org.junit.jupiter.api.Test;

class SequenceTest {

    /** What is asserted is the code above it. */
    @Test
    void mustBePrintedAsTheCodeThatMakesIt() {
        Sequence sequence = new Sequence(
                new Step.Allocate(Way.TRY_ALLOCATE, new Request(7L, 8L)),
                new Step.AllocateList(List.of(1L, 2L), 16L),
                new Step.FreeAll(List.of()),
                new Step.FreeBad(Bad.INTERIOR, Misuse.FREE, 3),
                new Step.Free(0, true),
                new Step.Trim());
        assertThat(sequence).hasToString("""
                new Sequence(
                        new Step.Allocate(Way.TRY_ALLOCATE, new Request(7L, 8L)),
                        new Step.AllocateList(List.of(1L, 2L), 16L),
                        new Step.FreeAll(List.of()),
                        new Step.FreeBad(Bad.INTERIOR, Misuse.FREE, 3),
                        new Step.Free(0, true),
                        new Step.Trim())""");
    }

    @Test
    void mustRunAsATestAndNameTheStepThatFailed() {
        Sequence sequence = new Sequence(
                new Step.Allocate(Way.ALLOCATE, new Request(8L, 8L)),
                new Step.RunDry(),
                new Step.FillAndReplace(new Request(64L, 8L), 0));
        for (Subject.Kind kind : Subjects.strategies()) {
            try (Model model = new Model(kind.create(0), true)) {
                model.run(new Sequence(sequence.steps().subList(0, 2)));
                Ending.finish(kind, model);
            }
        }
        Subject.Kind first = Subjects.strategies().getFirst();
        try (Model model = new Model(first.create(0), false)) {
            assertThatThrownBy(() -> model.run(sequence))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith("of " + first + ", at new Step.FillAndReplace(new Request(64L, 8L), 0): ");
        }
    }

    /** Found by the properties. */
    @Test
    void mustSayThatAResizedBlockIsAPartOfALargeOneInAnyComposition() {
        Sequence sequence = new Sequence(
                new Step.Allocate(Way.ALLOCATE, new Request(65537L, 1L)),
                new Step.Allocate(Way.ALLOCATE, new Request(0L, 1L)),
                new Step.FreeBad(Bad.INTERIOR, Misuse.RESIZE, 0));
        for (Subject.Kind kind : Subjects.compositions()) {
            try (Model model = new Model(kind.create(1 << 20), false)) {
                model.run(sequence);
                Ending.finish(kind, model);
            }
        }
    }

    /** Found by the properties: a first attempt takes a chunk for a part of a batch, and a second one serves all. */
    @Test
    void mustTellNoMoreMissesOfABatchThanItTakesChunksInAllAttempts() {
        Sequence sequence = new Sequence(
                new Step.RefuseTake(3),
                new Step.Allocate(Way.ALLOCATE, new Request(1L, 1L)),
                new Step.AllocateMany(new Request(32769L, 1L), 3),
                new Step.Allocate(Way.ALLOCATE, new Request(0L, 1L)));
        for (Subject.Kind kind : Subjects.compositions()) {
            try (Model model = new Model(kind.create(1 << 20), true)) {
                model.run(sequence);
                Ending.finish(kind, model);
            }
        }
    }

    /** Found by the properties: all memory under the limit is retained, in chunks too small for the next request. */
    @Test
    void mustReleaseRetainedChunksForARequestThatIsTooLargeForThem() {
        Sequence sequence = new Sequence(
                new Step.FillAndReplace(new Request(2048L, 1L), 0),
                new Step.SetRetained(1 << 20),
                new Step.Allocate(Way.ADDRESS, new Request(65535L, 2L)));
        for (Subject.Kind kind : Subjects.strategies()) {
            try (Model model = new Model(kind.create(6 * 64 * 1024, 64 * 1024), true)) {
                model.run(sequence);
                Ending.finish(kind, model);
            }
        }
    }
}
