package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.VarHandle;

/** Makes handles of fields, for constants of the class that has the field. */
public final class VarHandles {

    private VarHandles() {}

    /**
     * The handle of an instance field.
     *
     * @param lookup of the class that has the field
     * @param name the field's name
     * @param type its declared type
     * @throws ExceptionInInitializerError if there is no such field
     */
    public static VarHandle of(Lookup lookup, String name, Class<?> type) {
        try {
            return lookup.findVarHandle(lookup.lookupClass(), name, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
