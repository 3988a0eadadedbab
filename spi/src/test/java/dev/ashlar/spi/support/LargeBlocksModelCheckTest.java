package dev.ashlar.spi.support;

import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One block with memory of its own, which threads free and resize at once, by its address and as they found it. */
@Param(name = "size", gen = IntGen.class, conf = "6:8")
@Tag("unsafe")
public class LargeBlocksModelCheckTest {

    private static final long UNIT = 10;
    private static final int FIRST_SIZE = 8;
    private static final MemorySegment MEMORY = Arena.global().allocate(FIRST_SIZE * UNIT, PageChunk.PAGE);

    /** What an operation found. */
    public enum Result {
        /** No live block. */
        NONE,
        /** A live block of another size. */
        WRONG_SIZE,
        /** The block, and it did its work. */
        DONE
    }

    /** A source of one chunk, which is there again when it was closed. */
    private static final class OneChunk implements MappedSource {

        private final AddressMap<Extent> map = new AddressMap<>(PageChunk.PAGE);
        private int closed;

        @Override
        public String name() {
            return "one chunk";
        }

        @Override
        public Chunk take(long byteSize, long byteAlignment) {
            return new Chunk() {
                @Override
                public MemorySegment memory() {
                    return MEMORY;
                }

                @Override
                public void close() {
                    if (map.get(MEMORY.address()) != null) {
                        throw new AssertionError("the map has a block whose memory is released");
                    }
                    closed++;
                }
            };
        }

        @Override
        public AddressMap<Extent> map() {
            return map;
        }
    }

    private final OneChunk source = new OneChunk();
    private final LargeBlocks blocks = LargeBlocks.from(new MeteredSource(source, Long.MAX_VALUE, () -> 0), 0);
    private boolean freed;

    /** There is a block. */
    public LargeBlocksModelCheckTest() {
        source.map.cover(MEMORY.address(), MEMORY.byteSize());
        Objects.requireNonNull(blocks.tryAllocate(FIRST_SIZE * UNIT, 1, () -> 0));
    }

    /** Frees what a thread found by the address. */
    @Operation
    public Result freeFound(@Param(name = "size") int size) {
        Extent found = source.map.get(MEMORY.address());
        try {
            return noted(found != null && found.tryFree(MEMORY.address(), size * UNIT));
        } catch (InvalidBlockException e) {
            return Result.WRONG_SIZE;
        }
    }

    /** Frees the block at the address. */
    @Operation
    public Result free(@Param(name = "size") int size) {
        try {
            return noted(blocks.free(MEMORY.address(), size * UNIT));
        } catch (InvalidBlockException e) {
            return Result.WRONG_SIZE;
        }
    }

    private Result noted(boolean isFreed) {
        if (isFreed) {
            freed = true;
        }
        return isFreed ? Result.DONE : Result.NONE;
    }

    /** Resizes the block in its memory. */
    @Operation
    public Result resize(@Param(name = "size") int oldSize, @Param(name = "size") int newSize) {
        try {
            MemorySegment block = MEMORY.asSlice(0, oldSize * UNIT);
            return blocks.resize(block, newSize * UNIT, 1) == null ? Result.NONE : Result.DONE;
        } catch (InvalidBlockException e) {
            return Result.WRONG_SIZE;
        }
    }

    /** Called when all threads have ended: figures, memory and map agree. */
    @Validate
    public void everythingAgrees() {
        Extent found = source.map.get(MEMORY.address());
        boolean isEmpty =
                blocks.requestedBytes() == 0 && blocks.stats().liveBlocks() == 0 && found == null && source.closed == 1;
        boolean isLive = blocks.requestedBytes() > 0
                && blocks.stats().liveBlocks() == 1
                && found != null
                && found.allocatedSize(MEMORY.address()) == MEMORY.byteSize()
                && source.closed == 0;
        if (freed ? !isEmpty : !isLive) {
            throw new AssertionError("freed: " + freed + ", closed: " + source.closed + ", " + blocks.stats());
        }
    }

    @Test
    void mustFreeABlockOnceWhoeverFoundIt() {
        new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(0)
                .iterations(Together.LONG ? 500 : 4)
                .invocationsPerIteration(Together.LONG ? 10_000 : 400)
                .sequentialSpecification(Sequential.class)
                .check(LargeBlocksModelCheckTest.class);
    }

    /** The block in one thread. */
    public static class Sequential {

        private int size = FIRST_SIZE;

        /** See {@link LargeBlocksModelCheckTest#freeFound}. */
        public Result freeFound(int freedSize) {
            return free(freedSize);
        }

        /** See {@link LargeBlocksModelCheckTest#free}. */
        public Result free(int freedSize) {
            if (size == 0) {
                return Result.NONE;
            }
            if (freedSize != size) {
                return Result.WRONG_SIZE;
            }
            size = 0;
            return Result.DONE;
        }

        /** See {@link LargeBlocksModelCheckTest#resize}. */
        public Result resize(int oldSize, int newSize) {
            if (size == 0) {
                return Result.NONE;
            }
            if (oldSize != size) {
                return Result.WRONG_SIZE;
            }
            size = newSize;
            return Result.DONE;
        }
    }
}
