package dev.ashlar.metrics;

import dev.ashlar.api.Registration;
import java.lang.management.ManagementFactory;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * Shows allocators, pools and limits in JMX, each as a bean with its figures as attributes. An allocator has the
 * operations {@code trim} and, if it is {@link dev.ashlar.api.Inspectable}, {@code externalFragmentation}, which walks
 * over all memory that it holds.
 *
 * {@snippet class="dev.ashlar.verification.shown.MetricsCodeTest" region="bean"}
 *
 * <p>Attributes are numbers, each with a description. Any console can read them without classes of Ashlar.
 */
public final class Beans {

    private Beans() {}

    /**
     * Shows something in the platform's MBean server, under {@link #objectName its name}.
     *
     * @param watched what to show
     * @return removes it when it is closed
     * @throws IllegalArgumentException if there is one of that type and name
     */
    public static Registration register(Watched watched) {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName name = objectName(watched);
        FigureBean bean = new FigureBean(watched);
        try {
            server.registerMBean(bean, name);
        } catch (InstanceAlreadyExistsException e) {
            throw new IllegalArgumentException(
                    name + " is registered already. Give each " + watched.type() + " a name of its own.", e);
        } catch (JMException e) {
            throw new IllegalStateException("Cannot register " + name, e);
        }
        return watched.shown(() -> {
            if (bean.isRegistered()) { // otherwise it was already removed, and the name may belong to another bean
                unregister(server, name);
            }
        });
    }

    /**
     * The name in JMX, such as {@code dev.ashlar:type=Allocator,name="main"}.
     *
     * @param watched what is shown
     */
    public static ObjectName objectName(Watched watched) {
        try {
            return new ObjectName("dev.ashlar:type=" + Words.capitalised(watched.type()) + ",name="
                    + ObjectName.quote(watched.name()));
        } catch (MalformedObjectNameException e) {
            throw new IllegalArgumentException("name is '" + watched.name() + "', which JMX does not allow", e);
        }
    }

    private static void unregister(MBeanServer server, ObjectName name) {
        try {
            server.unregisterMBean(name);
        } catch (InstanceNotFoundException e) {
            return; // another thread has removed it
        } catch (JMException e) {
            throw new IllegalStateException("Cannot unregister " + name, e);
        }
    }
}
