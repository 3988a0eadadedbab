package dev.ashlar.adaptive.guice;

import java.lang.annotation.Annotation;

/** A {@link LimitedBy} made at run time. It is equal to those in source code, as {@link Annotation} requires. */
@SuppressWarnings("ClassExplicitlyAnnotation") // a key of Guice needs an annotation
record LimitName(String value) implements LimitedBy {

    @Override
    public Class<? extends Annotation> annotationType() {
        return LimitedBy.class;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LimitedBy limit && limit.value().equals(value);
    }

    @Override
    public int hashCode() {
        return (127 * "value".hashCode()) ^ value.hashCode();
    }

    @Override
    public String toString() {
        return "@" + LimitedBy.class.getName() + "(\"" + value + "\")";
    }
}
