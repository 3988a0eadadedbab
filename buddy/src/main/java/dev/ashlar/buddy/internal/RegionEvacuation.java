package dev.ashlar.buddy.internal;

import dev.ashlar.api.Evacuable;
import dev.ashlar.spi.support.Sparsest;
import java.util.ArrayList;
import java.util.List;

/** Regions that serve no blocks while their blocks are moved out. */
final class RegionEvacuation implements Evacuable.Evacuation {

    private final RegionSupply supply;
    private final List<Region> chosen = new ArrayList<>();
    private final long byteSize;
    private final long liveBytes;
    private boolean ended;

    /** Chooses regions, as {@link Evacuable#evacuate} says. */
    RegionEvacuation(RegionSupply supply, double mostLive, long budgetBytes) {
        this.supply = supply;
        Sparsest<Region> sparsest = new Sparsest<>();
        for (Region region : supply.list().regions()) {
            sparsest.add(region, region.byteSize(), region.liveBytes());
        }
        long[] bytes = sparsest.choose(mostLive, budgetBytes, region -> region.evacuate(this) && chosen.add(region));
        byteSize = bytes[0];
        liveBytes = bytes[1];
    }

    @Override
    public boolean contains(long address) {
        Region region = supply.at(address);
        return region != null && region.isEvacuatedBy(this);
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    @Override
    public long liveBytes() {
        return liveBytes;
    }

    @Override
    public synchronized void close() {
        if (!ended) {
            ended = true;
            chosen.forEach(Region::endEvacuation);
        }
    }
}
