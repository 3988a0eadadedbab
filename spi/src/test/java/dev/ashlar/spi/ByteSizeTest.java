package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Byte sizes as text. */
class ByteSizeTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "4096, 4096",
        "17B, 17",
        "64KiB, 65536",
        "' 64 KiB ', 65536",
        "64kib, 65536",
        "1kB, 1000",
        "1KB, 1000",
        "8GB, 8000000000",
        "8G, 8589934592",
        "8g, 8589934592",
        "8GiB, 8589934592",
        "' 2 m ', 2097152",
        "64k, 65536",
        "none, 9223372036854775807",
        "' None', 9223372036854775807",
        "1.5 GiB, 1610612736",
        "2MiB, 2097152",
        "3MB, 3000000",
        "1TiB, 1099511627776",
        "1TB, 1000000000000",
        "1PiB, 1125899906842624",
        "1PB, 1000000000000000",
        "7EiB, 8070450532247928832",
        "9EB, 9000000000000000000",
        "9223372036854775807, 9223372036854775807"
    })
    void mustReadNumbersAndUnits(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "B", "-1", "-1KiB", "1Gi", "1X", "1 iB", "%", "-1%", "no", "1.KiB", ".5KiB", "1e3", "0x10",
                "1  KiB", "1KiB/s", "lots"
            })
    void mustRefuseWhatIsNoSizeAndListTheUnits(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse(text))
                .withMessageContaining("'" + text + "' is no byte size")
                .withMessageContaining("KiB, MiB, GiB")
                .withMessageContaining("none for no bound")
                .withMessageContaining("60%");
    }

    @Test
    void mustReadPartsOfTheMemoryThatThisProcessMayUse() {
        long all = ByteSize.parse("100%");

        assertThat(all).isGreaterThan(64L << 20).isEqualTo(ProcessMemory.now().bytes());
        assertThat(ByteSize.parse("60%")).isBetween(all / 100 * 60, all / 100 * 60 + 60);
        assertThat(ByteSize.parse(" 12.5 %")).isEqualTo(all / 8);
        assertThat(ByteSize.parse("0%")).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse("101%"))
                .withMessage("'101%' is too large: at most 100%");
    }

    @Test
    void mustWriteNoBoundAsNone() {
        assertThat(ByteSize.format(ByteSize.NONE)).isEqualTo("none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8EiB", "9223372036854775808", "10EB", "9999999999999999999EiB"})
    void mustRefuseWhatOverflows(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse(text))
                .withMessage("'" + text + "' is too large: at most 9223372036854775807 bytes");
    }

    @Test
    void mustRefuseParts() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse("1.3KiB"))
                .withMessage("'1.3KiB' is 1331.2 bytes, must be whole");
        assertThat(ByteSize.parse("1.25KiB")).isEqualTo(1280);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1000, 1000 B", "1024, 1 KiB", "1536, 1536 B", "65536, 64 KiB", "4611686018427387904, 4 EiB"})
    void mustWriteTheLargestUnitThatIsExact(long bytes, String text) {
        assertThat(ByteSize.format(bytes)).isEqualTo(text);
    }

    @Test
    void mustRefuseToWriteNegativeSizes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.format(-1))
                .withMessageContaining("-1");
    }

    @Property
    void mustReadBackWhatItWrites(
            @ForAll @LongRange(min = 0) long bytes, @ForAll @LongRange(min = 0, max = 62) long shift) {
        long byteSize = bytes >>> shift << shift;

        assertThat(ByteSize.parse(ByteSize.format(byteSize))).isEqualTo(byteSize);
    }
}
