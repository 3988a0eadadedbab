package dev.ashlar.spi;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What {@link Discovery} has to know of a service.
 *
 * @param service its interface
 * @param word what people call it, such as "strategy"
 * @param nameOf tells the name of an implementation
 * @param objection says why an implementation cannot be used, if so, as what comes after its name in a sentence
 * @param whatToAdd says for a name that is missing what to do about it
 * @param readMore says where this is explained
 * @param builtIn implementations that are there without being declared
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
