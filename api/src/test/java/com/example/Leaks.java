package com.example;

import java.util.List;
import java.util.function.LongFunction;

/** Places of a program outside Ashlar's packages. */
public final class Leaks {

    private Leaks() {}

    /** A place in the program. */
    public interface Place {
        /** Calls something from this place. */
        <T> T call(LongFunction<T> allocation, long byteSize);
    }

    /** Places that differ in their innermost frame: even ones in the class, odd ones in the line. */
    public static final List<Place> PLACES = List.of(new First(), new Second());

    /** Calls from one of {@code 2 * 10} places. */
    public static <T> T call(int place, LongFunction<T> allocation, long byteSize) {
        Place one = PLACES.get(place % 2);
        return switch (place / 2) {
            case 0 -> one.call(allocation, byteSize);
            case 1 -> one.call(allocation, byteSize);
            case 2 -> one.call(allocation, byteSize);
            case 3 -> one.call(allocation, byteSize);
            case 4 -> one.call(allocation, byteSize);
            case 5 -> one.call(allocation, byteSize);
            case 6 -> one.call(allocation, byteSize);
            case 7 -> one.call(allocation, byteSize);
            case 8 -> one.call(allocation, byteSize);
            default -> one.call(allocation, byteSize);
        };
    }

    private static final class First implements Place {
        @Override
        public <T> T call(LongFunction<T> allocation, long byteSize) {
            return allocation.apply(byteSize);
        }
    }

    private static final class Second implements Place {
        @Override
        public <T> T call(LongFunction<T> allocation, long byteSize) {
            return allocation.apply(byteSize);
        }
    }
}
