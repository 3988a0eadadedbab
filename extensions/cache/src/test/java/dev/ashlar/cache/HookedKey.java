package dev.ashlar.cache;

import org.jspecify.annotations.Nullable;

/** A key that does something once when its hash is used, so that a test acts in the middle of an operation. */
final class HookedKey {

    private final int number;
    private volatile @Nullable Runnable onHash;

    HookedKey(int number) {
        this.number = number;
    }

    void onHash(Runnable hook) {
        onHash = hook;
    }

    /** Only where a method of this name is on the stack. */
    void onHashIn(String method, Runnable hook) {
        onHash = () -> {
            boolean isThere = StackWalker.getInstance()
                    .walk(frames ->
                            frames.anyMatch(frame -> frame.getMethodName().equals(method)));
            if (isThere) {
                hook.run();
            } else {
                onHashIn(method, hook);
            }
        };
    }

    @Override
    public int hashCode() {
        Runnable hook = onHash;
        if (hook != null) {
            onHash = null;
            hook.run();
        }
        return number;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HookedKey key && key.number == number;
    }
}
