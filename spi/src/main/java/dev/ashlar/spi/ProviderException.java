package dev.ashlar.spi;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A strategy or memory source that was requested cannot be used: it is missing or broken, or two have its name. The
 * message says what was found, where, and what to add.
 */
public final class ProviderException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    /**
     * For providers that need something that is missing on this machine.
     *
     * @param message what is missing, and what to install or to set
     * @param cause what failed, or null
     */
    public ProviderException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
