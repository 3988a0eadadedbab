package dev.ashlar.benchmarks.suite;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The workloads by name. */
final class Workloads {

    private static final SequencedMap<String, Function<Length, Workload>> BY_NAME = byName();

    private Workloads() {}

    private static SequencedMap<String, Function<Length, Workload>> byName() {
        SequencedMap<String, Function<Length, Workload>> byName = new LinkedHashMap<>();
        byName.put("larson", Larson::of);
        byName.put("xmalloc", length -> Xmalloc.of(length, 64));
        byName.put("xmalloc-sizes", length -> Xmalloc.of(length, Xmalloc.RANDOM_SIZES));
        byName.put("mstress", Mstress::of);
        byName.put("paretotest", Paretotest::of);
        byName.put("mixed-order", length -> MixedOrder.of(length, false));
        byName.put("mixed-order-remote", length -> MixedOrder.of(length, true));
        byName.put("false-sharing", length -> FalseSharing.of(length, 1, true));
        byName.put("false-sharing-8", length -> FalseSharing.of(length, 8, true));
        byName.put("false-sharing-active", length -> FalseSharing.of(length, 1, false));
        byName.put("micro", Micro::of);
        byName.put("micro-threads", MicroThreads::of);
        byName.put("rptest", length -> Rptest.of(length, false));
        byName.put("rptest-exponential", length -> Rptest.of(length, true));
        byName.put("large", Large::of);
        return byName;
    }

    /** All names. */
    static SequencedSet<String> names() {
        return BY_NAME.sequencedKeySet();
    }

    /** A workload of a length, or null if there is none of that name. */
    static @Nullable Workload find(String name, Length length) {
        Function<Length, Workload> workload = BY_NAME.get(name);
        return workload == null ? null : workload.apply(length);
    }

    /** The parameters of a workload by name. */
    static Map<String, Object> parameters(Workload workload) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        for (var component : workload.getClass().getRecordComponents()) {
            try {
                parameters.put(component.getName(), component.getAccessor().invoke(workload));
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("an accessor of a record cannot be called", e);
            }
        }
        return parameters;
    }
}
