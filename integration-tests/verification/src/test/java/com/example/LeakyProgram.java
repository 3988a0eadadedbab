package com.example;

import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.spi.Ashlar;
import dev.ashlar.spi.PoolProviders;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A program outside Ashlar's packages that knows nothing of tracking, and leaks. */
public final class LeakyProgram {

    private LeakyProgram() {}

    /** Makes an allocator of each strategy and a pool, leaks from each, and closes them. */
    public static void main(String[] strategies) {
        List<Object> kept = new ArrayList<>();
        for (String strategy : strategies) {
            try (Allocator allocator = Ashlar.builder(strategy).build()) {
                allocator.free(allocator.allocate(1000));
                kept.add(leakPage(allocator));
            }
        }
        try (Pool<StringBuilder> pool = PoolProviders.standard().create(PoolConfig.of(StringBuilder::new))) {
            kept.add(leakObject(pool));
        }
        System.out.println(kept.size() + " are kept");
    }

    /** Leaks a block. */
    public static MemorySegment leakPage(Allocator allocator) {
        return allocator.allocate(4096, 8, AllocationHints.NONE.withTag("page"));
    }

    /** Leaks an object. */
    public static StringBuilder leakObject(Pool<StringBuilder> pool) {
        return pool.acquire();
    }
}
