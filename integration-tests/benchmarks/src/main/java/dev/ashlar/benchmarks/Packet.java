package dev.ashlar.benchmarks;

import java.nio.ByteBuffer;

/**
 * A decoded packet: its sender, its number among the packets of the sender, and a payload. For one thread at a time.
 *
 * <p>On the wire these are two ints, the length of the payload as an int, and the payload.
 */
final class Packet {

    /** The longest payload in bytes, as in an Ethernet frame. */
    static final int LONGEST = 1_500;

    static final int HEADER = 3 * Integer.BYTES;

    private final byte[] payload;
    private int sender;
    private int number;
    private int length;

    /**
     * An empty packet.
     *
     * @param room the longest payload that it can hold, in bytes
     */
    Packet(int room) {
        payload = new byte[room];
    }

    /** Writes a packet at the buffer's position. */
    static void encode(int sender, int number, byte[] payload, ByteBuffer wire) {
        wire.putInt(sender).putInt(number).putInt(payload.length).put(payload);
    }

    /** The length in bytes of the payload of the packet at the buffer's position. */
    static int lengthOfNext(ByteBuffer wire) {
        return wire.getInt(wire.position() + 2 * Integer.BYTES);
    }

    /** Reads the packet at the buffer's position, and moves the position behind it. */
    Packet decode(ByteBuffer wire) {
        sender = wire.getInt();
        number = wire.getInt();
        length = wire.getInt();
        wire.get(payload, 0, length);
        return this;
    }

    int sender() {
        return sender;
    }

    int number() {
        return number;
    }

    /** The work of its user: reads the whole payload. */
    int checksum() {
        int sum = length;
        for (int i = 0; i < length; i++) {
            sum += payload[i];
        }
        return sum;
    }

    /** The reset. Bytes beyond the length are never read. */
    void clear() {
        sender = 0;
        number = 0;
        length = 0;
    }
}
