package dev.ashlar.verification.misuse;

import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/**
 * A wrong use of an allocator, a pool or a sequence, and how it is found.
 *
 * @param what what the program does, as in the table of {@code docs/misuse.md}
 * @param exception what is thrown; null if the misuse is not found
 * @param message a part of the message
 * @param couldHurt whether it could end the JVM or damage it, so that the program runs in a JVM of its own
 * @param program does it
 */
record Misuse(
        String what,
        @Nullable Class<? extends Throwable> exception,
        String message,
        boolean couldHurt,
        Program program) {

    /** Prepares a misuse. */
    @FunctionalInterface
    interface Program {

        /** Returns the operation that is the misuse, or null if this allocator cannot be misused so. */
        @Nullable ThrowingCallable in(Scene scene) throws Exception;
    }

    static Misuse of(String what, Class<? extends Throwable> exception, String message, Program program) {
        return new Misuse(what, exception, message, false, program);
    }

    static Misuse notFound(String what, Program program) {
        return new Misuse(what, null, "", false, program);
    }

    /** The same in a JVM of its own. */
    Misuse inItsOwnJvm() {
        return new Misuse(what, exception, message, true, program);
    }

    /** All misuses of allocators. */
    static Stream<Misuse> ofAllocators() {
        return Stream.of(
                        FreeMisuses.ALL,
                        BatchMisuses.ALL,
                        RequestMisuses.ALL,
                        LifetimeMisuses.ALL,
                        HardenedMisuses.ALL,
                        ThreadMisuses.ALL,
                        SequenceMisuses.ALL)
                .flatMap(List::stream);
    }

    /**
     * Tries it on every allocator.
     *
     * @return how many allocators can be misused so
     */
    int tryEverywhere() {
        int tried = 0;
        for (Subject subject : Subject.all().toList()) {
            try (Scene scene = new Scene(subject)) {
                tried += scene.run(this) ? 1 : 0;
            } catch (Exception | AssertionError e) {
                throw new AssertionError(subject + ": " + e.getMessage(), e);
            }
        }
        return tried;
    }

    /** How it is found, in a word. */
    String finding() {
        return exception == null ? "not found" : exception.getSimpleName();
    }

    @Override
    public String toString() {
        return what;
    }
}
