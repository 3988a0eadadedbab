package dev.ashlar.adaptive.guice;

import static java.lang.annotation.ElementType.FIELD;
import static java.lang.annotation.ElementType.METHOD;
import static java.lang.annotation.ElementType.PARAMETER;
import static java.lang.annotation.RetentionPolicy.RUNTIME;

import jakarta.inject.Qualifier;
import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.Target;

/**
 * Asks for the allocator of one component: a view of the adaptive allocator with a quota of its own, which is
 * {@linkplain AllocatorModule.Builder#component declared} in the module.
 *
 * <pre>{@code
 * @Inject
 * Cache(@Component("cache") Allocator allocator) { ... }
 * }</pre>
 */
@Documented
@Qualifier @Retention(RUNTIME)
@Target({FIELD, PARAMETER, METHOD})
public @interface Component {

    /** Which component. A dot in the name stands for a quota within another: {@code server.cache} counts against both. */
    String value();
}
