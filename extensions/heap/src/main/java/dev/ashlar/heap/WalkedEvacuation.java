package dev.ashlar.heap;

import dev.ashlar.heap.Fragmentation.ChunkMap;
import dev.ashlar.spi.support.SparsestFirst;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sparse chunks of an allocator that is inspectable but not evacuable. It goes on to serve blocks from them, also as
 * new places of blocks that are moved. Such a place is kept until the end, so that the next one is elsewhere: see
 * {@link HandleHeap#move}.
 */
final class WalkedEvacuation extends SparsestFirst<ChunkMap> {

    /** The end of each chosen chunk by its start. */
    private final TreeMap<Long, Long> ends = new TreeMap<>();

    WalkedEvacuation(Fragmentation fragmentation, double mostLive, long budgetBytes) {
        List<Candidate<ChunkMap>> candidates = fragmentation.chunks().stream()
                .map(chunk -> new Candidate<>(chunk, chunk.byteSize(), chunk.liveBytes()))
                .toList();
        choose(candidates, mostLive, budgetBytes);
    }

    @Override
    protected boolean tryTake(ChunkMap chunk) {
        ends.put(chunk.address(), chunk.address() + chunk.byteSize());
        return true;
    }

    @Override
    protected void putBack(ChunkMap chunk) {
        // It was never out of service.
    }

    @Override
    public boolean contains(long address) {
        Map.Entry<Long, Long> chunk = ends.floorEntry(address);
        return chunk != null && address < chunk.getValue();
    }
}
