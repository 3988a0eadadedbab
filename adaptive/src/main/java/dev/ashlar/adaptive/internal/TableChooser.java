package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptationConfig;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.Inspectable;
import dev.ashlar.spi.support.SizeClassed;
import dev.ashlar.spi.support.SizeClasses;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes a table of size classes for a tier from the sizes that are asked for, and says when it is worth a change. For the
 * housekeeping thread.
 *
 * <p>It looks when what is allocated has doubled, since a table is worth most before the slabs are cut, and else after each
 * pause. A table only adds classes to the usual ones, and only where it saves much, and more than is free in slots of the
 * classes before, which new blocks would pass by; so under a load that stays as it is there is one change, and then none. Where blocks are aligned to 16 bytes, as C's malloc does, classes are multiples of 16.
 */
final class TableChooser {

    private static final Logger LOG = LoggerFactory.getLogger(TableChooser.class);

    /** Fewer requests than this say nothing about the next. */
    private static final long FEWEST_SAMPLES = 1_000;

    /** From so many on the older half of them weighs less; until then what is seen adds up, so that phases even out. */
    private static final long ENOUGH_SAMPLES = 1_000_000;

    /** This share of requests aligned to 16 makes all classes multiples of 16. */
    private static final double ALIGNED_SHARE = 0.01;

    /** A tier whose blocks take so many times more than when it looked last has changed, and is looked at again. */
    private static final int GROWTH = 2;

    /** While less than this is allocated, no table is worth a change. */
    private static final long SMALLEST = 128 * 1024;

    private static final int GRANULE = 8;
    private static final int ALIGNED_GRANULE = 16;

    private final Tier tier;
    private final SizeClassed sizeClassed;
    private final Inspectable inspectable;
    private final AdaptationConfig adaptation;
    private final SizeHistogram histogram;

    /** The classes that the strategy began with. */
    private final int[] usual;

    private @Nullable Instant looked;
    private long allocatedWhenLooked = SMALLEST;

    private TableChooser(Tier tier, SizeClassed sizeClassed, Inspectable inspectable, AdaptationConfig adaptation) {
        this.tier = tier;
        this.inspectable = inspectable;
        this.sizeClassed = sizeClassed;
        this.adaptation = adaptation;
        this.usual = sizeClassed.sizeClasses().sizes();
        this.histogram = new SizeHistogram(sizeClassed.sizeClasses().largest());
    }

    /** A chooser for a tier, if its strategy takes other size classes and sizes are counted. */
    static Optional<TableChooser> of(Tier tier, AdaptationConfig adaptation) {
        SizeClassed sizeClassed = tier.sub().sizeClassed;
        Inspectable inspectable = tier.sub().inspectable;
        return sizeClassed == null
                        || inspectable == null
                        || adaptation.sampling().isZero()
                ? Optional.empty()
                : Optional.of(new TableChooser(tier, sizeClassed, inspectable, adaptation));
    }

    SizeHistogram histogram() {
        return histogram;
    }

    /**
     * Looks whether another table is worth a change, and makes it, unless it looked a short while ago.
     *
     * @param allocatedBytes what the tier's live blocks take
     * @return what changed, if anything
     */
    Optional<AllocatorEvent.TableSwitched> look(Instant now, long allocatedBytes) {
        if (looked == null) {
            looked = now;
        }
        boolean grown = allocatedBytes >= allocatedWhenLooked * GROWTH;
        if (!grown && Duration.between(looked, now).compareTo(adaptation.pause()) < 0) {
            return Optional.empty();
        }
        long samples = histogram.total();
        if (samples < FEWEST_SAMPLES) {
            return Optional.empty();
        }
        looked = now;
        allocatedWhenLooked = Math.max(allocatedBytes, SMALLEST);
        boolean isAligned = histogram.alignedCount() > samples * ALIGNED_SHARE;
        int granule = isAligned && histogram.largest() % ALIGNED_GRANULE == 0 ? ALIGNED_GRANULE : GRANULE;
        Slots slots = new Slots();
        inspectable.inspect(slots);
        SizeClasses before = sizeClassed.sizeClasses();
        Demand demand = Demand.of(histogram, before, slots.live, slots.withLive(usual), granule);
        if (samples > ENOUGH_SAMPLES) {
            histogram.halve();
        }
        int[] table = demand.bestTable(adaptation.sizeClasses());
        SizeClasses after = SizeClasses.of(table);
        double wasteBefore = demand.waste(before);
        double wasteAfter = demand.waste(after);
        double saving = wasteBefore - wasteAfter;
        if (saving < adaptation.tableSaving() || demand.stranded(slots.free, before, after) > saving * allocatedBytes) {
            return Optional.empty();
        }
        try {
            sizeClassed.useSizeClasses(table);
        } catch (IllegalArgumentException e) {
            LOG.debug("tier {} keeps its size classes", tier.name(), e);
            return Optional.empty();
        }
        List<Integer> sizes = Arrays.stream(table).boxed().toList();
        return Optional.of(new AllocatorEvent.TableSwitched(now, tier.name(), sizes, wasteBefore, wasteAfter, samples));
    }

    /** How many slots are live, and how many bytes are free beside them, by the size of the slots. A walk over all slabs. */
    private static final class Slots implements Inspectable.Visitor {

        private final NavigableMap<Long, Long> live = new TreeMap<>();
        private final Map<Long, Long> free = new HashMap<>();

        @Override
        public void slab(long address, long byteSize, long slotSize, int liveSlots) {
            live.merge(slotSize, (long) liveSlots, Long::sum);
            free.merge(slotSize, byteSize - slotSize * liveSlots, Long::sum);
        }

        /**
         * The usual classes with those of which blocks are live: what is freed of these can serve again only while they are
         * classes.
         */
        int[] withLive(int[] usual) {
            IntStream inUse = live.entrySet().stream()
                    .filter(slots -> slots.getValue() > 0)
                    .mapToInt(slots -> slots.getKey().intValue());
            return IntStream.concat(Arrays.stream(usual), inUse)
                    .sorted()
                    .distinct()
                    .toArray();
        }
    }
}
