package dev.ashlar.insight;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.compose.Tracked;
import dev.ashlar.api.compose.TrackedBlock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A picture of the memory that an allocator holds: its chunks, and in each the slabs with their fill. What lies outside
 * slabs, such as a buddy's region or a large block, is cut into cells of equal size. With tracking each slab and cell
 * names the tags and sites of its blocks.
 *
 * <p>It costs a walk over all memory, and one over the sampled live blocks. While other threads work, each place is
 * seen at some moment.
 */
final class BlockMap implements Inspectable.Visitor {

    /** Slabs and cells that a browser lays out without delay. Those beyond are counted only. */
    static final int MOST_PLACES = 20_000;

    /** Cells of a chunk, or of a part of it, that has no slabs. */
    private static final int CELLS = 64;

    private static final long LEAST_CELL = 4096;

    /** Owners that are named for a slab. */
    private static final int OWNERS = 6;

    private final List<Chunk> chunks = new ArrayList<>();
    private final TreeMap<Long, Place> places = new TreeMap<>();
    private final Map<Site, Integer> sites = new LinkedHashMap<>();
    private final Map<Long, SizeClass> classes = new TreeMap<>();
    private int leftOut;
    private @Nullable Place slab;

    private BlockMap() {}

    /** The tag and the frames of the code that allocated a block. */
    private record Site(@Nullable String tag, List<StackTraceElement> frames) {}

    /** A chunk; live blocks outside slabs are kept until its end, when it is known whether it has slabs. */
    private static final class Chunk {
        final long address;
        final long byteSize;
        final List<Place> places = new ArrayList<>();
        final List<long[]> liveOutside = new ArrayList<>();
        long freeOutside;

        Chunk(long address, long byteSize) {
            this.address = address;
            this.byteSize = byteSize;
        }

        boolean hasSlabs() {
            return !places.isEmpty();
        }

        Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("address", hex(address));
            json.put("bytes", byteSize);
            json.put("free", freeOutside);
            json.put("places", places.stream().map(Place::json).toList());
            return json;
        }
    }

    /** A slab, or a cell, whose slot size is 0. */
    private static final class Place {
        final long address;
        final long byteSize;
        final long slotSize;
        long blocks;
        long liveBytes;
        long sampled;
        final Map<Integer, Owner> owners = new HashMap<>();

        Place(long address, long byteSize, long slotSize) {
            this.address = address;
            this.byteSize = byteSize;
            this.slotSize = slotSize;
        }

        Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("address", hex(address));
            json.put("bytes", byteSize);
            json.put("slot", slotSize);
            json.put("blocks", blocks);
            json.put("live", liveBytes);
            if (sampled > 0) {
                json.put("sampled", sampled);
                json.put(
                        "owners",
                        owners.entrySet().stream()
                                .sorted(Comparator.comparingLong(entry -> -entry.getValue().blocks))
                                .limit(OWNERS)
                                .map(entry -> entry.getValue().json(entry.getKey()))
                                .toList());
            }
            return json;
        }
    }

    /** What a site holds in a place. */
    private static final class Owner {
        long blocks;
        long bytes;
        long unreachable;
        long oldestMillis;

        Map<String, Object> json(int site) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("site", site);
            json.put("blocks", blocks);
            json.put("bytes", bytes);
            json.put("unreachable", unreachable);
            json.put("oldestMillis", oldestMillis);
            return json;
        }
    }

    /** Sums of all slabs with slots of one size, and of the sampled blocks in them. */
    private static final class SizeClass {
        long slabs;
        long slabBytes;
        long live;
        long sampledRequested;
        long sampledSlots;

        Map<String, @Nullable Object> json(long slotSize) {
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("slot", slotSize);
            json.put("slabs", slabs);
            json.put("slabBytes", slabBytes);
            json.put("blocks", live);
            json.put("liveBytes", live * slotSize);
            json.put(
                    "internalFragmentation",
                    sampledSlots == 0 ? null : 1 - (double) sampledRequested / (sampledSlots * slotSize));
            return json;
        }
    }

    /** The picture as JSON, or null if the allocator is not {@link Inspectable}. */
    static @Nullable Map<String, Object> of(Allocator allocator) {
        Optional<Inspectable> inspectable = allocator.as(Inspectable.class);
        if (inspectable.isEmpty()) {
            return null;
        }
        BlockMap map = new BlockMap();
        inspectable.get().inspect(map);
        map.finishChunk();
        Optional<Tracked> tracked = allocator.as(Tracked.class);
        tracked.ifPresent(blocks -> blocks.blocks(map::own));
        return map.json(tracked.isPresent());
    }

    @Override
    public void chunk(long address, long byteSize) {
        finishChunk();
        chunks.add(new Chunk(address, byteSize));
        slab = null;
    }

    @Override
    public void slab(long address, long byteSize, long slotSize, int liveSlots) {
        slab = new Place(address, byteSize, slotSize);
        slab.blocks = liveSlots;
        slab.liveBytes = liveSlots * slotSize;
        add(chunks.getLast(), slab);
        SizeClass sizeClass = classes.computeIfAbsent(slotSize, _ -> new SizeClass());
        sizeClass.slabs++;
        sizeClass.slabBytes += byteSize;
        sizeClass.live += liveSlots;
    }

    @Override
    public void live(long address, long byteSize) {
        if (!isInSlab(address) && !chunks.isEmpty()) {
            chunks.getLast().liveOutside.add(new long[] {address, byteSize});
        }
    }

    @Override
    public void free(long address, long byteSize) {
        if (!isInSlab(address) && !chunks.isEmpty()) {
            chunks.getLast().freeOutside += byteSize;
        }
    }

    private boolean isInSlab(long address) {
        return slab != null && address >= slab.address && address < slab.address + slab.byteSize;
    }

    private void add(Chunk chunk, Place place) {
        if (places.size() >= MOST_PLACES) {
            leftOut++;
        } else {
            chunk.places.add(place);
            places.put(place.address, place);
        }
    }

    /** Adds what is outside the slabs of the last chunk: cells of the whole chunk, or a large block, or blocks between slabs. */
    private void finishChunk() {
        if (chunks.isEmpty()) {
            return;
        }
        Chunk chunk = chunks.getLast();
        boolean isOneBlock = chunk.liveOutside.size() == 1
                && chunk.freeOutside < chunk.liveOutside.getFirst()[1];
        if (chunk.hasSlabs() || isOneBlock) {
            for (long[] block : chunk.liveOutside) {
                Place place = new Place(block[0], block[1], 0);
                place.blocks = 1;
                place.liveBytes = block[1];
                add(chunk, place);
            }
        } else {
            cells(chunk).forEach(place -> add(chunk, place));
        }
        chunk.liveOutside.clear();
    }

    private static List<Place> cells(Chunk chunk) {
        long end = chunk.address + chunk.byteSize;
        long cell = Math.max(LEAST_CELL, Math.ceilDiv(chunk.byteSize, CELLS));
        List<Place> cells = new ArrayList<>();
        for (long address = chunk.address; address < end; address += cell) {
            cells.add(new Place(address, Math.min(cell, end - address), 0));
        }
        for (long[] block : chunk.liveOutside) {
            long blockEnd = block[0] + block[1];
            int first = (int) ((block[0] - chunk.address) / cell);
            cells.get(first).blocks++;
            for (int i = first; i < cells.size() && cells.get(i).address < blockEnd; i++) {
                Place place = cells.get(i);
                place.liveBytes +=
                        Math.min(blockEnd, place.address + place.byteSize) - Math.max(block[0], place.address);
            }
        }
        return cells;
    }

    private void own(TrackedBlock block) {
        Map.Entry<Long, Place> entry = places.floorEntry(block.address());
        if (entry == null || block.address() >= entry.getKey() + entry.getValue().byteSize) {
            return; // allocated since the walk, or in a place that is left out
        }
        Place place = entry.getValue();
        place.sampled++;
        Site site = new Site(block.tag(), block.frames());
        Integer number = sites.computeIfAbsent(site, _ -> sites.size());
        Owner owner = place.owners.computeIfAbsent(number, _ -> new Owner());
        owner.blocks++;
        owner.bytes += block.byteSize();
        owner.unreachable += block.unreachable() ? 1 : 0;
        owner.oldestMillis = Math.max(owner.oldestMillis, block.age().toMillis());
        SizeClass sizeClass = classes.get(place.slotSize);
        if (sizeClass != null && block.byteSize() <= place.slotSize) {
            sizeClass.sampledRequested += block.byteSize();
            sizeClass.sampledSlots++;
        }
    }

    private Map<String, Object> json(boolean isTracked) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("tracked", isTracked);
        json.put("leftOut", leftOut);
        json.put("chunks", chunks.stream().map(Chunk::json).toList());
        json.put(
                "classes",
                classes.entrySet().stream()
                        .map(entry -> entry.getValue().json(entry.getKey()))
                        .toList());
        json.put("sites", sites.keySet().stream().map(BlockMap::json).toList());
        return json;
    }

    private static Map<String, @Nullable Object> json(Site site) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("tag", site.tag);
        json.put("frames", site.frames.stream().map(StackTraceElement::toString).toList());
        return json;
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
