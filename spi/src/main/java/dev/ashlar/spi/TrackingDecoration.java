package dev.ashlar.spi;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.api.compose.Tracking;

/** The property {@code ashlar.tracking}: the places that allocate live blocks and acquire objects are reported. */
final class TrackingDecoration implements Decoration {

    private static final String LEAKS = "leaks";
    private static final String ALL = "all";

    @Override
    public String key() {
        return "tracking";
    }

    @Override
    public void validate(String text) {
        tracking("name", text);
    }

    /** An arena frees blocks by their position, so the decorator would not know which are live. It has no leaks. */
    @Override
    public Allocator around(Allocator allocator, String name, String text) {
        return allocator.as(Resettable.class).isPresent()
                ? allocator
                : tracking(name, text).owning(allocator);
    }

    @Override
    public <T> SupervisedPool<T> around(SupervisedPool<T> pool, String name, String text) {
        return tracking(name, text).owning(pool);
    }

    private static Tracking tracking(String name, String text) {
        Tracking.Builder builder = Tracking.builder().name(name);
        return switch (text) {
            case LEAKS -> builder.build();
            case ALL ->
                builder.bytesPerSample(Tracking.ALL)
                        .objectsPerSample(Tracking.ALL)
                        .build();
            default -> builder.bytesPerSample(bytesPerSample(text)).build();
        };
    }

    private static long bytesPerSample(String text) {
        try {
            return Range.requireAtLeast("bytes for each sample", ByteSize.parse(text), 1);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "must be off, leaks, all, or the mean number of bytes between samples, such as 64KiB", e);
        }
    }
}
