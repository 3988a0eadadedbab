package dev.ashlar.nativememory.internal;

import dev.ashlar.nativememory.HugePages;
import dev.ashlar.spi.StrategySetting;
import dev.ashlar.spi.StrategySettings;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How the pages of the source {@code mmap} are backed with memory.
 *
 * @param hugePages whether they may be huge
 * @param numa {@code none}, {@code local}, {@code interleave}, or the number of a node
 * @param isPretouched whether memory is behind a chunk when it is taken, and not when it is used
 * @param isLocked whether a chunk is kept from being swapped out
 */
record PageOptions(HugePages hugePages, String numa, boolean isPretouched, boolean isLocked) {

    /** What keys of properties begin with, after {@code ashlar.}. */
    static final String KEYS = "native";

    static final String NO_NUMA = "none";
    static final String LOCAL = "local";
    static final String INTERLEAVE = "interleave";

    private static final Pattern NUMA = Pattern.compile(NO_NUMA + "|" + LOCAL + "|" + INTERLEAVE + "|\\d{1,2}");

    private static final StrategySetting<HugePages> HUGE_PAGES =
            StrategySetting.of("hugePages", HugePages.NEVER, PageOptions::requireLinux);
    private static final StrategySetting<String> NUMA_NODES =
            StrategySetting.of("numa", NO_NUMA, PageOptions::requireNuma);
    private static final StrategySetting<Boolean> PRETOUCH = StrategySetting.of("pretouch", false);
    private static final StrategySetting<Boolean> LOCK = StrategySetting.of("lock", false);

    static final List<StrategySetting<?>> ALL = List.of(HUGE_PAGES, NUMA_NODES, PRETOUCH, LOCK);

    static final PageOptions DEFAULT = of(StrategySettings.NONE);

    static PageOptions of(StrategySettings settings) {
        return new PageOptions(
                settings.get(HUGE_PAGES), settings.get(NUMA_NODES), settings.get(PRETOUCH), settings.get(LOCK));
    }

    private static void requireLinux(HugePages hugePages) {
        if (hugePages != HugePages.NEVER && !Kernel.isLinux()) {
            throw new IllegalArgumentException("hugePages is " + hugePages + ", must be NEVER but on Linux");
        }
    }

    private static void requireNuma(String text) {
        if (!NUMA.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "numa is '" + text + "', must be none, local, interleave, or the number of a node");
        }
        if (!text.equals(NO_NUMA) && !NumaNodes.canBind()) {
            throw new IllegalArgumentException(
                    "numa is '" + text + "', must be none but on Linux with x86-64 or aarch64");
        }
        if (Character.isDigit(text.charAt(0))) {
            NumaNodes.ofMachine().require(Integer.parseInt(text));
        }
    }
}
