package dev.ashlar.benchmarks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the optimising compiler inlined into each method that it compiled, from the output of a JVM with {@code
 * PrintCompilation} and {@code PrintInlining}.
 *
 * <p>After the line of a compilation come the calls in it, one a line, each with what became of it. Lines that say that
 * code of a lower level is not used any more may be in between. If a method was compiled several times at level 4, the
 * last time counts. Loops that were compiled while they ran, marked with a percent sign, are left out.
 */
record Inlining(Map<String, List<Call>> callsByMethod) {

    private static final Pattern COMPILATION =
            Pattern.compile("\\s*\\d+\\s+\\d+\\s+(?<marks>[%!sbn ]*)\\s(?<level>\\d)\\s+(?<method>\\S+::\\S+) .*");
    private static final Pattern CALL =
            Pattern.compile("\\s{20,}@ \\d+\\s+(?<callee>\\S+::\\S+) \\(\\d+ bytes\\)\\s*(?<result>.*)");

    /** A call, and what became of it: {@code inline (hot)}, {@code failed to inline: too big}, and so on. */
    record Call(String callee, String result) {

        /** Whether no call was compiled: its code is part of the caller, or it was never reached. */
        boolean isInlined() {
            return result.startsWith("inline")
                    || result.startsWith("force inline")
                    || result.startsWith("accessor")
                    || result.startsWith("(intrinsic)")
                    || result.contains("never executed");
        }

        @Override
        public String toString() {
            return callee + ": " + result;
        }
    }

    static Inlining parse(List<String> lines) {
        Map<String, List<Call>> callsByMethod = new HashMap<>();
        List<Call> calls = new ArrayList<>(); // of a compilation that does not count
        for (String line : lines) {
            Matcher compilation = COMPILATION.matcher(line);
            Matcher call = CALL.matcher(line);
            if (call.matches()) {
                calls.add(new Call(call.group("callee"), call.group("result")));
            } else if (compilation.matches() && !line.contains("made not entrant")) {
                calls = new ArrayList<>();
                if (compilation.group("level").equals("4")
                        && !compilation.group("marks").contains("%")) {
                    callsByMethod.put(compilation.group("method"), calls);
                }
            }
        }
        return new Inlining(callsByMethod);
    }

    /** The calls in a method that the optimising compiler compiled; empty if it did not. */
    List<Call> callsIn(String method) {
        return callsByMethod.getOrDefault(method, List.of());
    }
}
