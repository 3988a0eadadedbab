package dev.ashlar.spi;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A strategy or memory source that was asked for and cannot be used: it is missing, it is broken, or there are two of
 * its name. The message says what was found, where, and what to add.
 */
public final class ProviderException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    ProviderException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
