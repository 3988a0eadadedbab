package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Inspectable;
import dev.ashlar.testkit.ChurnWorkload.Mix;
import dev.ashlar.testkit.TestThread.Kind;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The walk over everything that an allocator holds must agree with the recorder and the source. */
interface InspectionRules extends CapabilityRules {

    @Test
    default void rule10_mustTellInAWalkWhatIsThere() {
        whereDeclared(Inspectable.class, subject(AllocationException.NO_LIMIT, 1 << 20), (subject, inspectable) -> {
            assertExactWalk(subject, inspectable);
            ChurnWorkload churn = new ChurnWorkload(subject, Mix.EVERYTHING);
            for (int i = 0; i < 10; i++) {
                churn.run(200);
                assertExactWalk(subject, inspectable);
            }
            subject.freeEverything();
            assertExactWalk(subject, inspectable);
        });
    }

    /** Compares every part of a walk with the recorder and the source. */
    static void assertExactWalk(AllocatorUnderTest subject, Inspectable inspectable) {
        Walk walk = new Walk();
        inspectable.inspect(walk);
        Map<Long, Long> chunks = new TreeMap<>();
        for (MemorySegment chunk : subject.source().chunks()) {
            chunks.put(chunk.address(), chunk.byteSize());
        }
        assertThat(walk.chunks).as("chunks").isEqualTo(chunks);
        assertThat(walk.live.keySet())
                .as("live blocks")
                .containsExactlyElementsOf(subject.recorder().blocks().stream()
                        .map(MemorySegment::address)
                        .toList());
        walk.live.forEach((address, byteSize) ->
                assertThat(byteSize).isGreaterThanOrEqualTo(subject.recorder().byteSize(address)));
        assertThat(walk.live.values().stream().mapToLong(Long::longValue).sum())
                .as("allocated bytes")
                .isEqualTo(subject.stats().allocatedBytes());
        assertThat(walk.liveInSlabs).as("live slots of slabs").isLessThanOrEqualTo(walk.live.size());
        walk.assertDisjoint();
        assertThat(inspectable.externalFragmentation()).isBetween(0.0, 1.0);
        assertThat(inspectable.unusable(1)).isZero();
        assertThat(inspectable.unusable(Long.MAX_VALUE)).isIn(0.0, 1.0);
    }

    @Test
    default void rule10_mustNotFailInAWalkWhileThreadsWork() {
        whereDeclared(Inspectable.class, (subject, inspectable) -> {
            assumeFalse(
                    subject.isConfined(),
                    "limits() declares one thread; the rules of threads test that others are refused");
            TestThread.together(Kind.PLATFORM, 3, number -> {
                if (number > 0) {
                    new ChurnWorkload(subject, Mix.EVERYTHING).run(1_500);
                } else {
                    for (int i = 0; i < 50; i++) {
                        inspectable.inspect(new Walk());
                    }
                }
            });
            assertExactWalk(subject, inspectable);
        });
    }

    @Test
    default void rule09_mustRefuseAWalkAfterClose() {
        whereDeclared(Inspectable.class, (subject, inspectable) -> {
            subject.allocator().close();
            assertThatIllegalStateException().isThrownBy(() -> inspectable.inspect(new Walk()));
        });
    }

    /** Collects the parts of a walk. */
    final class Walk implements Inspectable.Visitor {
        private final Map<Long, Long> chunks = new TreeMap<>();
        private final Map<Long, Long> live = new TreeMap<>();
        private final Map<Long, Long> free = new TreeMap<>();
        private long liveInSlabs;

        @Override
        public void chunk(long address, long byteSize) {
            chunks.put(address, byteSize);
        }

        @Override
        public void slab(long address, long byteSize, long slotSize, int liveSlots) {
            liveInSlabs += liveSlots;
        }

        @Override
        public void live(long address, long byteSize) {
            live.put(address, byteSize);
        }

        @Override
        public void free(long address, long byteSize) {
            free.put(address, byteSize);
        }

        /** Live blocks and free runs lie in chunks, side by side. */
        void assertDisjoint() {
            TreeMap<Long, Long> parts = new TreeMap<>(live);
            free.forEach((address, byteSize) -> assertThat(parts.put(address, byteSize))
                    .as("two parts at 0x%x", address)
                    .isNull());
            long end = Long.MIN_VALUE;
            TreeMap<Long, Long> sorted = new TreeMap<>(chunks);
            for (Map.Entry<Long, Long> part : parts.entrySet()) {
                assertThat(part.getKey()).as("a part behind the one before it").isGreaterThanOrEqualTo(end);
                end = part.getKey() + part.getValue();
                Map.Entry<Long, Long> chunk = sorted.floorEntry(part.getKey());
                assertThat(chunk).as("chunk of the part at 0x%x", part.getKey()).isNotNull();
                assertThat(end).as("end of a part").isLessThanOrEqualTo(chunk.getKey() + chunk.getValue());
            }
        }
    }
}
