import dev.ashlar.nativememory.internal.CLibraryProvider;
import dev.ashlar.nativememory.internal.MmapSource;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.MemorySource;
import org.jspecify.annotations.NullMarked;

/**
 * Memory of the operating system, by its own calls, and the allocators of C libraries as strategies. Needs native
 * access.
 */
@NullMarked
module dev.ashlar.nativememory {
    requires static org.jspecify;
    requires dev.ashlar.spi;
    requires org.slf4j;

    exports dev.ashlar.nativememory;

    provides MemorySource with
            MmapSource;
    provides AllocatorProvider with
            CLibraryProvider.Malloc,
            CLibraryProvider.Jemalloc,
            CLibraryProvider.Mimalloc,
            CLibraryProvider.Tcmalloc;
}
