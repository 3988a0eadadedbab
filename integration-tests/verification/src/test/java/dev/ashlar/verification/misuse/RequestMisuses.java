package dev.ashlar.verification.misuse;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Requests for sizes and alignments that no block can have. */
final class RequestMisuses {

    private RequestMisuses() {}

    static final List<Misuse> ALL = List.of(
            invalid(
                    "allocate -1 bytes",
                    "byteSize is -1, must be 0 or more",
                    scene -> () -> scene.allocator().allocate(-1, 8)),
            invalid(
                    "allocate the smallest long",
                    "byteSize is -9223372036854775808, must be 0 or more",
                    scene -> () -> scene.allocator().allocate(Long.MIN_VALUE, 8)),
            invalid(
                    "allocate -1 zeroed bytes",
                    "byteSize is -1, must be 0 or more",
                    scene -> () -> scene.allocator().allocateZeroed(-1, 8)),
            invalid(
                    "try to allocate -1 bytes",
                    "byteSize is -1, must be 0 or more",
                    scene -> () -> scene.allocator().tryAllocate(-1, 8)),
            invalid("allocate an address of -1 bytes", "byteSize is -1, must be 0 or more", scene -> {
                AddressAllocator addresses = scene.addresses();
                return addresses == null ? null : () -> addresses.allocateAddress(-1, 8);
            }),
            refused(
                    "allocate the largest long",
                    scene -> () -> scene.allocator().allocate(Long.MAX_VALUE, 1)),
            refused(
                    "allocate a size that overflows when it is rounded up",
                    scene -> () -> scene.allocator().allocate(Long.MAX_VALUE - 6, 8)),
            refused(
                    "allocate a size that overflows with its alignment",
                    scene -> () -> scene.allocator().allocate(Long.MAX_VALUE - 4_096, 1 << 20)),
            refused("allocate 2^62 bytes", scene -> () -> scene.allocator().allocate(1L << 62, 8)),
            Misuse.of(
                    "allocate so many elements that their bytes overflow",
                    IllegalArgumentException.class,
                    "",
                    scene -> () -> scene.allocator().allocate(ValueLayout.JAVA_LONG, Long.MAX_VALUE)),
            invalid(
                    "allocate with alignment 0",
                    "byteAlignment is 0, must be a power of two",
                    scene -> () -> scene.allocator().allocate(64, 0)),
            invalid(
                    "allocate with alignment 3",
                    "byteAlignment is 3, must be a power of two",
                    scene -> () -> scene.allocator().allocate(64, 3)),
            invalid(
                    "allocate with alignment -8",
                    "byteAlignment is -8, must be a power of two",
                    scene -> () -> scene.allocator().allocate(64, -8)),
            invalid(
                    "allocate with the smallest long as alignment",
                    "byteAlignment is -9223372036854775808, must be a power of two",
                    scene -> () -> scene.allocator().allocate(64, Long.MIN_VALUE)),
            refused(
                    "allocate with alignment 2^62",
                    scene -> () -> scene.allocator().allocate(64, 1L << 62)),
            invalid("resize to -1 bytes", "byteSize is -1, must be 0 or more", scene -> {
                MemorySegment block = scene.liveBlock();
                return () -> scene.allocator().resize(block, -1);
            }),
            invalid("resize with alignment 3", "byteAlignment is 3, must be a power of two", scene -> {
                MemorySegment block = scene.liveBlock();
                return () -> scene.allocator().resize(block, 100, 3);
            }),
            refused("resize to the largest long", scene -> {
                MemorySegment block = scene.liveBlock();
                return () -> scene.allocator().resize(block, Long.MAX_VALUE);
            }),
            Misuse.of(
                    "allocate with null as hints", NullPointerException.class, "hints", RequestMisuses::withoutHints));

    private static Misuse invalid(String what, String message, Misuse.Program program) {
        return Misuse.of(what, IllegalArgumentException.class, message, program);
    }

    private static Misuse refused(String what, Misuse.Program program) {
        return Misuse.of(what, AllocationException.class, "Cannot allocate", program);
    }

    @SuppressWarnings("NullAway") // the misuse
    private static ThrowingCallable withoutHints(Scene scene) {
        return () -> scene.allocator().allocate(64, 8, null);
    }
}
