package dev.ashlar.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A figure that was measured.
 *
 * @param file the file that has it, without its extension; only figures of one file are compared
 * @param setting what was measured, by key: {@link #BENCHMARK}, {@link #SUBJECT}, {@link #FIGURE}, threads, and the
 *     parameters of the benchmark
 * @param sample its values
 */
record Row(String file, Map<String, String> setting, Sample sample) {

    /** The benchmark, the workload, or {@code replay}. */
    static final String BENCHMARK = "benchmark";

    /** The allocator, or the method of the benchmark. */
    static final String SUBJECT = "subject";

    /** The unit of the figure. */
    static final String FIGURE = "figure";

    /** The number of threads. */
    static final String THREADS = "threads";

    /** The value of a key, empty if there is none. */
    String get(String key) {
        return setting.getOrDefault(key, "");
    }

    /** Whether each key has one of the given values. */
    boolean matches(Map<String, Set<String>> where) {
        return where.entrySet().stream().allMatch(key -> key.getValue().contains(get(key.getKey())));
    }

    /** The same setting with other values of some keys. */
    Map<String, String> settingWith(Map<String, String> others) {
        Map<String, String> setting = new LinkedHashMap<>(this.setting);
        setting.putAll(others);
        return setting;
    }

    /** The values of some keys, without those that this row does not have. */
    List<String> labels(List<String> keys) {
        return keys.stream()
                .filter(setting::containsKey)
                .map(key -> Labels.of(key, get(key)))
                .toList();
    }
}
