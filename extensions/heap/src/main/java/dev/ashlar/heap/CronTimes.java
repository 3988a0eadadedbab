package dev.ashlar.heap;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Duration;
import java.time.ZonedDateTime;

/** The times of a cron expression. The one class that uses cron-utils, which is optional. */
final class CronTimes {

    private final ExecutionTime times;

    /**
     * Parses an expression of five fields, as of Unix.
     *
     * @throws IllegalArgumentException if it is none
     */
    CronTimes(String expression) {
        CronParser parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
        times = ExecutionTime.forCron(parser.parse(expression));
    }

    /** The time from a moment to the next run. */
    Duration untilNext(ZonedDateTime now) {
        return times.timeToNextExecution(now)
                .orElseThrow(() -> new IllegalStateException("The cron expression has no time after " + now));
    }
}
