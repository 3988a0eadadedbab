package dev.ashlar.insight;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.compose.Tracked;
import dev.ashlar.api.compose.TrackedBlock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A picture of the memory that an allocator holds: its chunks, and in each the slabs with their fill. What has no
 * slabs, such as a buddy's region, is cut into cells of equal size. A chunk names the part of the allocator that it
 * belongs to, such as the part of a tag. With tracking each slab and cell names the tags and sites of its blocks.
 *
 * <p>It costs a walk over all memory, and one over the sampled live blocks. While other threads work, each place is
 * seen at some moment.
 *
 * <p>Public fields are the members of the JSON that the page gets.
 */
final class BlockMap implements Inspectable.Visitor {

    /** Slabs and cells that a browser lays out without delay. Those beyond are counted only. */
    static final int MOST_PLACES = 20_000;

    /** Cells of a chunk that has no slabs. */
    private static final int CELLS = 64;

    private static final long LEAST_CELL = 4096;

    /** Owners that are named for a slab. */
    private static final int OWNERS = 6;

    public final boolean tracked;
    public final List<Chunk> chunks = new ArrayList<>();
    public int leftOut;

    private final TreeMap<Long, Place> places = new TreeMap<>();
    private final Map<Long, SizeClass> bySlot = new TreeMap<>();
    private final Map<Site, Integer> siteNumbers = new LinkedHashMap<>();
    public final Collection<SizeClass> classes = bySlot.values();
    public final Collection<Site> sites = siteNumbers.keySet();
    private @Nullable Place slab;
    private @Nullable String part;

    /** A chunk. Live blocks outside slabs are kept until its end, when it is known whether it has slabs. */
    static final class Chunk {
        public final long address;
        public final long bytes;
        public final @Nullable String part;
        public final List<Place> places = new ArrayList<>();
        public long free;
        private final List<long[]> liveOutside = new ArrayList<>();

        Chunk(long address, long bytes, @Nullable String part) {
            this.address = address;
            this.bytes = bytes;
            this.part = part;
        }
    }

    /** A slab, or a cell, whose slot size is 0. */
    static final class Place {
        public final long address;
        public final long bytes;
        public final long slot;
        public long blocks;
        public long live;
        public long sampled;
        public long sampledRequestedBytes;
        private final Map<Integer, Owner> bySite = new LinkedHashMap<>();

        Place(long address, long bytes, long slot, long blocks) {
            this.address = address;
            this.bytes = bytes;
            this.slot = slot;
            this.blocks = blocks;
        }

        /** The sites with most blocks. */
        public List<Owner> getOwners() {
            return bySite.values().stream()
                    .sorted(Comparator.comparingLong(owner -> -owner.blocks))
                    .limit(OWNERS)
                    .toList();
        }
    }

    /** What a site holds in a place. */
    record Owner(int site, long blocks, long bytes, long unreachable, long oldestMillis) {
        Owner plus(Owner other) {
            long oldest = Math.max(oldestMillis, other.oldestMillis);
            return new Owner(site, blocks + other.blocks, bytes + other.bytes, unreachable + other.unreachable, oldest);
        }
    }

    /** The tag and the frames of code that allocated blocks. */
    record Site(@Nullable String tag, List<String> frames) {}

    /** Sums of all slabs with slots of one size. */
    record SizeClass(long slot, long slabs, long slabBytes, long blocks) {
        SizeClass plus(SizeClass other) {
            return new SizeClass(slot, slabs + other.slabs, slabBytes + other.slabBytes, blocks + other.blocks);
        }
    }

    private BlockMap(Inspectable memory, Optional<Tracked> tracking) {
        tracked = tracking.isPresent();
        memory.inspect(this);
        finishChunk();
        tracking.ifPresent(blocks -> blocks.blocks(this::own));
    }

    /** The picture of an allocator, or null if it is not {@link Inspectable} or is closed. */
    static @Nullable BlockMap of(Allocator allocator) {
        try {
            return allocator
                    .as(Inspectable.class)
                    .filter(_ -> !allocator.isClosed())
                    .map(memory -> new BlockMap(memory, allocator.as(Tracked.class)))
                    .orElse(null);
        } catch (IllegalStateException e) {
            return null; // closed just now
        }
    }

    @Override
    public void part(String name) {
        part = name;
    }

    @Override
    public void chunk(long address, long byteSize) {
        finishChunk();
        chunks.add(new Chunk(address, byteSize, part));
        slab = null;
    }

    @Override
    public void slab(long address, long byteSize, long slotSize, int liveSlots) {
        slab = new Place(address, byteSize, slotSize, liveSlots);
        slab.live = liveSlots * slotSize;
        add(slab);
        bySlot.merge(slotSize, new SizeClass(slotSize, 1, byteSize, liveSlots), SizeClass::plus);
    }

    @Override
    public void live(long address, long byteSize) {
        if (!isInSlab(address)) {
            chunks.getLast().liveOutside.add(new long[] {address, byteSize});
        }
    }

    @Override
    public void free(long address, long byteSize) {
        if (!isInSlab(address)) {
            chunks.getLast().free += byteSize;
        }
    }

    private boolean isInSlab(long address) {
        return slab != null && address >= slab.address && address < slab.address + slab.bytes;
    }

    private void add(Place place) {
        if (places.size() >= MOST_PLACES) {
            leftOut++;
        } else {
            chunks.getLast().places.add(place);
            places.put(place.address, place);
        }
    }

    /** Adds what is outside the slabs of the last chunk: its cells if it has no slabs, otherwise single blocks. */
    private void finishChunk() {
        if (chunks.isEmpty()) {
            return;
        }
        Chunk chunk = chunks.getLast();
        boolean isOneBlock =
                chunk.liveOutside.size() == 1 && chunk.free < chunk.liveOutside.getFirst()[1];
        if (!chunk.places.isEmpty() || isOneBlock) {
            for (long[] block : chunk.liveOutside) {
                Place place = new Place(block[0], block[1], 0, 1);
                place.live = block[1];
                add(place);
            }
        } else if (chunk.liveOutside.isEmpty()) {
            add(new Place(chunk.address, chunk.bytes, 0, 0));
        } else {
            cells(chunk).forEach(this::add);
        }
    }

    private static List<Place> cells(Chunk chunk) {
        long end = chunk.address + chunk.bytes;
        long cell = Math.max(LEAST_CELL, Math.ceilDiv(chunk.bytes, CELLS));
        List<Place> cells = new ArrayList<>();
        for (long address = chunk.address; address < end; address += cell) {
            cells.add(new Place(address, Math.min(cell, end - address), 0, 0));
        }
        for (long[] block : chunk.liveOutside) {
            long blockEnd = block[0] + block[1];
            int first = (int) ((block[0] - chunk.address) / cell);
            cells.get(first).blocks++;
            for (int i = first; i < cells.size() && cells.get(i).address < blockEnd; i++) {
                Place place = cells.get(i);
                place.live += Math.min(blockEnd, place.address + place.bytes) - Math.max(block[0], place.address);
            }
        }
        return cells;
    }

    private void own(TrackedBlock block) {
        Map.Entry<Long, Place> entry = places.floorEntry(block.address());
        if (entry == null || block.address() >= entry.getKey() + entry.getValue().bytes) {
            return; // allocated since the walk, or in a place that is left out
        }
        Place place = entry.getValue();
        Site site = new Site(
                block.tag(),
                block.frames().stream().map(StackTraceElement::toString).toList());
        int number = siteNumbers.computeIfAbsent(site, _ -> siteNumbers.size());
        long unreachable = block.unreachable() ? 1 : 0;
        Owner owner =
                new Owner(number, 1, block.byteSize(), unreachable, block.age().toMillis());
        place.bySite.merge(number, owner, Owner::plus);
        place.sampled++;
        place.sampledRequestedBytes += block.byteSize();
    }
}
