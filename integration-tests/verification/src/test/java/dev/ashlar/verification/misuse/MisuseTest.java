package dev.ashlar.verification.misuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ashlar.api.Pool;
import dev.ashlar.testkit.LeakLog;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each misuse on every installed strategy and every decorator over it. */
class MisuseTest {

    private final LeakLog log = new LeakLog();

    @AfterEach
    void stopListening() {
        log.close();
    }

    static Stream<Misuse> misuses() {
        return Misuse.ofAllocators();
    }

    @ParameterizedTest
    @MethodSource("misuses")
    void mustBeFoundAndChangeNothing(Misuse misuse) throws Exception {
        if (misuse.couldHurt()) {
            MisuseProgram.run(misuse);
        } else {
            assertThat(misuse.tryEverywhere())
                    .as("allocators that can be misused so")
                    .isPositive();
        }
    }

    static List<PoolMisuses.OfPool> poolMisuses() {
        return PoolMisuses.ALL;
    }

    @ParameterizedTest
    @MethodSource("poolMisuses")
    void mustBeFoundByThePool(PoolMisuses.OfPool misuse) {
        try (Pool<StringBuilder> pool = PoolMisuses.pool(misuse.tracking())) {
            ThrowingCallable operation = misuse.program().on(pool);
            assertThat(catchThrowable(operation))
                    .isInstanceOf(misuse.exception())
                    .satisfies(thrown ->
                            assertThat(String.valueOf(thrown.getMessage())).containsPattern(misuse.message()));
            if (!pool.isClosed()) {
                PoolMisuses.assertWorks(pool);
            }
        }
    }
}
