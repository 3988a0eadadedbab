package dev.ashlar.netty;

import io.netty.util.ResourceLeakDetector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Collects what Netty's leak detector reports. Netty makes it by the system property {@code
 * io.netty.customResourceLeakDetector}.
 */
public final class CountingLeakDetector<T> extends ResourceLeakDetector<T> {

    /** One line or more for each leak since the start of this JVM. */
    static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

    /** The constructor that Netty calls. */
    public CountingLeakDetector(Class<?> type, int samplingInterval) {
        super(type, samplingInterval);
    }

    /** The constructor that Netty looks for too. */
    @SuppressWarnings("deprecation") // it has the number of leaks, which is not used
    public CountingLeakDetector(Class<?> type, int samplingInterval, long maxActive) {
        super(type, samplingInterval, maxActive);
    }

    @Override
    protected void reportTracedLeak(String type, String records) {
        LEAKS.add(type + records);
    }

    @Override
    protected void reportUntracedLeak(String type) {
        LEAKS.add(type);
    }

    @Override
    protected boolean needReport() {
        return true;
    }
}
