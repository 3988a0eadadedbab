package dev.ashlar.cache;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A key that does something once when its hash is used, so that a test acts in the middle of an operation. */
final class HookedKey {

    private final int number;

    /** What a thread does that uses the hash. */
    private final Map<Thread, Runnable> onHash = new ConcurrentHashMap<>();

    HookedKey(int number) {
        this.number = number;
    }

    /** When the calling thread uses the hash in a method of this name. */
    void onHashIn(String method, Runnable hook) {
        onHash.put(Thread.currentThread(), () -> {
            boolean isThere = StackWalker.getInstance()
                    .walk(frames ->
                            frames.anyMatch(frame -> frame.getMethodName().equals(method)));
            if (isThere) {
                hook.run();
            } else {
                onHashIn(method, hook);
            }
        });
    }

    @Override
    public int hashCode() {
        Runnable hook = onHash.remove(Thread.currentThread());
        if (hook != null) {
            hook.run();
        }
        return number;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HookedKey key && key.number == number;
    }
}
