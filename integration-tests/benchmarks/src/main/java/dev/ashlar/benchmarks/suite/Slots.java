package dev.ashlar.benchmarks.suite;

/** Slots that each hold a block or none. Different threads may use different slots at once. */
final class Slots {

    private final long[] addresses;
    private final int[] byteSizes;

    Slots(int count) {
        addresses = new long[count];
        byteSizes = new int[count];
    }

    int count() {
        return addresses.length;
    }

    boolean isEmpty(int slot) {
        return addresses[slot] == 0;
    }

    long address(int slot) {
        return addresses[slot];
    }

    int byteSize(int slot) {
        return byteSizes[slot];
    }

    /** Allocates a block into an empty slot and returns its address. */
    long allocate(Client client, int slot, int byteSize) {
        return allocate(client, slot, byteSize, Client.ALIGNMENT);
    }

    /** Allocates a block into an empty slot and returns its address. */
    long allocate(Client client, int slot, int byteSize, long byteAlignment) {
        long address = client.allocate(byteSize, byteAlignment);
        addresses[slot] = address;
        byteSizes[slot] = byteSize;
        return address;
    }

    /** Frees the block of a slot, if there is one. */
    void free(Client client, int slot) {
        long address = addresses[slot];
        if (address != 0) {
            addresses[slot] = 0;
            client.free(address, byteSizes[slot]);
        }
    }

    /** Moves the block of a slot to a slot of others, which is empty. */
    void move(int slot, Slots others, int to) {
        others.addresses[to] = addresses[slot];
        others.byteSizes[to] = byteSizes[slot];
        addresses[slot] = 0;
    }

    /** Exchanges two slots. */
    void swap(int one, int other) {
        long address = addresses[one];
        int byteSize = byteSizes[one];
        addresses[one] = addresses[other];
        byteSizes[one] = byteSizes[other];
        addresses[other] = address;
        byteSizes[other] = byteSize;
    }

    /** Frees all blocks. */
    void freeAll(Client client) {
        for (int slot = 0; slot < addresses.length; slot++) {
            free(client, slot);
        }
    }
}
