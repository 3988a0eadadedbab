package consumer;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** A program that is shipped as an image of its own. */
public final class Main {

    /** Modules of what is optional: none is in the image. */
    private static final List<String> OPTIONAL =
            List.of("com.google.guice", "micrometer.core", "jdk.jfr", "java.management");

    private Main() {}

    public static void main(String[] args) {
        System.out.println("strategies: "
                + String.join(", ", AllocatorProviders.installed().keySet()));
        OPTIONAL.stream()
                .filter(name -> ModuleLayer.boot().findModule(name).isPresent())
                .forEach(name -> System.out.println("unexpected: " + name));
        try (AdaptiveAllocator allocator = AdaptiveAllocator.create(AllocatorConfig.defaults())) {
            MemorySegment block = allocator.allocate(64, 8);
            block.set(ValueLayout.JAVA_LONG, 0, 42L);
            System.out.println("adaptive: " + block.byteSize() + " bytes hold " + block.get(ValueLayout.JAVA_LONG, 0));
            allocator.free(block);
            allocator.housekeep();
            System.out.println("report of " + allocator.report().tiers().size() + " tiers");
        }
    }
}
