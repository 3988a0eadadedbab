package dev.ashlar.lockfree.internal.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The place of a {@link Cache} where the next acquire finds an object: a word that says what is there, and a reference. How
 * many threads use it is told in {@link Cache}.
 *
 * <p>Invariant: the word is not both {@code IDLE} and {@code SHUT}; a sovereign one is neither {@code SHUT} nor
 * {@code SHARED}; if it is {@code IDLE} there is an object.
 */
abstract class Front extends Apart {

    /** The word: is there an object; is there no room; can room be taken away; and the tag. */
    private static final long IDLE = 1;

    private static final long SHUT = 2;
    private static final long SHARED = 4;

    /** A sovereign front that has no object. */
    private static final long EMPTY = 0;

    private static final long STATE = IDLE | SHUT | SHARED;
    private static final int TAG_SHIFT = 3;
    private static final long ONE_TAKE = 1L << TAG_SHIFT;

    private static final VarHandle FRONT;

    static {
        try {
            FRONT = MethodHandles.lookup().findVarHandle(Front.class, "front", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile long front;
    private @Nullable Object frontObject;

    /** Whether it has its room and keeps it. */
    final boolean sovereign;

    /** The word when somebody looked. For those who look, one at a time. */
    private long frontThen = -1;

    Front(boolean sovereign) {
        this.sovereign = sovereign;
        this.front = sovereign ? EMPTY : SHUT | SHARED;
    }

    /** Takes the object in front, or nothing. For any thread; wait-free, one CAS. */
    final @Nullable Object takeFront() {
        long seen = front;
        if ((seen & IDLE) != 0) {
            Object object = frontObject;
            if (FRONT.compareAndSet(this, seen, seen - IDLE + ONE_TAKE)) {
                return object;
            }
        }
        return null;
    }

    /** Puts an object in front if there is room. For the owner; wait-free, a store, or one CAS. */
    final boolean putFront(Object object) {
        long seen = front;
        if ((seen & STATE) == EMPTY) {
            refer(object);
            FRONT.setRelease(this, seen + IDLE);
            return true;
        }
        if ((seen & STATE) == SHARED) {
            refer(object);
            return FRONT.compareAndSet(this, seen, seen + IDLE);
        }
        return false;
    }

    private void refer(Object object) {
        if (frontObject != object) { // a store that changes nothing has a barrier too
            frontObject = object;
        }
    }

    /** Opens a front without room and puts an object there. For the owner; false if it has room. */
    final boolean openFront(Object object) {
        long seen = front;
        if ((seen & SHUT) == 0) {
            return false;
        }
        frontObject = object;
        front = seen - SHUT + IDLE; // only its owner opens a front
        return true;
    }

    /** Gives up the room, if there is no object and it is not sovereign. For any thread. */
    final boolean shutFront() {
        long seen = front;
        return (seen & STATE) == SHARED && FRONT.compareAndSet(this, seen, seen + SHUT);
    }

    final boolean isFrontShut() {
        return (front & SHUT) != 0;
    }

    /** Lets go of the reference to an object that is not here any more. For the owner, or when nobody puts. */
    final void forgetFront() {
        if ((front & IDLE) == 0) {
            frontObject = null;
        }
    }

    /** The object in front, or one that was there last. For the owner. */
    final @Nullable Object lastInFront() {
        return frontObject;
    }

    /** Whether nobody took the object in front since it was asked last. Begins anew. For one thread at a time. */
    final boolean isFrontUnused() {
        long now = front;
        boolean unused = (now & IDLE) != 0 && now == frontThen;
        frontThen = now;
        return unused;
    }

    /** How many objects are in front. */
    final int frontSize() {
        return (int) (front & IDLE);
    }

    /** How many objects were taken from the front. */
    final long frontTakes() {
        return front >>> TAG_SHIFT;
    }

    /** Checks the invariant. For tests, when nobody is at work. */
    final void checkFront() {
        boolean holds = (front & (IDLE | SHUT)) != (IDLE | SHUT)
                && (!sovereign || (front & (SHUT | SHARED)) == 0)
                && ((front & IDLE) == 0 || frontObject != null);
        if (!holds) {
            throw new IllegalStateException(
                    "Invariant broken: state of the front " + (front & STATE) + ", object there " + frontObject);
        }
    }
}
