package dev.ashlar.metrics;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Pool;
import dev.ashlar.api.Registration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Something with figures under a name: an allocator, a pool, a limit, or anything else of a program. {@link Beans}
 * shows it in JMX, {@link Events} in the flight recorder, and {@link dev.ashlar.metrics.micrometer.Meters} in a
 * registry of Micrometer.
 *
 * {@snippet class="dev.ashlar.verification.shown.MetricsCodeTest" region="watched"}
 *
 * <p><b>Reading.</b> All figures that are read within a tenth of a second come from one snapshot, so they belong
 * together and cost one call of {@code stats()}. Nothing is read without a reader. While a thread takes a snapshot,
 * other threads do not wait: they get the last one. Counters never fall, and no figure is ever {@code NaN}.
 *
 * <p><b>The end.</b> Closing it removes it from JMX, the flight recorder and the registries. The next snapshot does the
 * same if the allocator, pool or limit is closed, or if a source throws {@link IllegalStateException}. A snapshot that
 * fails otherwise is logged once, and the last figures stay.
 *
 * <p>Safe for use by many threads.
 */
public final class Watched implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger("dev.ashlar.metrics");

    /**
     * How long a snapshot is used: longer than it takes to read every figure, and shorter than the usual interval
     * between readings.
     */
    static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String type;
    private final String name;
    private final List<Figure<?>> figures;
    private final Map<String, Integer> places;
    private final LongSupplier nanoTime;

    /** The ends of all places where this is shown. */
    private final Set<Registration> shown = ConcurrentHashMap.newKeySet();

    /** Held by the thread that takes a snapshot. */
    private final ReentrantLock reading = new ReentrantLock();

    /** The sources of snapshots. Empty once they are closed, so that this keeps no reference. */
    private volatile List<Part<?>> parts;

    /** The operations. Empty once closed, for the same reason. */
    private volatile List<Action> actions;

    /** The last snapshot, and when it was taken. */
    private volatile double[] last;

    private volatile long lastNanos;

    /** Whether the last snapshot failed. Guarded by {@link #reading}. */
    private boolean isFailing;

    /** Some figures and their source. */
    record Part<S>(Supplier<? extends S> source, BooleanSupplier isClosed, List<Figure<S>> figures) {

        void read(double[] values, int first) {
            S now = source.get();
            for (int i = 0; i < figures.size(); i++) {
                values[first + i] = figures.get(i).value().applyAsDouble(now);
            }
        }
    }

    /** An operation that runs only on demand. */
    record Action(String name, String description, Supplier<? extends Number> run) {}

    private Watched(String type, String name, List<Part<?>> parts, List<Action> actions, LongSupplier nanoTime) {
        Words.requireValid("type", type);
        this.type = type;
        this.name = Objects.requireNonNull(name, "name");
        this.parts = parts;
        this.actions = actions;
        this.nanoTime = nanoTime;
        this.figures =
                parts.stream().<Figure<?>>flatMap(part -> part.figures.stream()).toList();
        this.places = IntStream.range(0, figures.size())
                .boxed()
                .collect(Collectors.toUnmodifiableMap(i -> figures.get(i).name(), i -> i));
        this.last = read(parts);
        this.lastNanos = nanoTime.getAsLong();
    }

    /**
     * An allocator: {@link Figures#ALLOCATOR}, and used and limit where it has a {@link Limit}.
     *
     * @param name unique among the watched allocators
     * @param allocator an open allocator that any thread may use
     * @throws IllegalStateException if it is closed
     */
    public static Watched allocator(String name, Allocator allocator) {
        List<Part<?>> parts = new ArrayList<>();
        parts.add(new Part<>(allocator::stats, allocator::isClosed, Figures.ALLOCATOR));
        allocator.as(Limit.class).ifPresent(limit -> parts.add(new Part<>(() -> limit, () -> false, Figures.USE)));
        List<Action> actions = new ArrayList<>();
        actions.add(new Action("trim", "Returns idle memory upstream, and the number of bytes", allocator::trim));
        allocator
                .as(Inspectable.class)
                .ifPresent(inspectable -> actions.add(new Action(
                        "externalFragmentation",
                        "1 - largest free run / free bytes; walks over all memory that is held",
                        inspectable::externalFragmentation)));
        return new Watched("allocator", name, parts, actions, System::nanoTime);
    }

    /**
     * A pool: {@link Figures#POOL}, and how many idle objects it keeps.
     *
     * @param name unique among the watched pools
     * @param pool an open pool, which should record statistics
     */
    public static Watched pool(String name, Pool<?> pool) {
        List<Part<?>> parts = List.of(
                new Part<>(pool::stats, pool::isClosed, Figures.POOL),
                new Part<>(() -> pool, () -> false, Figures.MAX_IDLE));
        return new Watched("pool", name, parts, List.of(), System::nanoTime);
    }

    /**
     * A limit, under its own name: {@link Figures#LIMIT}.
     *
     * @param limit a limit whose name is unique among the watched limits
     */
    public static Watched limit(Limit limit) {
        return new Watched(
                "limit",
                limit.name(),
                List.of(new Part<>(() -> limit, limit::isClosed, Figures.LIMIT)),
                List.of(),
                System::nanoTime);
    }

    /**
     * Anything else, such as a part of an allocator with {@link Figures#ALLOCATOR}, or figures that only one strategy
     * has.
     *
     * @param <S> a snapshot
     * @param type one or more words, such as {@code tier}, which name its kind in meters, beans and events
     * @param name unique among those of its type
     * @param source takes a snapshot, or throws {@link IllegalStateException} once its subject is closed
     * @param figures the figures of a snapshot, each with a unique name
     * @throws IllegalArgumentException if the type is not one or more words in camel case
     * @throws IllegalStateException if it is closed
     */
    public static <S> Watched of(String type, String name, Supplier<? extends S> source, List<Figure<S>> figures) {
        return new Watched(
                type,
                name,
                List.of(new Part<>(source, () -> false, List.copyOf(figures))),
                List.of(),
                System::nanoTime);
    }

    /** The same by another clock, for tests. */
    Watched by(LongSupplier clock) {
        return new Watched(type, name, parts, actions, clock);
    }

    /** Its type, such as {@code allocator}. */
    public String type() {
        return type;
    }

    /** Its name, unique among those of its type. */
    public String name() {
        return name;
    }

    /** All figures, in the order in which to show them. */
    public List<Figure<?>> figures() {
        return figures;
    }

    List<Action> actions() {
        return actions;
    }

    /**
     * A figure at this moment, or its last value if the subject is closed.
     *
     * @param figure its name
     * @throws IllegalArgumentException if no figure has that name
     */
    public double value(String figure) {
        Integer place = places.get(figure);
        if (place == null) {
            throw new IllegalArgumentException(figures.stream()
                    .map(Figure::name)
                    .collect(Collectors.joining(", ", this + " has no figure '" + figure + "'. It has ", ".")));
        }
        return values()[place];
    }

    /** All figures at one moment by their names, in their order. Fractions are {@code Double}, others {@code Long}. */
    public Map<String, Number> snapshot() {
        double[] now = values();
        Map<String, Number> byName = LinkedHashMap.newLinkedHashMap(now.length);
        for (int i = 0; i < now.length; i++) {
            byName.put(figures.get(i).name(), figures.get(i).kind().number(now[i]));
        }
        return byName;
    }

    /** All figures at one moment, in their order. Not to be changed. */
    double[] values() {
        long nanos = nanoTime.getAsLong();
        if (!parts.isEmpty() && nanos - lastNanos >= MOMENT_NANOS && reading.tryLock()) {
            boolean isOver;
            try {
                isOver = renew(nanos);
            } finally {
                reading.unlock();
            }
            if (isOver) {
                close();
            }
        }
        return last;
    }

    /** Takes a snapshot. Returns whether it is the last one. */
    private boolean renew(long nanos) {
        lastNanos = nanos;
        List<Part<?>> open = parts;
        if (open.isEmpty()) { // closed meanwhile
            return false;
        }
        boolean isOver = open.stream().anyMatch(part -> part.isClosed.getAsBoolean());
        try {
            double[] now = read(open);
            for (int i = 0; i < now.length; i++) {
                if (figures.get(i).kind() == Figure.Kind.COUNTER) {
                    now[i] = Math.max(now[i], last[i]);
                }
            }
            last = now;
            isFailing = false;
        } catch (IllegalStateException e) {
            isOver = true;
        } catch (RuntimeException | Error e) {
            if (!isFailing) {
                LOG.log(System.Logger.Level.WARNING, this + " cannot be read; this is logged once until it can", e);
            }
            isFailing = true;
        }
        return isOver;
    }

    private double[] read(List<Part<?>> parts) {
        double[] values = new double[figures.size()];
        int first = 0;
        for (Part<?> part : parts) {
            part.read(values, first);
            first += part.figures.size();
        }
        return values;
    }

    /**
     * Registers a place where this is shown. For code that shows it.
     *
     * @param end removes it from that place. It runs once: when the registration or this is closed, which may be at
     *     once
     * @return the registration that the user closes
     */
    public Registration shown(Runnable end) {
        Registration one = new Registration() {
            @Override
            public void close() {
                if (shown.remove(this)) {
                    end.run();
                }
            }
        };
        shown.add(one);
        if (parts.isEmpty()) { // ended meanwhile
            one.close();
        }
        return one;
    }

    /**
     * Removes this from all places where it is shown. The last figures can still be read. Closing again does nothing.
     */
    @Override
    public void close() {
        parts = List.of();
        actions = List.of();
        shown.forEach(Registration::close);
    }

    @Override
    public String toString() {
        return type + " '" + name + "'";
    }
}
