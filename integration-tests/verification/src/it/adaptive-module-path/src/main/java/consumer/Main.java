package consumer;

import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.Injector;
import com.google.inject.name.Named;
import dev.ashlar.adaptive.guice.AllocatorLifecycle;
import dev.ashlar.adaptive.guice.AllocatorModule;
import dev.ashlar.adaptive.guice.LimitedBy;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorProvider;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.TreeSet;

/** A program whose allocators are injected. */
public final class Main {

    private final Allocator allocator;
    private final Allocator slab;
    private final Allocator cache;
    private final Map<String, AllocatorProvider> providers;

    @Inject
    Main(
            Allocator allocator,
            @Named("slab") Allocator slab,
            @LimitedBy("cache") Allocator cache,
            Map<String, AllocatorProvider> providers) {
        this.allocator = allocator;
        this.slab = slab;
        this.cache = cache;
        this.providers = providers;
    }

    public static void main(String[] args) {
        Injector injector = Guice.createInjector(
                AllocatorModule.builder().limit("cache", 1 << 20).build());
        injector.getInstance(Main.class).run();
        injector.getInstance(AllocatorLifecycle.class).close();
        System.out.println("closed");
    }

    private void run() {
        System.out.println("strategies: " + String.join(", ", new TreeSet<>(providers.keySet())));
        System.out.println(
                "adaptive is in the module " + allocator.getClass().getModule().getName());
        use("plain", allocator);
        use("slab", slab);
        use("cache", cache);
    }

    private static void use(String name, Allocator allocator) {
        MemorySegment block = allocator.allocate(64, 8);
        block.set(ValueLayout.JAVA_LONG, 0, 42L);
        System.out.println(name + ": " + block.byteSize() + " bytes hold " + block.get(ValueLayout.JAVA_LONG, 0));
        allocator.free(block);
    }
}
