package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Properties of every table of size classes, compared with a search through its sizes. */
class SizeClassesProperties {

    @Property
    void classOfIsTheSmallestClassThatHoldsTheSize(@ForAll("tables") SizeClasses classes) {
        for (int size = 0; size <= classes.largest(); size++) {
            int sizeClass = classes.classOf(size);
            assertThat(size <= classes.size(sizeClass) && (sizeClass == 0 || size > classes.size(sizeClass - 1)))
                    .as("class %d (%d bytes) of size %d", sizeClass, classes.size(sizeClass), size)
                    .isTrue();
        }
    }

    @Property
    void alignedClassIsTheSmallestThatHoldsTheSizeAndIsAligned(
            @ForAll("tables") SizeClasses classes,
            @ForAll("fractions") double fraction,
            @ForAll("alignments") long alignment) {
        long size = (long) (fraction * classes.largest());

        int expected = IntStream.range(0, classes.count())
                .filter(sizeClass -> classes.size(sizeClass) >= size)
                .filter(sizeClass -> alignment <= SizeClasses.GRANULE || classes.size(sizeClass) % alignment == 0)
                .findFirst()
                .orElse(-1);

        assertThat(classes.classOf(size, alignment)).isEqualTo(expected);
    }

    @Property
    void sizesAscendInMultiplesOfTheGranule(@ForAll("tables") SizeClasses classes) {
        for (int sizeClass = 0; sizeClass < classes.count(); sizeClass++) {
            assertThat(classes.size(sizeClass) % SizeClasses.GRANULE).isZero();
            assertThat(classes.size(sizeClass)).isGreaterThan(sizeClass == 0 ? 0 : classes.size(sizeClass - 1));
        }
    }

    @Provide
    Arbitrary<Double> fractions() {
        return Arbitraries.doubles().between(0, 1);
    }

    @Provide
    Arbitrary<Long> alignments() {
        return Arbitraries.integers().between(0, 17).map(power -> 1L << power);
    }

    @Provide
    Arbitrary<SizeClasses> tables() {
        Arbitrary<SizeClasses> spaced = Arbitraries.of(4, 8, 16)
                .flatMap(perDoubling -> Arbitraries.integers()
                        .between(7, 16)
                        .map(power -> SizeClasses.perDoubling(perDoubling, 1 << power)));
        Arbitrary<SizeClasses> given = Arbitraries.integers()
                .between(1, SizeClasses.MAX_SIZE / SizeClasses.GRANULE)
                .set()
                .ofMinSize(1)
                .ofMaxSize(256)
                .map(granules -> SizeClasses.of(granules.stream()
                        .sorted()
                        .mapToInt(granule -> granule * SizeClasses.GRANULE)
                        .toArray()));
        return Arbitraries.oneOf(spaced, given).withoutEdgeCases();
    }

    @Property
    void mustKeepEveryNumberWhenATableReplacesAnother(
            @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 1, max = 8191) Integer> first,
            @ForAll @Size(max = 20) List<@IntRange(min = 1, max = 8191) Integer> second,
            @ForAll @IntRange(max = SizeClasses.MAX_SIZE) int byteSize,
            @ForAll @IntRange(max = 6) int alignmentShift) {
        int[] before = ascending(first);
        int[] after = ascending(second);
        SizeClasses table = SizeClasses.of(before);

        SizeClasses replaced = table.replacedBy(after);

        SizeClasses alone = SizeClasses.of(after);
        for (int i = 0; i < table.count(); i++) {
            assertThat(replaced.size(i)).isEqualTo(table.size(i));
        }
        assertThat(replaced.sizes()).isEqualTo(after);
        assertThat(replaced.size(replaced.classOf(byteSize))).isEqualTo(alone.size(alone.classOf(byteSize)));
        long alignment = 1L << alignmentShift;
        assertThat(replaced.size(replaced.classOf(byteSize, alignment)))
                .isEqualTo(alone.size(alone.classOf(byteSize, alignment)));
    }

    private static int[] ascending(List<Integer> granules) {
        return IntStream.concat(
                        granules.stream().mapToInt(granule -> granule * SizeClasses.GRANULE),
                        IntStream.of(SizeClasses.MAX_SIZE))
                .sorted()
                .distinct()
                .toArray();
    }
}
