package dev.ashlar.api;

/**
 * Removes a listener, or ends a watch, when it is closed. Closing it again does nothing. Safe for use by many threads.
 */
@FunctionalInterface
public interface Registration extends AutoCloseable {

    @Override
    void close();
}
