package dev.ashlar.adaptive.internal.record;

import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.internal.record.FlightEvents.AlertChanged;
import dev.ashlar.adaptive.internal.record.FlightEvents.AllocationSample;
import jdk.jfr.Event;
import org.jspecify.annotations.Nullable;

/** Hands events to the JDK's flight recorder. While nothing is recorded, one costs an object. */
final class FlightRecorder implements Recorder {

    @Override
    public void happened(AllocatorEvent event) {
        Event record = switch (event) {
            case AllocatorEvent.ChunkTaken taken -> new FlightEvents.ChunkTaken(taken);
            case AllocatorEvent.ChunkReturned returned -> new FlightEvents.ChunkReturned(returned);
            case AllocatorEvent.CapacityResized resized -> new FlightEvents.CapacityResized(resized);
            case AllocatorEvent.TableSwitched switched -> new FlightEvents.ClassTableSwitched(switched);
            case AllocatorEvent.LargeBlocksRerouted routed -> new FlightEvents.LargeBlocksRerouted(routed);
            case AllocatorEvent.AllocationFailed failed -> new FlightEvents.AllocationFailed(failed);
            case AllocatorEvent.IdleReturned returned -> new FlightEvents.IdleMemoryReturned(returned);
            case AllocatorEvent.PressureReached reached -> new FlightEvents.MemoryPressure(reached);
            case AllocatorEvent.AlertRaised on -> new AlertChanged(on.alert(), on.what(), on.figure(), true);
            case AllocatorEvent.AlertEnded off -> new AlertChanged(off.alert(), off.what(), off.figure(), false);
            // Happens while an allocator is made, before anybody looks; the log has it.
            case AllocatorEvent.StrategyReplaced _ -> null;
        };
        if (record != null) {
            record.commit();
        }
    }

    @Override
    public boolean wantsAllocations() {
        return new AllocationSample().isEnabled();
    }

    @Override
    public void allocated(long byteSize, @Nullable String tag) {
        AllocationSample record = new AllocationSample();
        if (record.shouldCommit()) {
            record.size = byteSize;
            record.tag = tag;
            record.commit();
        }
    }
}
