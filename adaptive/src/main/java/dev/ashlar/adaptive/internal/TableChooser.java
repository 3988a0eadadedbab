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
 * Computes a table of size classes for a tier from the requested sizes, and decides when to change it. For the
 * housekeeping thread.
 *
 * <p>It computes a table when the allocated bytes have doubled, because a table saves most before the slabs are cut,
 * and otherwise after each pause. A table only adds classes to the usual ones. It must save much, and more than is free
 * in slots of the former classes, which new blocks would not use. So a steady load has one change and then none. If
 * blocks are aligned to 16 bytes, as with C's malloc, classes are multiples of 16.
 */
final class TableChooser {

    private static final Logger LOG = LoggerFactory.getLogger(TableChooser.class);

    /** With fewer requests than this no table is computed. */
    private static final long FEWEST_SAMPLES = 1_000;

    /** From this many requests on, older ones weigh less. Until then all are added, so that phases even out. */
    private static final long ENOUGH_SAMPLES = 1_000_000;

    /** If this share of the requests is aligned to 16, all classes are multiples of 16. */
    private static final double ALIGNED_SHARE = 0.01;

    /** A table is computed again when the blocks of a tier take this many times as much as last time. */
    private static final int GROWTH = 2;

    /** While less than this is allocated, no table is changed. */
    private static final long SMALLEST = 128 * 1024;

    private static final int GRANULE = 8;
    private static final int ALIGNED_GRANULE = 16;

    private final SubAllocator tier;
    private final SizeClassed sizeClassed;
    private final StrategySettings settings;
    private final EventLog events;
    final SizeHistogram histogram;

    /** The initial classes of the strategy. */
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
        return sizeClassed == null || tier.inspectable == null || settings.get(AdaptiveSettings.SAMPLES) == 0
                ? null
                : new TableChooser(tier, sizeClassed, settings, events);
    }

    /**
     * Changes the table if another one is worth it. Does nothing if it checked a short while ago.
     *
     * @param allocatedBytes bytes of the tier's live blocks
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
        // Freed slots of a class can serve again only while the table has the class.
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
