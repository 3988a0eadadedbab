package dev.ashlar.adaptive;

/** Ends a listening when it is closed. Closing it again does nothing. */
@FunctionalInterface
public interface Registration extends AutoCloseable {

    @Override
    void close();
}
