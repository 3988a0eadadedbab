package dev.ashlar.lockfree.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.lockfree.internal.MagazineSize.Window;
import dev.ashlar.spi.support.SizeClasses;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The policy that says how large magazines are. */
class MagazineSizeTest {

    private static final MagazineSize SIZE = MagazineSize.of(64, 64);

    @Test
    void mustGrowWhereThreadsMeetAtTheDepot() {
        assertThat(SIZE.next(64, new Window(128, 17, 0, 0))).isEqualTo(128);
        assertThat(SIZE.next(256, new Window(128, 128, 0, 0))).isEqualTo(256);
    }

    @Test
    void mustGrowWhereTheLoadSwingsByMoreThanMagazinesHold() {
        assertThat(SIZE.next(64, new Window(128, 0, 40, 40))).isEqualTo(128);
    }

    @Test
    void mustShrinkWhereMemoryOnlyComesBack() {
        assertThat(SIZE.next(64, new Window(128, 0, 0, 100))).isEqualTo(32);
        assertThat(SIZE.next(8, new Window(128, 0, 0, 100))).isEqualTo(8);
    }

    @Test
    void mustNotGrowWhereMemoryIsOnlyTaken() {
        assertThat(SIZE.next(64, new Window(128, 0, 128, 0))).isEqualTo(64);
    }

    @Test
    void mustReturnToWhatIsConfiguredWhenNothingHappens() {
        Window quiet = new Window(128, 0, 0, 0);
        assertThat(SIZE.next(256, quiet)).isEqualTo(128);
        assertThat(SIZE.next(64, quiet)).isEqualTo(64);
        assertThat(SIZE.next(8, quiet)).isEqualTo(16);
        assertThat(SIZE.next(100, new Window(128, 5, 0, 0)))
                .as("a little contention")
                .isEqualTo(100);
    }

    @Property
    void mustStayWithinItsBounds(
            @ForAll @IntRange(min = 1, max = 1024) int configured,
            @ForAll @IntRange(min = 1, max = SizeClasses.MAX_SIZE / SizeClasses.GRANULE) int granules,
            @ForAll @IntRange(min = 0, max = 200) int retries,
            @ForAll @IntRange(min = 0, max = 128) int underflows,
            @ForAll @IntRange(min = 0, max = 128) int overflows) {
        int slotSize = granules * SizeClasses.GRANULE;
        MagazineSize size = MagazineSize.of(configured, slotSize);
        int rounds = size.initial();
        for (int i = 0; i < 20; i++) {
            rounds = size.next(rounds, new Window(128, retries, underflows, overflows));
            assertThat(rounds).isBetween(1, 4 * configured);
            assertThat((long) rounds * slotSize)
                    .as("bytes of a magazine")
                    .isLessThanOrEqualTo(Math.max(slotSize, MagazineSize.LARGEST_BYTES));
        }
    }
}
