package dev.ashlar.verification.application;

import com.google.inject.Inject;
import dev.ashlar.adaptive.guice.LimitedBy;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Receives packets into blocks and applies them to the store. Any thread may handle and free a packet, not only the one
 * that received it.
 */
final class PacketHandler {

    private final Allocator allocator;
    private final Pool<Packet> packets;
    private final KeyValueStore store;

    @Inject
    PacketHandler(@LimitedBy("server.packets") Allocator allocator, Pool<Packet> packets, KeyValueStore store) {
        this.allocator = allocator;
        this.packets = packets;
        this.store = store;
    }

    /** A packet from the wire. */
    MemorySegment receive(String key, byte[] value) {
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        MemorySegment received = allocator.allocate(Packet.encodedSize(keyBytes, value), 8);
        Packet.encode(keyBytes, value, received);
        return received;
    }

    /** Applies a packet and frees it; false if the store has no room. */
    boolean handle(MemorySegment received) {
        try (Lease<Packet> lease = packets.lease()) {
            Packet packet = lease.get();
            packet.decode(received);
            if (packet.value().length == 0) {
                store.remove(packet.key());
                return true;
            }
            return store.put(packet.key(), packet.value());
        } finally {
            allocator.free(received);
        }
    }
}
