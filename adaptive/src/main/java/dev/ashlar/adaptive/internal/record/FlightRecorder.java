package dev.ashlar.adaptive.internal.record;

import dev.ashlar.adaptive.AllocatorEvent;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import jdk.jfr.AnnotationElement;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.EventFactory;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.StackTrace;
import jdk.jfr.Throttle;
import jdk.jfr.ValueDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Hands events to the JDK's flight recorder, each {@link AllocatorEvent} under its own name and with its components as
 * fields. Until the first recording, an event costs a comparison.
 */
final class FlightRecorder implements Recorder {

    /** Events that are recorded with a stack trace. */
    private static final Set<Class<?>> WITH_STACK =
            Set.of(AllocatorEvent.ChunkTaken.class, AllocatorEvent.AllocationFailed.class);

    /** Event types, made when they are first needed. */
    private static final ClassValue<Type> TYPES = new ClassValue<>() {
        @Override
        protected Type computeValue(Class<?> event) {
            return new Type(event);
        }
    };

    @Override
    public void happened(AllocatorEvent event) {
        if (jdk.jfr.FlightRecorder.isInitialized()) {
            TYPES.get(event.getClass()).commit(event);
        }
    }

    @Override
    public boolean wantsAllocations() {
        return new AllocationSample().isEnabled();
    }

    @Override
    public void allocated(long byteSize, @Nullable String tag) {
        AllocationSample sample = new AllocationSample();
        if (sample.shouldCommit()) {
            sample.byteSize = byteSize;
            sample.tag = tag;
            sample.commit();
        }
    }

    /** A sampled request. Off unless a recording enables it. */
    @Name("dev.ashlar.AllocationSample")
    @Label("Allocation Sample")
    @Category("Ashlar")
    @Description("A request, of those that are made while the allocator counts sizes")
    @Enabled(false)
    @StackTrace
    @Throttle("300/s")
    static final class AllocationSample extends Event {
        @Label("Byte Size")
        @DataAmount
        long byteSize;

        @Label("Tag")
        @Nullable String tag;
    }

    /** A kind of event. */
    private static final class Type {

        private final List<RecordComponent> fields;
        private final EventFactory factory;

        Type(Class<?> event) {
            fields = Arrays.stream(event.getRecordComponents())
                    .filter(component -> !component.getName().equals("time")) // the event has its own
                    .toList();
            factory = EventFactory.create(
                    List.of(
                            new AnnotationElement(Name.class, "dev.ashlar." + event.getSimpleName()),
                            new AnnotationElement(Label.class, label(event.getSimpleName())),
                            new AnnotationElement(Category.class, new String[] {"Ashlar"}),
                            new AnnotationElement(StackTrace.class, WITH_STACK.contains(event))),
                    fields.stream().map(Type::describe).toList());
        }

        /** Numbers and texts are recorded as they are, all others as text. */
        private static ValueDescriptor describe(RecordComponent field) {
            List<AnnotationElement> annotations = new ArrayList<>();
            annotations.add(new AnnotationElement(Label.class, label(field.getName())));
            if (field.getType() == double.class) { // all are fractions
                annotations.add(new AnnotationElement(Percentage.class));
            } else if (field.getName().matches("bytes|byteSize|.*Bytes")) {
                annotations.add(new AnnotationElement(DataAmount.class, DataAmount.BYTES));
            }
            Class<?> type = field.getType().isPrimitive() ? field.getType() : String.class;
            return new ValueDescriptor(type, field.getName(), annotations);
        }

        /** {@code hitRate} as {@code Hit Rate}. */
        private static String label(String name) {
            String words = name.replaceAll("(?<=[a-z])(?=[A-Z])", " ");
            return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
        }

        void commit(AllocatorEvent event) {
            Event recorded = factory.newEvent();
            if (!recorded.shouldCommit()) {
                return;
            }
            for (int i = 0; i < fields.size(); i++) {
                RecordComponent field = fields.get(i);
                Object value = read(field, event);
                recorded.set(i, field.getType().isPrimitive() ? value : String.valueOf(value));
            }
            recorded.commit();
        }

        private static Object read(RecordComponent field, AllocatorEvent event) {
            try {
                return field.getAccessor().invoke(event);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(field + " cannot be read", e);
            }
        }
    }
}
