package dev.ashlar.buddy.internal;

import dev.ashlar.api.Evacuable;
import dev.ashlar.spi.support.SparsestFirst;

/** Regions that serve no blocks while their blocks are moved out. */
final class RegionEvacuation extends SparsestFirst<Region> {

    private final RegionSupply supply;

    /** Chooses regions, as {@link Evacuable#evacuate} says. */
    RegionEvacuation(RegionSupply supply, double mostLive, long budgetBytes) {
        this.supply = supply;
        choose(
                supply.list().regions().stream()
                        .map(region -> new Candidate<>(region, region.byteSize(), region.liveBytes()))
                        .toList(),
                mostLive,
                budgetBytes);
    }

    @Override
    protected boolean tryTake(Region region) {
        return region.evacuate(this);
    }

    @Override
    protected void putBack(Region region) {
        region.endEvacuation();
    }

    @Override
    public boolean contains(long address) {
        Region region = supply.at(address);
        return region != null && region.isEvacuatedBy(this);
    }
}
