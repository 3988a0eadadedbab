package dev.ashlar.lucene;

import com.carrotsearch.randomizedtesting.ThreadFilter;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakFilters;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.slab.Slab;
import java.nio.file.Path;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.store.BaseChunkedDirectoryTestCase;
import org.apache.lucene.tests.util.QuickPatchThreadsFilter;
import org.junit.AfterClass;
import org.junit.BeforeClass;

/** What Lucene tests of its own directories, with blocks from one byte up. */
@ThreadLeakFilters(
        defaultFilters = true,
        filters = {QuickPatchThreadsFilter.class, LuceneOwnCasesTest.Housekeeping.class})
public class LuceneOwnCasesTest extends BaseChunkedDirectoryTestCase {

    /** Ashlar's thread ends when it has had nothing to do for ten seconds: Lucene need not wait for that. */
    public static final class Housekeeping implements ThreadFilter {
        @Override
        public boolean reject(Thread thread) {
            return thread.getName().equals("ashlar-housekeeping");
        }
    }

    private static Allocator allocator = Slab.allocator();

    private static Limit limit = Limit.builder("lucene").build();

    @BeforeClass
    public static void open() {
        allocator = Slab.builder().limit("1GiB").build();
        limit = Limit.of("lucene", AllocationException.NO_LIMIT);
    }

    @AfterClass
    public static void nothingMustBeLive() {
        assertEquals(0, allocator.stats().liveBlocks());
        assertEquals(0, limit.usedBytes());
        assertTrue(allocator.stats().allocations() > 0);
        allocator.close();
    }

    @Override
    protected Directory getDirectory(Path path, int maxChunkSize) {
        int blockShift = 31 - Integer.numberOfLeadingZeros(maxChunkSize);
        return new AshlarDirectory(null, Allocators.limited(allocator, limit), blockShift);
    }
}
