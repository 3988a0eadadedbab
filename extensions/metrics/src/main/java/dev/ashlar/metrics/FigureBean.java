package dev.ashlar.metrics;

import dev.ashlar.metrics.Watched.Action;
import java.util.List;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.MBeanRegistration;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import org.jspecify.annotations.Nullable;

/** A bean whose attributes are the figures of one thing. Fractions are {@code double}, all others are {@code long}. */
final class FigureBean implements DynamicMBean, MBeanRegistration {

    private final Watched watched;
    private volatile boolean isRegistered;

    FigureBean(Watched watched) {
        this.watched = watched;
    }

    /** Also false if it was removed from the server without {@link Beans}. */
    boolean isRegistered() {
        return isRegistered;
    }

    @Override
    public MBeanInfo getMBeanInfo() {
        MBeanAttributeInfo[] attributes = watched.figures().stream()
                .map(figure -> new MBeanAttributeInfo(
                        Words.capitalised(figure.name()),
                        (figure.kind() == Figure.Kind.RATIO ? double.class : long.class).getName(),
                        figure.description(),
                        true,
                        false,
                        false))
                .toArray(MBeanAttributeInfo[]::new);
        MBeanOperationInfo[] operations = watched.actions().stream()
                .map(action -> new MBeanOperationInfo(
                        action.name(),
                        action.description(),
                        new MBeanParameterInfo[0],
                        Number.class.getName(),
                        MBeanOperationInfo.ACTION))
                .toArray(MBeanOperationInfo[]::new);
        return new MBeanInfo(
                FigureBean.class.getName(), "The figures of " + watched, attributes, null, operations, null);
    }

    private @Nullable Number valueOf(String attribute) {
        for (Figure<?> figure : watched.figures()) {
            if (Words.capitalised(figure.name()).equals(attribute)) {
                return figure.kind().number(watched.value(figure.name()));
            }
        }
        return null;
    }

    @Override
    public Object getAttribute(String attribute) throws AttributeNotFoundException {
        Number value = valueOf(attribute);
        if (value == null) {
            throw new AttributeNotFoundException(attribute);
        }
        return value;
    }

    @Override
    public AttributeList getAttributes(String[] attributes) {
        AttributeList values = new AttributeList();
        for (String attribute : attributes) {
            Number value = valueOf(attribute);
            if (value != null) {
                values.add(new Attribute(attribute, value));
            }
        }
        return values;
    }

    @Override
    public void setAttribute(Attribute attribute) throws AttributeNotFoundException {
        throw new AttributeNotFoundException(attribute.getName() + " is read-only");
    }

    @Override
    public AttributeList setAttributes(AttributeList attributes) {
        return new AttributeList();
    }

    @Override
    public Object invoke(String action, Object @Nullable [] parameters, String @Nullable [] signature)
            throws ReflectionException {
        List<Action> actions = watched.actions();
        return actions.stream()
                .filter(one -> one.name().equals(action))
                .findFirst()
                .orElseThrow(() -> new ReflectionException(new NoSuchMethodException(action)))
                .run()
                .get();
    }

    @Override
    public ObjectName preRegister(MBeanServer server, ObjectName name) {
        return name;
    }

    @Override
    public void postRegister(Boolean done) {
        isRegistered = done;
    }

    @Override
    public void preDeregister() {}

    @Override
    public void postDeregister() {
        isRegistered = false;
    }
}
