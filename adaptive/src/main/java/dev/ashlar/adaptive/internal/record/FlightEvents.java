package dev.ashlar.adaptive.internal.record;

import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.StackTrace;
import jdk.jfr.Throttle;
import org.jspecify.annotations.Nullable;

/**
 * The events that the flight recorder gets. Their names and fields are what users write into settings and queries, so they
 * stay as they are.
 */
final class FlightEvents {

    private FlightEvents() {}

    /** What all of them are: of one category, and instants. */
    @Category("Ashlar")
    @StackTrace(false)
    abstract static class AllocatorRecord extends Event {}

    /** A chunk. */
    abstract static class ChunkRecord extends AllocatorRecord {
        @Label("Tier")
        final String tier;

        @Label("Size")
        @DataAmount
        final long size;

        @Label("Committed Then")
        @DataAmount
        final long committed;

        ChunkRecord(String tier, long size, long committed) {
            this.tier = tier;
            this.size = size;
            this.committed = committed;
        }
    }

    /** {@link AllocatorEvent.ChunkTaken}, with the stack of who needed it. */
    @Name("dev.ashlar.ChunkTaken")
    @Label("Chunk Taken")
    @Description("A chunk was taken from the memory source")
    @StackTrace
    static final class ChunkTaken extends ChunkRecord {
        ChunkTaken(AllocatorEvent.ChunkTaken event) {
            super(event.tier(), event.byteSize(), event.committedBytes());
        }
    }

    /** {@link AllocatorEvent.ChunkReturned}. */
    @Name("dev.ashlar.ChunkReturned")
    @Label("Chunk Returned")
    @Description("A chunk went back to the memory source")
    static final class ChunkReturned extends ChunkRecord {
        ChunkReturned(AllocatorEvent.ChunkReturned event) {
            super(event.tier(), event.byteSize(), event.committedBytes());
        }
    }

    /** {@link AllocatorEvent.CapacityResized}. */
    @Name("dev.ashlar.CapacityResized")
    @Label("Capacity Resized")
    @Description("How much a tier (bytes) or a pool (objects) keeps ready has changed")
    static final class CapacityResized extends AllocatorRecord {
        @Label("Tier or Pool")
        final String what;

        @Label("From")
        final long from;

        @Label("To")
        final long to;

        @Label("Hit Rate")
        @Percentage
        final double hitRate;

        @Label("In Use")
        final long inUse;

        CapacityResized(AllocatorEvent.CapacityResized event) {
            what = event.what();
            from = event.from();
            to = event.to();
            hitRate = event.hitRate();
            inUse = event.inUse();
        }
    }

    /** {@link AllocatorEvent.TableSwitched}. */
    @Name("dev.ashlar.ClassTableSwitched")
    @Label("Class Table Switched")
    @Description("New blocks of a tier use another table of size classes")
    static final class ClassTableSwitched extends AllocatorRecord {
        @Label("Tier")
        final String tier;

        @Label("Sizes")
        final String sizes;

        @Label("Waste Before")
        @Percentage
        final double wasteBefore;

        @Label("Waste Now")
        @Percentage
        final double wasteNow;

        @Label("Requests")
        final long requests;

        ClassTableSwitched(AllocatorEvent.TableSwitched event) {
            tier = event.tier();
            sizes = event.sizes().toString();
            wasteBefore = event.wasteBefore();
            wasteNow = event.wasteNow();
            requests = event.samples();
        }
    }

    /** {@link AllocatorEvent.LargeBlocksRerouted}. */
    @Name("dev.ashlar.LargeBlocksRerouted")
    @Label("Large Blocks Rerouted")
    @Description("Large blocks have become frequent, or rare again")
    static final class LargeBlocksRerouted extends AllocatorRecord {
        @Label("Tier")
        final String tier;

        @Label("Served By")
        final String by;

        LargeBlocksRerouted(AllocatorEvent.LargeBlocksRerouted event) {
            tier = event.tier();
            by = event.by();
        }
    }

    /** {@link AllocatorEvent.IdleReturned}. */
    @Name("dev.ashlar.IdleMemoryReturned")
    @Label("Idle Memory Returned")
    @Description("Memory that nobody came back for went upstream")
    static final class IdleMemoryReturned extends AllocatorRecord {
        @Label("Tier")
        final String tier;

        @Label("Size")
        @DataAmount
        final long size;

        @Label("Kept")
        @DataAmount
        final long kept;

        IdleMemoryReturned(AllocatorEvent.IdleReturned event) {
            tier = event.tier();
            size = event.bytes();
            kept = event.keptBytes();
        }
    }

    /** {@link AllocatorEvent.PressureReached}. */
    @Name("dev.ashlar.MemoryPressure")
    @Label("Memory Pressure")
    @Description("More is committed than the soft limit allows")
    static final class MemoryPressure extends AllocatorRecord {
        @Label("Committed")
        @DataAmount
        final long committed;

        @Label("Limit")
        @DataAmount
        final long limit;

        MemoryPressure(AllocatorEvent.PressureReached event) {
            committed = event.committedBytes();
            limit = event.limitBytes();
        }
    }

    /**
     * {@link AllocatorEvent.AlertRaised} and {@link AllocatorEvent.AlertEnded}.
     */
    @Name("dev.ashlar.Alert")
    @Label("Alert")
    @Description("A figure passed its threshold, or came back")
    static final class AlertChanged extends AllocatorRecord {
        @Label("Alert")
        final String alert;

        @Label("Of")
        final String what;

        @Label("Figure")
        final double figure;

        @Label("Raised")
        final boolean raised;

        AlertChanged(Alert alert, String what, double figure, boolean raised) {
            this.alert = alert.name();
            this.what = what;
            this.figure = figure;
            this.raised = raised;
        }
    }

    /** {@link AllocatorEvent.AllocationFailed}, with the stack of who asked. */
    @Name("dev.ashlar.AllocationFailed")
    @Label("Allocation Failed")
    @Description("A request could not be served")
    @StackTrace
    static final class AllocationFailed extends AllocatorRecord {
        @Label("Size")
        @DataAmount
        final long size;

        @Label("Alignment")
        final long alignment;

        @Label("Committed")
        @DataAmount
        final long committed;

        @Label("Limit")
        @DataAmount
        final long limit;

        AllocationFailed(AllocatorEvent.AllocationFailed event) {
            size = event.byteSize();
            alignment = event.byteAlignment();
            committed = event.committedBytes();
            limit = event.limitBytes();
        }
    }

    /** A request out of many. Off unless a recording asks for it. */
    @Name("dev.ashlar.AllocationSample")
    @Label("Allocation Sample")
    @Description("A request, of those that are made while the allocator counts sizes")
    @Enabled(false)
    @StackTrace
    @Throttle("300/s")
    static final class AllocationSample extends AllocatorRecord {
        @Label("Size")
        @DataAmount
        long size;

        @Label("Tag")
        @Nullable String tag;
    }
}
