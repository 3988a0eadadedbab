package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.spi.StrategySettings;
import dev.ashlar.spi.support.SizeClassed;
import dev.ashlar.spi.support.SizeClasses;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes a table of size classes for a tier from the sizes that are asked for, and says when it is worth a change.
 * For the housekeeping thread.
 *
 * <p>It looks when what is allocated has doubled, since a table is worth most before the slabs are cut, and else after
 * each pause. A table only adds classes to the usual ones, and only where it saves much, and more than is free in slots
 * of the classes before, which new blocks would pass by; so under a load that stays as it is there is one change, and
 * then none. Where blocks are aligned to 16 bytes, as C's malloc does, classes are multiples of 16.
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

    private final SubAllocator tier;
    private final SizeClassed sizeClassed;
    private final StrategySettings settings;
    private final EventLog events;
    final SizeHistogram histogram;

    /** The classes that the strategy began with. */
    private final int[] usual;

    private @Nullable Instant looked;
    private long allocatedWhenLooked = SMALLEST;

    private TableChooser(SubAllocator tier, SizeClassed sizeClassed, StrategySettings settings, EventLog events) {
        this.tier = tier;
        this.sizeClassed = sizeClassed;
        this.settings = settings;
        this.events = events;
        this.usual = sizeClassed.sizeClasses().sizes();
        this.histogram = new SizeHistogram(sizeClassed.sizeClasses().largest());
    }

    /** A chooser for a tier; null if its strategy takes no other size classes, or no sizes are counted. */
    static @Nullable TableChooser of(SubAllocator tier, StrategySettings settings, EventLog events) {
        SizeClassed sizeClassed = tier.sizeClassed;
        return sizeClassed == null
                        || tier.inspectable == null
                        || settings.get(AdaptiveSettings.SAMPLING).isZero()
                ? null
                : new TableChooser(tier, sizeClassed, settings, events);
    }

    /**
     * Looks whether another table is worth a change, and makes it, unless it looked a short while ago.
     *
     * @param allocatedBytes what the tier's live blocks take
     */
    void look(Instant now, long allocatedBytes) {
        if (looked == null) {
            looked = now;
        }
        boolean grown = allocatedBytes >= allocatedWhenLooked * GROWTH;
        if (!grown && Duration.between(looked, now).compareTo(settings.get(AdaptiveSettings.PAUSE)) < 0) {
            return;
        }
        long samples = histogram.total();
        if (samples < FEWEST_SAMPLES) {
            return;
        }
        looked = now;
        allocatedWhenLooked = Math.max(allocatedBytes, SMALLEST);
        boolean isAligned = histogram.aligned > samples * ALIGNED_SHARE;
        int granule = isAligned && histogram.largest % ALIGNED_GRANULE == 0 ? ALIGNED_GRANULE : GRANULE;
        // What is freed of a class can serve again only while it is one.
        IntStream.Builder kept = IntStream.builder();
        Arrays.stream(usual).forEach(kept);
        NavigableMap<Long, Long> live = new TreeMap<>();
        Map<Long, Long> free = new HashMap<>();
        for (AdaptiveReport.SizeClass slots : tier.classes()) {
            live.put(slots.byteSize(), slots.liveBlocks());
            free.put(slots.byteSize(), slots.slabBytes() - slots.byteSize() * slots.liveBlocks());
            if (slots.liveBlocks() > 0) {
                kept.add((int) slots.byteSize());
            }
        }
        SizeClasses before = sizeClassed.sizeClasses();
        Demand demand = new Demand(histogram, before, live, kept.build().toArray(), granule);
        if (samples > ENOUGH_SAMPLES) {
            histogram.halve();
        }
        int[] table = demand.bestTable(settings.get(AdaptiveSettings.SIZE_CLASSES));
        SizeClasses after = SizeClasses.of(table);
        double wasteBefore = demand.waste(before);
        double wasteAfter = demand.waste(after);
        double saving = wasteBefore - wasteAfter;
        if (saving < settings.get(AdaptiveSettings.TABLE_SAVING)
                || demand.stranded(free, before, after) > saving * allocatedBytes) {
            return;
        }
        try {
            sizeClassed.useSizeClasses(table);
        } catch (IllegalArgumentException e) {
            LOG.debug("tier {} keeps its size classes", tier.name, e);
            return;
        }
        events.decided(
                new AllocatorEvent.TableSwitched(now, tier.name, tier.table(), wasteBefore, wasteAfter, samples));
    }
}
