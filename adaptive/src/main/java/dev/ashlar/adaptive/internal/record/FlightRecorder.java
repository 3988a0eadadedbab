package dev.ashlar.adaptive.internal.record;

import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.internal.record.FlightEvents.AlertChanged;
import dev.ashlar.adaptive.internal.record.FlightEvents.AllocationFailed;
import dev.ashlar.adaptive.internal.record.FlightEvents.AllocationSample;
import dev.ashlar.adaptive.internal.record.FlightEvents.CapacityResized;
import dev.ashlar.adaptive.internal.record.FlightEvents.ChunkReturned;
import dev.ashlar.adaptive.internal.record.FlightEvents.ChunkTaken;
import dev.ashlar.adaptive.internal.record.FlightEvents.ClassTableSwitched;
import dev.ashlar.adaptive.internal.record.FlightEvents.IdleMemoryReturned;
import dev.ashlar.adaptive.internal.record.FlightEvents.MemoryPressure;
import org.jspecify.annotations.Nullable;

/** Hands events to the JDK's flight recorder. While nothing is recorded, one costs an object that does not escape. */
final class FlightRecorder implements Recorder {

    @Override
    public void happened(AllocatorEvent event) {
        switch (event) {
            case AllocatorEvent.ChunkTaken taken -> {
                ChunkTaken record = new ChunkTaken();
                if (record.shouldCommit()) {
                    record.tier = taken.tier();
                    record.size = taken.byteSize();
                    record.committed = taken.committedBytes();
                    record.commit();
                }
            }
            case AllocatorEvent.ChunkReturned returned -> {
                ChunkReturned record = new ChunkReturned();
                if (record.shouldCommit()) {
                    record.tier = returned.tier();
                    record.size = returned.byteSize();
                    record.committed = returned.committedBytes();
                    record.commit();
                }
            }
            case AllocatorEvent.CapacityResized resized -> {
                CapacityResized record = new CapacityResized();
                if (record.shouldCommit()) {
                    record.what = resized.what();
                    record.from = resized.from();
                    record.to = resized.to();
                    record.hitRate = resized.hitRate();
                    record.inUse = resized.inUse();
                    record.commit();
                }
            }
            case AllocatorEvent.TableSwitched switched -> {
                ClassTableSwitched record = new ClassTableSwitched();
                if (record.shouldCommit()) {
                    record.tier = switched.tier();
                    record.sizes = switched.sizes().toString();
                    record.wasteBefore = switched.wasteBefore();
                    record.wasteNow = switched.wasteNow();
                    record.requests = switched.samples();
                    record.commit();
                }
            }
            case AllocatorEvent.AllocationFailed failed -> {
                AllocationFailed record = new AllocationFailed();
                if (record.shouldCommit()) {
                    record.size = failed.byteSize();
                    record.alignment = failed.byteAlignment();
                    record.committed = failed.committedBytes();
                    record.limit = failed.limitBytes();
                    record.commit();
                }
            }
            case AllocatorEvent.IdleReturned returned -> {
                IdleMemoryReturned record = new IdleMemoryReturned();
                if (record.shouldCommit()) {
                    record.tier = returned.tier();
                    record.size = returned.bytes();
                    record.kept = returned.keptBytes();
                    record.commit();
                }
            }
            case AllocatorEvent.PressureReached reached -> {
                MemoryPressure record = new MemoryPressure();
                if (record.shouldCommit()) {
                    record.committed = reached.committedBytes();
                    record.limit = reached.limitBytes();
                    record.commit();
                }
            }
            case AllocatorEvent.AlertRaised raised ->
                alert(raised.alert(), raised.what(), raised.figure(), /* raised= */ true);
            case AllocatorEvent.AlertEnded ended ->
                alert(ended.alert(), ended.what(), ended.figure(), /* raised= */ false);
            case AllocatorEvent.LargeBlocksRerouted _, AllocatorEvent.StrategyReplaced _ -> {
                // Happens while an allocator is made, before anybody looks; the log has it.
            }
        }
    }

    private static void alert(AllocatorEvent.Alert alert, String what, double figure, boolean raised) {
        AlertChanged record = new AlertChanged();
        if (record.shouldCommit()) {
            record.alert = alert.name();
            record.what = what;
            record.figure = figure;
            record.raised = raised;
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
