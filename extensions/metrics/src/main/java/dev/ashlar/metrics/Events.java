package dev.ashlar.metrics;

import dev.ashlar.api.Registration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jdk.jfr.AnnotationElement;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.EventFactory;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;
import jdk.jfr.ValueDescriptor;

/**
 * Records the figures of allocators, pools and limits in the JDK's flight recorder, each as a periodic event, such as
 * {@code dev.ashlar.AllocatorStatistics}, with the field {@code name} and a field for each figure.
 *
 * {@snippet class="dev.ashlar.verification.shown.MetricsCodeTest" region="events"}
 *
 * <p>Every recording has these events, one every ten seconds. {@code jcmd <pid> JFR.start
 * +dev.ashlar.AllocatorStatistics#period=1s} sets another period. Without a recording nothing is read.
 */
public final class Events {

    /** Event types by name and fields: an allocator without a limit has fewer fields. */
    private static final Map<List<?>, Type> TYPES = new ConcurrentHashMap<>();

    /** Types and names of what is recorded. */
    private static final Set<List<String>> NAMES = ConcurrentHashMap.newKeySet();

    private Events() {}

    /**
     * Records the figures of something from now on.
     *
     * @param watched what to record
     * @return ends it
     * @throws IllegalArgumentException if there is one of that type and name, or if figures have equal names or one has
     *     the name {@code name}; then nothing is recorded
     */
    public static Registration register(Watched watched) {
        Type type = TYPES.computeIfAbsent(
                List.of(
                        watched.type(),
                        watched.figures().stream().map(Figure::name).toList()),
                _ -> new Type(watched));
        List<String> name = List.of(watched.type(), watched.name());
        if (!NAMES.add(name)) {
            throw new IllegalArgumentException(
                    watched + " is recorded already. Give each " + watched.type() + " a name of its own.");
        }
        Runnable hook = () -> type.commit(watched);
        try {
            FlightRecorder.addPeriodicEvent(type.event, hook);
        } catch (RuntimeException | Error e) {
            NAMES.remove(name);
            throw e;
        }
        return watched.shown(() -> {
            FlightRecorder.removePeriodicEvent(hook);
            NAMES.remove(name);
        });
    }

    /** The event type for everything with the same figures. */
    private static final class Type {

        private final EventFactory factory;
        final Class<? extends Event> event;

        Type(Watched watched) {
            List<ValueDescriptor> fields = new ArrayList<>();
            fields.add(field(String.class, "name", List.of()));
            watched.figures().forEach(figure -> fields.add(fieldOf(figure)));
            String name = Words.capitalised(watched.type()) + "Statistics";
            factory = EventFactory.create(
                    List.of(
                            new AnnotationElement(Name.class, "dev.ashlar." + name),
                            new AnnotationElement(Label.class, Words.title(name)),
                            new AnnotationElement(Category.class, new String[] {"Ashlar"}),
                            new AnnotationElement(Period.class, "10 s"),
                            new AnnotationElement(StackTrace.class, false)),
                    fields);
            event = factory.newEvent().getClass();
        }

        private static ValueDescriptor fieldOf(Figure<?> figure) {
            return switch (figure.kind()) {
                case BYTES ->
                    field(
                            long.class,
                            figure.name(),
                            List.of(new AnnotationElement(DataAmount.class, DataAmount.BYTES)));
                case RATIO -> field(double.class, figure.name(), List.of(new AnnotationElement(Percentage.class)));
                case NUMBER, COUNTER -> field(long.class, figure.name(), List.of());
            };
        }

        private static ValueDescriptor field(Class<?> type, String name, List<AnnotationElement> more) {
            List<AnnotationElement> annotations = new ArrayList<>(more);
            annotations.add(new AnnotationElement(Label.class, Words.title(name)));
            return new ValueDescriptor(type, name, annotations);
        }

        void commit(Watched watched) {
            Event recorded = factory.newEvent();
            if (!recorded.shouldCommit()) {
                return;
            }
            double[] values = watched.values();
            recorded.set(0, watched.name());
            for (int i = 0; i < values.length; i++) {
                boolean isRatio = watched.figures().get(i).kind() == Figure.Kind.RATIO;
                recorded.set(i + 1, isRatio ? (Object) values[i] : (Object) (long) values[i]);
            }
            recorded.commit();
        }
    }
}
