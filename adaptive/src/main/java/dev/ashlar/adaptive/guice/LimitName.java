package dev.ashlar.adaptive.guice;

import java.lang.annotation.Annotation;

/** A {@link LimitedBy} that is made at run time. It is equal to those in source, as {@link Annotation} demands. */
@SuppressWarnings("ClassExplicitlyAnnotation") // a key of Guice is made of an annotation
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
