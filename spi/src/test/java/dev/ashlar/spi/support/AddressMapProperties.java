package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The map against a map of granules. */
class AddressMapProperties {

    private static final int GRANULE = 4096;

    /** Granules that have a leaf together. */
    private static final int LEAF = 256;

    private static final int CHUNKS = 40;

    /** A chunk and a slab in it: how many granules from its start, and how many it takes. */
    record Step(int kind, int chunk, int from, int granules) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 4),
                        Arbitraries.integers().between(0, CHUNKS - 1),
                        Arbitraries.integers().between(0, 15),
                        Arbitraries.integers().between(1, 16))
                .as(Step::new)
                .list()
                .ofMaxSize(300);
    }

    /** Chunks of 16 granules: some share a leaf, one crosses from one leaf into the next, some are far away. */
    private static long addressOf(int chunk) {
        long place = chunk < 20 ? chunk * 16L + 8 : chunk * 1_000_003L * 16;
        return 0x7f00_0000_0000L + place * GRANULE;
    }

    /** A range that ends where a leaf ends does not use the next leaf. */
    @Example
    void mustKeepTheNextLeafWhenARangeEndsBeforeIt() {
        AddressMap<String> map = new AddressMap<>(GRANULE);
        long leaf = (long) LEAF * GRANULE;
        long first = 64 * leaf;
        map.cover(first, leaf);
        map.cover(first + leaf, leaf);
        map.put(first + leaf, GRANULE, "next");

        map.uncover(first, leaf);
        for (int i = 2; i < 20; i++) { // tables are replaced, and drop leaves that no range uses
            map.cover(first + i * leaf, leaf);
            map.uncover(first + i * leaf, leaf);
        }

        assertThat(map.get(first + leaf)).isEqualTo("next");
    }

    @Property
    void mustFindWhatWasPut(@ForAll("steps") List<Step> steps) {
        AddressMap<String> map = new AddressMap<>(GRANULE);
        boolean[] covered = new boolean[CHUNKS];
        Map<Long, String> model = new HashMap<>();
        for (Step step : steps) {
            long chunk = addressOf(step.chunk);
            long from = chunk + (long) step.from * GRANULE;
            long size = Math.min(step.granules, 16 - step.from) * (long) GRANULE;
            switch (step.kind) {
                case 0 -> {
                    if (!covered[step.chunk]) {
                        map.cover(chunk, 16 * GRANULE);
                        covered[step.chunk] = true;
                    }
                }
                case 1 -> {
                    if (covered[step.chunk]) {
                        map.remove(chunk, 16 * GRANULE);
                        map.uncover(chunk, 16 * GRANULE);
                        covered[step.chunk] = false;
                        forget(model, chunk, 16 * GRANULE);
                    }
                }
                case 2 -> {
                    if (covered[step.chunk]) {
                        map.remove(from, size);
                        forget(model, from, size);
                    }
                }
                default -> {
                    if (covered[step.chunk]) {
                        String value = "value " + model.size();
                        map.put(from, size, value);
                        for (long address = from; address < from + size; address += GRANULE) {
                            model.put(address, value);
                        }
                    }
                }
            }
        }
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            for (int granule = -1; granule <= 16; granule++) {
                long address = addressOf(chunk) + (long) granule * GRANULE;
                String expected = model.get(address);
                assertThat(map.get(address)).isEqualTo(expected);
                assertThat(map.get(address + GRANULE - 1)).isEqualTo(expected);
                assertThat(map.getOwned(address + 1)).isEqualTo(expected);
            }
        }
        for (long anywhere : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThat(map.get(anywhere)).isNull();
            assertThat(map.getOwned(anywhere)).isNull();
        }
    }

    private static void forget(Map<Long, String> model, long from, long size) {
        for (long address = from; address < from + size; address += GRANULE) {
            model.remove(address);
        }
    }

    @Example
    void mustRefuseWhatIsNoGranuleAndWhatIsNotCovered() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AddressMap<>(3000))
                .withMessageContaining("3000");
        AddressMap<String> map = new AddressMap<>(GRANULE);
        assertThatIllegalStateException()
                .isThrownBy(() -> map.put(16 * GRANULE, GRANULE, "x"))
                .withMessageContaining("0x10000");
    }

    /** What comes and goes must not stay on the heap, and what stays must not be copied over and over. */
    @Example
    void mustTakeMemoryForWhatIsCoveredOnly() {
        AddressMap<String> map = new AddressMap<>(GRANULE);
        long empty = map.metadataBytes();
        long leaf = LEAF * (long) GRANULE;
        for (long i = 1; i <= 10_000; i++) {
            map.cover(i * leaf, leaf);
            if (i > 10) {
                map.uncover((i - 10) * leaf, leaf);
            }
            assertThat(map.metadataBytes()).isLessThan(empty + 100 * (LEAF * 4L + 100));
        }
    }

    /** Each thread covers, puts and finds ranges of its own while the table is replaced by others. */
    @Property(tries = 10)
    void mustShowAThreadWhatItPutWhileOthersChangeTheTable(@ForAll long seed) throws InterruptedException {
        AddressMap<Integer> map = new AddressMap<>(GRANULE);
        List<Thread> threads = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (int number = 1; number <= 4; number++) {
            int thread = number;
            threads.add(Thread.ofPlatform().start(() -> {
                Random random = new Random(seed + thread);
                for (int round = 0; round < 500; round++) {
                    long base = ((long) thread << 40) + random.nextInt(1 << 20) * (long) LEAF * GRANULE;
                    map.cover(base, 64 * GRANULE);
                    map.put(base, 64 * GRANULE, round);
                    Integer owned = map.getOwned(base + 63 * GRANULE);
                    Integer any = map.get(base + 17);
                    if (owned == null || owned != round || any == null || any != round) {
                        synchronized (failures) {
                            failures.add("thread " + thread + ", round " + round + ": " + owned + ", " + any);
                        }
                    }
                    map.remove(base, 64 * GRANULE);
                    map.uncover(base, 64 * GRANULE);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }
}
