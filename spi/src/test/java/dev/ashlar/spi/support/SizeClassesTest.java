package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of size classes: their sizes, their waste, and refused tables. */
class SizeClassesTest {

    private static int[] sizesOf(SizeClasses classes) {
        return IntStream.range(0, classes.count()).map(classes::size).toArray();
    }

    @Test
    void mustSpaceClassesEvenlyWithinADoubling() {
        assertThat(sizesOf(SizeClasses.perDoubling(4, 512)))
                .containsExactly(
                        8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, //
                        160, 192, 224, 256, 320, 384, 448, 512);
        assertThat(sizesOf(SizeClasses.perDoubling(16, 256)))
                .endsWith(128, 136, 144, 152, 160, 168, 176, 184, 192, 200, 208, 216, 224, 232, 240, 248, 256);
        assertThat(SizeClasses.perDoubling(8, 128).count()).isEqualTo(16);
        assertThat(SizeClasses.perDoubling(16, SizeClasses.MAX_SIZE).largest()).isEqualTo(65536);
    }

    /** Uniform sizes from 129 bytes to 64 KiB: allocated over requested bytes. */
    @ParameterizedTest
    @CsvSource({"4, 0.200, 0.082", "8, 0.111, 0.042", "16, 0.059, 0.021"})
    void mustWasteNoMoreThanPromised(int perDoubling, double worst, double mean) {
        SizeClasses classes = SizeClasses.perDoubling(perDoubling, SizeClasses.MAX_SIZE);
        long requested = 0;
        long allocated = 0;
        double worstSeen = 0;
        for (int size = 129; size <= SizeClasses.MAX_SIZE; size++) {
            int given = classes.size(classes.classOf(size));
            requested += size;
            allocated += given;
            worstSeen = Math.max(worstSeen, 1 - (double) size / given);
        }

        assertThat(worstSeen).isLessThan(1.0 / (perDoubling + 1)).isCloseTo(worst, within(0.001));
        assertThat((double) allocated / requested - 1).isCloseTo(mean, within(0.002));
    }

    @Test
    void mustFindAlignedClasses() {
        SizeClasses classes = SizeClasses.perDoubling(8, 16384);

        assertThat(classes.size(classes.classOf(1, 1))).isEqualTo(8);
        assertThat(classes.size(classes.classOf(0, 16))).isEqualTo(16);
        assertThat(classes.size(classes.classOf(100, 64))).isEqualTo(128);
        assertThat(classes.size(classes.classOf(129, 64))).isEqualTo(192);
        assertThat(classes.size(classes.classOf(1, 4096))).isEqualTo(4096);
        assertThat(classes.classOf(1, 32768)).isEqualTo(-1);
        assertThat(SizeClasses.of(8, 24, 40).classOf(1, 16)).isEqualTo(-1);
    }

    @Test
    void mustHoldUpTo256GivenSizes() {
        int[] sizes = IntStream.rangeClosed(1, 256).map(i -> i * 8).toArray();
        SizeClasses classes = SizeClasses.of(sizes);
        sizes[0] = 4096; // a copy was taken

        assertThat(classes.count()).isEqualTo(256);
        assertThat(classes.size(0)).isEqualTo(8);
        assertThat(classes.classOf(2048)).isEqualTo(255);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 5, 32, -8})
    void mustRefuseOtherSpacings(int perDoubling) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SizeClasses.perDoubling(perDoubling, 1024))
                .withMessage("classesPerDoubling is " + perDoubling + ", must be 4, 8 or 16");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64, 129, 1000, 131072, Integer.MIN_VALUE})
    void mustRefuseOtherLargestSizes(int largest) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SizeClasses.perDoubling(8, largest))
                .withMessage("largest size is " + largest + ", must be a power of two from 128 to 65536");
    }

    @Test
    void mustNameTheFirstSizeThatIsWrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(SizeClasses::of)
                .withMessage("0 size classes, must be 1 to 256");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SizeClasses.of(new int[257]))
                .withMessage("257 size classes, must be 1 to 256");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SizeClasses.of(0))
                .withMessage("size class 0 is 0, must be a multiple of 8 from 8 to 65536");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SizeClasses.of(16, 20))
                .withMessage("size class 1 is 20, must be a multiple of 8 from 24 to 65536");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SizeClasses.of(16, 16))
                .withMessageContaining("size class 1 is 16");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SizeClasses.of(65536, 65544))
                .withMessageContaining("size class 1 is 65544");
    }

    @Test
    void mustSayWhatSizesItHas() {
        assertThat(SizeClasses.of(8, 16)).hasToString("2 size classes from 8 to 16 bytes");
    }

    @Test
    void mustTakeLittleMemoryItself() {
        assertThat(SizeClasses.perDoubling(8, SizeClasses.MAX_SIZE).metadataBytes())
                .isLessThan(1100);
    }

    @Test
    void mustLookUpSizesThatTheCoarseTableCannotTellApart() {
        SizeClasses uneven = SizeClasses.of(1024, 1032, 2048, 2056);
        assertThat(uneven.size(uneven.classOf(1025))).isEqualTo(1032);
        assertThat(uneven.size(uneven.classOf(1033))).isEqualTo(2048);
        assertThat(uneven.size(uneven.classOf(2049))).isEqualTo(2056);
    }
}
