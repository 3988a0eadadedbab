package dev.ashlar.insight.gc;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import dev.ashlar.insight.gc.FlagChange.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The flags that can be set in the running JVM, and what was set. For one thread at a time. */
final class Flags {

    /** {@code -XX:Name=value}, {@code -XX:+Name} or {@code -XX:-Name}. */
    private static final Pattern FLAG = Pattern.compile("-XX:([+-]?)(\\w+)(?:=(\\w+))?");

    /** A window is worse if its score falls by more than this: less is within what two equal windows differ. */
    private static final double WORSE = 0.05;

    private final HotSpotDiagnosticMXBean bean;
    private final List<FlagChange> changes = new ArrayList<>();
    private double scoreBefore;

    Flags(HotSpotDiagnosticMXBean bean) {
        this.bean = bean;
    }

    List<FlagChange> changes() {
        return List.copyOf(changes);
    }

    /** Sets those flags that are manageable and have another value. Returns what changed. */
    List<FlagChange> apply(List<String> flags, double score) {
        List<FlagChange> made = new ArrayList<>();
        for (String flag : flags) {
            manageable(flag).ifPresent(change -> {
                bean.setVMOption(change.flag(), change.after());
                changes.add(change);
                made.add(change);
            });
        }
        if (!made.isEmpty()) {
            scoreBefore = score;
        }
        return made;
    }

    private Optional<FlagChange> manageable(String flag) {
        Matcher parts = FLAG.matcher(flag);
        if (!parts.matches()) {
            return Optional.empty();
        }
        String name = parts.group(2);
        String value = parts.group(3) == null ? String.valueOf(parts.group(1).equals("+")) : parts.group(3);
        return bean.getDiagnosticOptions().stream() // these are the manageable ones
                .filter(option -> option.getName().equals(name) && option.isWriteable())
                .map(VMOption::getValue)
                .filter(before -> !before.equals(value))
                .map(before -> new FlagChange(name, before, value, State.ON_TRIAL))
                .findFirst();
    }

    /** Ends the trial of what was set since the last window: takes all of it back if this one is worse. */
    void judge(double score) {
        State state = score < scoreBefore - WORSE ? State.TAKEN_BACK : State.KEPT;
        for (FlagChange change : changes.reversed()) {
            if (change.state() == State.ON_TRIAL && state == State.TAKEN_BACK) {
                bean.setVMOption(change.flag(), change.before());
            }
        }
        changes.replaceAll(change -> change.state() == State.ON_TRIAL ? change.as(state) : change);
    }
}
