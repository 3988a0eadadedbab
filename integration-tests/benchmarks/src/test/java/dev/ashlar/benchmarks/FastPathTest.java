package dev.ashlar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ashlar.benchmarks.Inlining.Call;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The compiler inlines all of the fast path into a loop that allocates and frees, and the loop makes no garbage. A call
 * that remains costs several nanoseconds, and a segment that passes it is an object. Each loop runs in a JVM of its
 * own, because what the compiler does depends on what ran before.
 */
class FastPathTest {

    private static final String PROGRAM = FastPathProgram.class.getName();

    /**
     * Methods that may be called, because what is inlined into them is as large as the compiler allows. Which of them
     * is called depends on which the compiler compiled first. Nothing else may be called in them.
     */
    private static final Set<String> CALLED = Set.of(
            "dev.ashlar.adaptive.internal.TieredAllocator::allocate",
            "dev.ashlar.adaptive.internal.TieredAllocator::tryAllocate",
            "dev.ashlar.adaptive.internal.ConfinedTiers::allocate",
            "dev.ashlar.adaptive.internal.ConfinedTiers::tryAllocate");

    private record Run(Inlining inlining, long pairBytes, long segmentBytes) {}

    @ParameterizedTest
    @CsvSource({
        "slab, whole, addresses, 0",
        "slab, whole, segments, 0",
        "slab, view, addresses, 0",
        "slab, view, segments, 0",
        "lockfree, whole, addresses, 0",
        "lockfree, whole, segments, 0",
        "adaptive, whole, addresses, 0",
        "adaptive, whole, segments, 1",
        "adaptive, view, addresses, 0",
        "adaptive, view, segments, 1"
    })
    void mustInlineAllOfTheFastPath(String strategy, String what, String loop, int mostSegments) throws Exception {
        Run run = run(strategy, what, loop);
        if (!called(run.inlining, loop).isEmpty()) { // the compiler's profile depends on chance a little
            run = run(strategy, what, loop);
        }
        assertThat(called(run.inlining, loop)).as("calls in the loop").isEmpty();
        assertThat(run.pairBytes).as("bytes of a pair").isLessThanOrEqualTo(mostSegments * run.segmentBytes);
    }

    /** Loops that call methods, or whose segments escape. */
    @ParameterizedTest
    @CsvSource({
        "tlsf, addresses, 0",
        "buddy, addresses, 0",
        "slab, remote, 0",
        "lockfree, remote, 0",
        "tlsf, remote, 0",
        "adaptive, remote, 0",
        "slab, hinted, 1"
    })
    void mustMakeNoMoreThanASegment(String strategy, String loop, int mostSegments) throws Exception {
        Run run = run(strategy, "whole", loop);
        assertThat(run.pairBytes).as("bytes of a pair").isLessThanOrEqualTo(mostSegments * run.segmentBytes);
    }

    @ParameterizedTest
    @CsvSource({"slab", "adaptive"})
    void mustMakeExactlyOneSegmentWhereItEscapes(String strategy) throws Exception {
        Run run = run(strategy, "whole", "escaping");
        assertThat(run.pairBytes).as("bytes of a pair").isEqualTo(run.segmentBytes);
    }

    private static Run run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xbatch", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:CompileCommand=quiet"));
        for (String method : printed().toList()) { // of all methods it would take long
            command.add("-XX:CompileCommand=PrintCompilation," + method);
            command.add("-XX:CompileCommand=PrintInlining," + method);
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), PROGRAM));
        command.addAll(List.of(arguments));
        Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(program.waitFor()).as(output).isZero();
        List<String> lines = output.lines().toList();
        return new Run(Inlining.parse(lines), bytes(lines, "pair"), bytes(lines, "segment"));
    }

    private static Stream<String> printed() {
        return Stream.concat(Stream.of(PROGRAM + "::*"), CALLED.stream());
    }

    private static long bytes(List<String> lines, String of) {
        String label = "bytes of a " + of + ": ";
        return lines.stream()
                .filter(line -> line.contains(label))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(label) + label.length())))
                .findFirst()
                .orElseThrow();
    }

    /** The calls of Ashlar's methods that remain in a loop, and in the methods that it may call. */
    private static List<Call> called(Inlining inlining, String loop) {
        List<Call> calls = inlining.callsIn(PROGRAM + "::" + loop);
        assertThat(calls).as("what the compiled loop calls").isNotEmpty();
        return called(inlining, calls).toList();
    }

    private static Stream<Call> called(Inlining inlining, List<Call> calls) {
        return calls.stream()
                .filter(call -> call.callee().startsWith("dev.ashlar.") && !call.isInlined())
                .flatMap(call -> {
                    boolean mayBeCalled = CALLED.contains(call.callee())
                            && call.result().contains("already compiled into a big method")
                            && !inlining.callsIn(call.callee()).isEmpty();
                    return mayBeCalled ? called(inlining, inlining.callsIn(call.callee())) : Stream.of(call);
                });
    }

    @Test
    void mustNotTakeACallForInlined() {
        Inlining inlining = Inlining.parse(List.of(
                "    348  603 %  b  3       a.B::loop @ 2 (47 bytes)",
                "                              @ 1   a.B::first (9 bytes)   failed to inline: too big",
                "    349  605 %  b  4       a.B::loop @ 2 (47 bytes)",
                "                              @ 1   a.B::second (9 bytes)   failed to inline: too big",
                "    357  606    b  4       a.B::loop (47 bytes)",
                "    363  604       3       a.B::loop (47 bytes)   made not entrant: not used",
                "                              @ 16   a.B::third (41 bytes)   inline (hot)   callee changed to",
                "                                @ 3   a.B::fourth (17 bytes)   failed to inline: callee is too large",
                "                                @ 5   a.B::fifth (0 bytes)   virtual call",
                "    368  607    b  4       java.lang.String::equals (36 bytes)",
                "                              @ 1   a.B::sixth (9 bytes)   failed to inline: too big"));
        assertThat(inlining.callsIn("a.B::loop"))
                .extracting(Call::callee, Call::isInlined)
                .containsExactly(tuple("a.B::third", true), tuple("a.B::fourth", false), tuple("a.B::fifth", false));
    }
}
