package dev.ashlar.adaptive.internal.record;

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

    /** {@link dev.ashlar.adaptive.AllocatorEvent.ChunkTaken}, with the stack of who needed it. */
    @Name("dev.ashlar.ChunkTaken")
    @Label("Chunk Taken")
    @Description("A chunk was taken from the memory source")
    @StackTrace
    static final class ChunkTaken extends AllocatorRecord {
        @Label("Tier")
        @Nullable String tier;

        @Label("Size")
        @DataAmount
        long size;

        @Label("Committed Then")
        @DataAmount
        long committed;
    }

    /** {@link dev.ashlar.adaptive.AllocatorEvent.ChunkReturned}. */
    @Name("dev.ashlar.ChunkReturned")
    @Label("Chunk Returned")
    @Description("A chunk went back to the memory source")
    static final class ChunkReturned extends AllocatorRecord {
        @Label("Tier")
        @Nullable String tier;

        @Label("Size")
        @DataAmount
        long size;

        @Label("Committed Then")
        @DataAmount
        long committed;
    }

    /** {@link dev.ashlar.adaptive.AllocatorEvent.CapacityResized}. */
    @Name("dev.ashlar.CapacityResized")
    @Label("Capacity Resized")
    @Description("How much a tier (bytes) or a pool (objects) keeps ready has changed")
    static final class CapacityResized extends AllocatorRecord {
        @Label("Tier or Pool")
        @Nullable String what;

        @Label("From")
        long from;

        @Label("To")
        long to;

        @Label("Hit Rate")
        @Percentage
        double hitRate;

        @Label("In Use")
        long inUse;
    }

    /** {@link dev.ashlar.adaptive.AllocatorEvent.TableSwitched}. */
    @Name("dev.ashlar.ClassTableSwitched")
    @Label("Class Table Switched")
    @Description("New blocks of a tier use another table of size classes")
    static final class ClassTableSwitched extends AllocatorRecord {
        @Label("Tier")
        @Nullable String tier;

        @Label("Sizes")
        @Nullable String sizes;

        @Label("Waste Before")
        @Percentage
        double wasteBefore;

        @Label("Waste Now")
        @Percentage
        double wasteNow;

        @Label("Requests")
        long requests;
    }

    /** {@link dev.ashlar.adaptive.AllocatorEvent.IdleReturned}. */
    @Name("dev.ashlar.IdleMemoryReturned")
    @Label("Idle Memory Returned")
    @Description("Memory that nobody came back for went upstream")
    static final class IdleMemoryReturned extends AllocatorRecord {
        @Label("Tier")
        @Nullable String tier;

        @Label("Size")
        @DataAmount
        long size;

        @Label("Kept")
        @DataAmount
        long kept;
    }

    /** {@link dev.ashlar.adaptive.AllocatorEvent.PressureReached}. */
    @Name("dev.ashlar.MemoryPressure")
    @Label("Memory Pressure")
    @Description("More is committed than the soft limit allows")
    static final class MemoryPressure extends AllocatorRecord {
        @Label("Committed")
        @DataAmount
        long committed;

        @Label("Limit")
        @DataAmount
        long limit;
    }

    /**
     * {@link dev.ashlar.adaptive.AllocatorEvent.AlertRaised} and {@link dev.ashlar.adaptive.AllocatorEvent.AlertEnded}.
     */
    @Name("dev.ashlar.Alert")
    @Label("Alert")
    @Description("A figure passed its threshold, or came back")
    static final class AlertChanged extends AllocatorRecord {
        @Label("Alert")
        @Nullable String alert;

        @Label("Of")
        @Nullable String what;

        @Label("Figure")
        double figure;

        @Label("Raised")
        boolean raised;
    }

    /** {@link dev.ashlar.adaptive.AllocatorEvent.AllocationFailed}, with the stack of who asked. */
    @Name("dev.ashlar.AllocationFailed")
    @Label("Allocation Failed")
    @Description("A request could not be served")
    @StackTrace
    static final class AllocationFailed extends AllocatorRecord {
        @Label("Size")
        @DataAmount
        long size;

        @Label("Alignment")
        @DataAmount
        long alignment;

        @Label("Committed")
        @DataAmount
        long committed;

        @Label("Limit")
        @DataAmount
        long limit;
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
