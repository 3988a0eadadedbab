package dev.ashlar.spi;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What {@link Discovery} must know about a service.
 *
 * @param service its interface
 * @param word the word for it in messages, such as "strategy"
 * @param nameOf returns the name of an implementation
 * @param objection the reason why an implementation cannot be used, as the end of a sentence that begins with its name;
 *     empty if it can
 * @param whatToAdd what to do about a missing name
 * @param readMore where this is explained
 * @param builtIn implementations that need no declaration
 * @param <S> the service
 */
record ServiceKind<S>(
        Class<S> service,
        String word,
        Function<S, String> nameOf,
        Function<S, Optional<String>> objection,
        Function<String, String> whatToAdd,
        String readMore,
        List<S> builtIn) {}
