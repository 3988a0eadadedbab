package dev.ashlar.adaptive.guice;

import com.google.inject.BindingAnnotation;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Asks for the allocator that has a limit of its own, {@linkplain AllocatorModule.Builder#limit declared} under a name:
 * {@code @LimitedBy("cache") Allocator allocator}. As a key it is {@link AllocatorModule#keyOf}.
 */
@BindingAnnotation
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.FIELD, ElementType.METHOD})
public @interface LimitedBy {

    /** The name of the limit. */
    String value();
}
