package dev.ashlar.arena.internal;

import dev.ashlar.arena.BumpArena.Checking;
import dev.ashlar.arena.BumpArena.Threads;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.StrategySetting;
import dev.ashlar.spi.StrategySettings;
import java.util.List;

/** The settings of the strategy {@code arena}. The method of the builder with the same name says what each means. */
public final class ArenaSettings {

    public static final StrategySetting<Threads> THREADS = StrategySetting.of("threads", Threads.SHARED);

    public static final StrategySetting<Checking> CHECKING = StrategySetting.of("checking", Checking.NONE);

    private static final long LARGEST = 4 << 20;

    public static final StrategySetting<Long> FIRST_CHUNK =
            StrategySetting.between("firstChunk", 64L << 10, 4L << 10, LARGEST);

    public static final StrategySetting<Long> LARGEST_CHUNK =
            StrategySetting.between("largestChunk", LARGEST, 64L << 10, LARGEST);

    private ArenaSettings() {}

    /**
     * The settings in a configuration.
     *
     * @throws IllegalArgumentException if a key is unknown, or a value malformed or out of range
     */
    static StrategySettings of(AllocatorConfig config) {
        StrategySettings settings =
                config.settings(ArenaAllocator.NAME, List.of(THREADS, CHECKING, FIRST_CHUNK, LARGEST_CHUNK));
        settings.requireAscending(FIRST_CHUNK, LARGEST_CHUNK);
        return settings;
    }
}
