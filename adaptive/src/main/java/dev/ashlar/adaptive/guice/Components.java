package dev.ashlar.adaptive.guice;

import com.google.inject.Key;
import dev.ashlar.api.Allocator;
import java.lang.annotation.Annotation;
import java.util.Objects;

/** Keys of the allocators of components, for code that binds by key. */
public final class Components {

    private Components() {}

    /**
     * The key that {@code @Component(name) Allocator} stands for.
     *
     * @param name which component
     */
    public static Key<Allocator> key(String name) {
        return Key.get(Allocator.class, new Named(name));
    }

    /** The annotation as an object; equal to what the compiler makes of one, as {@link Annotation} asks. */
    @SuppressWarnings("BadAnnotationImplementation") // the class of an annotation's object is its own affair
    private record Named(String value) implements Component {

        private Named {
            Objects.requireNonNull(value, "value");
        }

        @Override
        public Class<? extends Annotation> annotationType() {
            return Component.class;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Component component && component.value().equals(value);
        }

        @Override
        public int hashCode() {
            return (127 * "value".hashCode()) ^ value.hashCode();
        }

        @Override
        public String toString() {
            return "@" + Component.class.getName() + "(\"" + value + "\")";
        }
    }
}
