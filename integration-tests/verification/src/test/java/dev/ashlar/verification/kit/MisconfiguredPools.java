package dev.ashlar.verification.kit;

import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.SupervisedPool;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Pools that ignore one value of their configuration. */
final class MisconfiguredPools {

    private MisconfiguredPools() {}

    static Stream<PoolFault> faults() {
        return Stream.of(
                PoolFault.of(
                        "never resets",
                        MisconfiguredPools::withoutReset,
                        "rule02_mustResetAnObjectWhenItIsReleased",
                        "rule01_mustHandAnObjectToOneCallerAtATime"),
                PoolFault.of(
                        "keeps an object whose reset throws",
                        MisconfiguredPools::ignoringResets,
                        "rule02_mustDestroyAnObjectWhoseResetThrows",
                        "rule03_mustDestroyTheObjectOfALeaseWhoseResetThrows"),
                PoolFault.of(
                        "does not validate",
                        MisconfiguredPools::withoutValidator,
                        "rule02_mustDestroyAnObjectThatTheValidatorRefuses"),
                PoolFault.of(
                        "forgets objects without destroying them",
                        MisconfiguredPools::withoutDestroyer,
                        "rule02_mustDestroyAnObjectThatTheValidatorRefuses",
                        "rule04_mustKeepNoMoreIdleObjectsThanTheBound",
                        "rule05_mustDestroyWhatIsIdleWhenItCloses"),
                PoolFault.of(
                        "destroys twice",
                        MisconfiguredPools::destroyingTwice,
                        "rule04_mustKeepNoMoreIdleObjectsThanTheBound",
                        "rule05_mustDestroyWhatIsIdleWhenItCloses"),
                PoolFault.of(
                        "makes nothing ahead",
                        MisconfiguredPools::makingNothingAhead,
                        "rule02_mustMakeTheFirstObjectsAhead",
                        "statistics_mustEqualWhatWasDone"),
                PoolFault.of(
                        "keeps any number of idle objects",
                        MisconfiguredPools::keepingAll,
                        "rule04_mustKeepNoMoreIdleObjectsThanTheBound"),
                PoolFault.of(
                        "takes a bound of 0 for none",
                        MisconfiguredPools::keepingAllForZero,
                        "rule04_mustKeepNoIdleObjectWhereTheBoundIsZero"),
                PoolFault.of(
                        "has no bound on live objects",
                        MisconfiguredPools::withoutBound,
                        "rule04_mustRefuseMoreLiveObjectsThanTheBound"),
                PoolFault.of(
                        "keeps idle objects for ever",
                        MisconfiguredPools::keepingForEver,
                        "rule04_mustLetGoOfWhatIsIdleTooLong"),
                PoolFault.of("counts nothing", MisconfiguredPools::countingNothing, "statistics_mustEqualWhatWasDone"),
                PoolFault.of(
                        "counts although it shall not",
                        MisconfiguredPools::counting,
                        "statistics_mustBeZeroWhenTheyAreOff"),
                PoolFault.of("tells no listener", MisconfiguredPools::silent, "listener_mustBeToldOfEachOperation"));
    }

    private static <T> SupervisedPool<T> withoutReset(PoolConfig<T> config) {
        return new HonestPool<>(
                builder(config).reset(object -> {}).validator(object -> true).build());
    }

    private static <T> SupervisedPool<T> ignoringResets(PoolConfig<T> config) {
        Consumer<T> ignoring = object -> {
            try {
                config.reset().accept(object);
            } catch (RuntimeException e) {
                // but keeps the object
            }
        };
        return new HonestPool<>(
                builder(config).reset(ignoring).validator(object -> true).build());
    }

    private static <T> SupervisedPool<T> withoutValidator(PoolConfig<T> config) {
        return new HonestPool<>(builder(config).validator(object -> true).build());
    }

    private static <T> SupervisedPool<T> withoutDestroyer(PoolConfig<T> config) {
        return new HonestPool<>(builder(config).destroyer(object -> {}).build());
    }

    private static <T> SupervisedPool<T> destroyingTwice(PoolConfig<T> config) {
        Consumer<T> twice = object -> {
            config.destroyer().accept(object);
            config.destroyer().accept(object);
        };
        return new HonestPool<>(builder(config).destroyer(twice).build());
    }

    private static <T> SupervisedPool<T> makingNothingAhead(PoolConfig<T> config) {
        return new HonestPool<>(builder(config).initialSize(0).build());
    }

    private static <T> SupervisedPool<T> keepingAll(PoolConfig<T> config) {
        return new HonestPool<>(builder(config).maxIdle(Pool.UNBOUNDED).build());
    }

    private static <T> SupervisedPool<T> keepingAllForZero(PoolConfig<T> config) {
        return config.maxIdle() == 0 ? keepingAll(config) : new HonestPool<>(config);
    }

    private static <T> SupervisedPool<T> withoutBound(PoolConfig<T> config) {
        return new HonestPool<>(builder(config).maxLive(Pool.UNBOUNDED).build());
    }

    private static <T> SupervisedPool<T> keepingForEver(PoolConfig<T> config) {
        return new HonestPool<>(builder(config).idleInterval(Duration.ZERO).build());
    }

    private static <T> SupervisedPool<T> countingNothing(PoolConfig<T> config) {
        return new HonestPool<>(
                builder(config).statistics(PoolConfig.Statistics.OFF).build());
    }

    private static <T> SupervisedPool<T> counting(PoolConfig<T> config) {
        return new HonestPool<>(
                builder(config).statistics(PoolConfig.Statistics.RECORDED).build());
    }

    private static <T> SupervisedPool<T> silent(PoolConfig<T> config) {
        return new HonestPool<>(builder(config).listener(PoolListener.none()).build());
    }

    private static <T> PoolConfig.Builder<T> builder(PoolConfig<T> config) {
        return PoolConfig.<T>builder(config.factory())
                .reset(config.reset())
                .validator(config.validator())
                .destroyer(config.destroyer())
                .initialSize(config.initialSize())
                .maxIdle(config.maxIdle())
                .maxLive(config.maxLive())
                .idleInterval(config.idleInterval())
                .statistics(config.statistics())
                .listener(config.listener());
    }
}
