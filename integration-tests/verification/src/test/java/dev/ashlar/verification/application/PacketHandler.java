package dev.ashlar.verification.application;

import com.google.inject.Inject;
import dev.ashlar.adaptive.guice.Component;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Receives packets into blocks and applies them to the store, on any threads: the one that handles a packet, and frees it,
 * need not be the one that received it. A packet is a key and a value, the value empty for a removal.
 */
final class PacketHandler {

    private static final ValueLayout.OfInt LENGTH = ValueLayout.JAVA_INT_UNALIGNED;

    private final Allocator allocator;
    private final KeyValueStore store;

    @Inject
    PacketHandler(@Component("server.packets") Allocator allocator, KeyValueStore store) {
        this.allocator = allocator;
        this.store = store;
    }

    /** A packet as it comes from the wire. */
    MemorySegment receive(String key, byte[] value) {
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        MemorySegment packet = allocator.allocate(4L + keyBytes.length + value.length, 8);
        packet.set(LENGTH, 0, keyBytes.length);
        MemorySegment.copy(keyBytes, 0, packet, ValueLayout.JAVA_BYTE, 4, keyBytes.length);
        MemorySegment.copy(value, 0, packet, ValueLayout.JAVA_BYTE, 4L + keyBytes.length, value.length);
        return packet;
    }

    /** Applies a packet and frees it; false if the store has no room. */
    boolean handle(MemorySegment packet) {
        try {
            int keyLength = packet.get(LENGTH, 0);
            String key =
                    new String(packet.asSlice(4, keyLength).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            byte[] value = packet.asSlice(4L + keyLength).toArray(ValueLayout.JAVA_BYTE);
            if (value.length == 0) {
                store.remove(key);
                return true;
            }
            return store.put(key, value);
        } finally {
            allocator.free(packet);
        }
    }
}
