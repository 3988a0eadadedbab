package dev.ashlar.adaptive.guice;

import com.google.inject.BindingAnnotation;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Asks for the allocator with a limit that is {@linkplain AllocatorModule.Builder#limit declared} under a name:
 * {@code @LimitedBy("cache") Allocator allocator}. The limit itself is {@code @LimitedBy("cache") Limit limit}. In code
 * the key of the allocator is {@link AllocatorModule#keyOf}.
 */
@BindingAnnotation
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.FIELD, ElementType.METHOD})
public @interface LimitedBy {

    /** The name of the limit. */
    String value();
}
