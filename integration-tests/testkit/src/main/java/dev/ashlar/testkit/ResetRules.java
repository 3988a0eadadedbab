package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.Mark;
import dev.ashlar.api.Resettable.ResetMode.GiveBack;
import dev.ashlar.api.Resettable.ResetMode.KeepMemory;
import dev.ashlar.api.Resettable.ResetMode.KeepUpTo;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Blocks freed by position. */
interface ResetRules extends CapabilityRules {

    @Test
    default void resettable_mustFreeWhatWasAllocatedSinceAMark() {
        whereDeclared(Resettable.class, (subject, resettable) -> {
            subject.allocateMany(100, 100);
            Mark outer = resettable.mark();
            List<MemorySegment> middle = subject.allocateMany(300, 1000);
            Mark inner = resettable.mark();
            List<MemorySegment> last = subject.allocateMany(50, 64);
            last.forEach(subject.recorder()::givenBack);
            resettable.rewind(inner);
            StatisticsRules.assertEqualWalk(subject);
            subject.allocateMany(20, 64).forEach(subject.recorder()::givenBack); // may lie where `last` did
            subject.recorder().checkContents();
            middle.forEach(subject.recorder()::givenBack);
            resettable.rewind(outer);
            StatisticsRules.assertEqualWalk(subject);
            subject.allocateMany(20, 500);
            subject.recorder().checkContents();
            subject.freeEverything();
        });
    }

    @Test
    default void resettable_mustRewindToAMarkManyTimes() {
        whereDeclared(Resettable.class, (subject, resettable) -> {
            subject.allocate(10);
            Mark mark = resettable.mark();
            for (int i = 0; i < 100; i++) {
                List<MemorySegment> blocks = subject.allocateMany(30, 1000);
                blocks.forEach(subject.recorder()::givenBack);
                resettable.rewind(mark);
                assertThat(subject.stats().liveBlocks()).isEqualTo(1);
            }
            assertThat(subject.source().peakBytes())
                    .as("peak of a hundred rounds of 30,000 bytes each")
                    .isLessThan(50 * 30_000);
        });
    }

    @Test
    default void resettable_mustRefuseMarksThatAreNotValid() {
        whereDeclared(Resettable.class, (subject, resettable) -> {
            Mark outer = resettable.mark();
            subject.allocate(100);
            Mark inner = resettable.mark();
            subject.recorder().forgetAll();
            resettable.rewind(outer);
            assertThatIllegalArgumentException().isThrownBy(() -> resettable.rewind(inner));
            assertThatIllegalArgumentException().isThrownBy(() -> resettable.rewind(new Mark() {}));
            try (AllocatorUnderTest other = subject()) {
                Mark others = other.capability(Resettable.class).mark();
                assertThatIllegalArgumentException().isThrownBy(() -> resettable.rewind(others));
            }
            Mark before = resettable.mark();
            subject.allocate(8);
            subject.recorder().forgetAll();
            resettable.reset(new KeepMemory());
            assertThat(subject.stats().liveBlocks()).isZero();
            assertThat(before).isNotNull();
        });
    }

    @Test
    default void resettable_mustKeepWhatTheModeOfTheResetSays() {
        whereDeclared(Resettable.class, (subject, resettable) -> {
            fillAndForget(subject);
            long open = subject.source().openBytes();
            resettable.reset(new KeepMemory());
            assertThat(subject.source().openBytes()).as("KeepMemory").isEqualTo(open);
            StatisticsRules.assertEqualWalk(subject);
            fillAndForget(subject);
            assertThat(subject.source().openBytes()).as("the same blocks again").isEqualTo(open);
            resettable.reset(new KeepUpTo(open));
            assertThat(subject.source().openBytes()).as("KeepUpTo what is open").isEqualTo(open);
            resettable.reset(new KeepUpTo(open / 2));
            assertThat(subject.source().openBytes()).as("KeepUpTo").isLessThanOrEqualTo(open / 2);
            fillAndForget(subject);
            resettable.reset(new GiveBack());
            assertThat(subject.source().openBytes()).as("GiveBack").isZero();
            StatisticsRules.assertEqualWalk(subject);
            subject.allocate(100);
        });
    }

    private static void fillAndForget(AllocatorUnderTest subject) {
        subject.allocateMany(800, 1000);
        subject.recorder().checkContents();
        subject.recorder().forgetAll();
    }
}
