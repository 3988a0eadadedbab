package dev.ashlar.heap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The bounds of entries: how often one is used, how often a block is pinned, how large the table is. */
class HandleTableTest {

    private final HandleTable table = new HandleTable();

    private void free(Handle handle) {
        assertThat(table.free(handle)).isPositive();
        table.release(handle);
    }

    @Test
    void mustNeverUseAHandleTwice() {
        Set<Handle> seen = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            Handle handle = table.add(8, 8);
            assertThat(seen.add(handle)).as("the handle of allocation %s", i).isTrue();
            free(handle);
            assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> table.pin(handle));
        }
        assertThat(table.used()).as("entries for 4,095 allocations each").isEqualTo(5);
    }

    @Test
    void mustKeepTheFirstAndTheLastAddress() {
        for (long address : new long[] {8, 4096, HandleTable.LARGEST_ADDRESS}) {
            Handle handle = table.add(address, 0xFFFF_FFFFL);
            assertThat(table.pin(handle)).isEqualTo(address);
            assertThat(table.byteSize(handle)).isEqualTo(0xFFFF_FFFFL);
            assertThat(table.unpin(handle)).isZero();
        }
    }

    @Test
    void mustCountPinsUpToTheMost() {
        Handle handle = table.add(8, 8);
        for (int pin = 0; pin < HandleTable.MOST_PINS; pin++) {
            table.pin(handle);
        }
        assertThatIllegalStateException().isThrownBy(() -> table.pin(handle)).withMessageContaining("pinned 62 times");
        assertThat(table.takeAlone(handle)).as("while it is pinned").isZero();
        for (int pin = 0; pin < HandleTable.MOST_PINS; pin++) {
            assertThat(table.unpin(handle)).isZero();
        }
        assertThat(table.takeAlone(handle)).isEqualTo(8);
        table.leave(handle, 16, 24);
        assertThat(table.pin(handle)).isEqualTo(16);
        assertThat(table.byteSize(handle)).isEqualTo(24);
    }

    @Test
    void mustReleaseAPinnedBlockWithItsLastPin() {
        Handle handle = table.add(8, 8);
        table.pin(handle);
        table.pin(handle);
        assertThat(table.free(handle)).as("at the free").isZero();
        assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> table.free(handle));
        assertThat(table.unpin(handle)).as("with one pin left").isZero();
        assertThat(table.unpin(handle)).isEqualTo(8);
    }

    @Test
    void mustTakeTwelveBytesForABlock() {
        List<Handle> handles = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            handles.add(table.add(8L * i + 8, i));
        }
        assertThat(table.byteSize()).isBetween(12L * 100_000, 12L * 102_000);
        for (int i = 0; i < handles.size(); i++) {
            assertThat(table.addressAt(i)).isEqualTo(8L * i + 8);
            assertThat(table.handleAt(i)).isEqualTo(handles.get(i));
        }
        handles.forEach(this::free);
        assertThat(table.countFree()).isEqualTo(100_000);
        table.add(8, 8);
        assertThat(table.used()).as("entries are used again").isEqualTo(100_000);
    }

    @Test
    void mustRefuseHandlesThatItNeverMade() {
        long made = table.add(8, 8).bits();
        for (long bits : new long[] {-1, 1, Integer.MAX_VALUE, made + 1, made + (1L << 32), made ^ (1L << 63)}) {
            Handle foreign = new Handle(bits);
            assertThatExceptionOfType(StaleHandleException.class)
                    .isThrownBy(() -> table.pin(foreign))
                    .withMessageContaining("another heap");
        }
    }

    /** It has the same entry, which was used as often. */
    @Test
    void mustRefuseAHandleOfAnotherHeap() {
        Handle handle = table.add(8, 8);
        HandleTable other = new HandleTable();
        Handle foreign = other.add(8, 8);
        assertThat(foreign.index()).isEqualTo(handle.index());
        assertThat(foreign.generation()).isEqualTo(handle.generation());
        assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> table.pin(foreign));
        assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> table.free(foreign));
        assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> table.takeAlone(foreign));
        assertThat(table.pin(handle)).isEqualTo(8);
        assertThat(other.pin(foreign)).isEqualTo(8);
    }

    @Test
    void mustRefuseAHandleWithTheGenerationOfAFreeEntry() {
        Handle freed = table.add(8, 8);
        free(freed);
        Handle forged = new Handle(freed.bits() + (1L << 32));
        assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> table.pin(forged));
    }
}
