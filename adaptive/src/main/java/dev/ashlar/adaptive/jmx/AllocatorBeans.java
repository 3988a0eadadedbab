package dev.ashlar.adaptive.jmx;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.watch.RecentReport;
import dev.ashlar.api.Registration;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * Shows adaptive allocators in JMX, each as an {@link AllocatorMXBean}. Reading costs a report of the allocator, and
 * nothing is paid while nobody reads.
 *
 * {@code Registration shown = AllocatorBeans.register(allocator, "main")}
 */
public final class AllocatorBeans {

    private AllocatorBeans() {}

    /**
     * Shows an allocator in the platform's MBean server as {@code dev.ashlar:type=Allocator,name="main"}.
     *
     * @param allocator what to show
     * @param name tells it apart from other allocators
     * @return ends it; end it before the allocator is closed
     * @throws IllegalArgumentException if there is one of that name
     * @throws IllegalStateException if the allocator is closed
     */
    public static Registration register(AdaptiveAllocator allocator, String name) {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName objectName = objectName(name);
        AtomicBoolean isShown = new AtomicBoolean(true);
        RecentReport reports = new RecentReport(allocator::report, System::nanoTime);
        try {
            server.registerMBean(new AllocatorBean(allocator, reports, isShown), objectName);
        } catch (InstanceAlreadyExistsException e) {
            throw new IllegalArgumentException(
                    objectName + " is registered already. Give each allocator a name of its own.", e);
        } catch (JMException e) {
            throw new IllegalStateException("Cannot register " + objectName, e);
        }
        return () -> {
            if (isShown.getAndSet(false)) {
                unregister(server, objectName);
            }
        };
    }

    /**
     * The name that an allocator has in JMX.
     *
     * @param name as given when it was registered
     */
    public static ObjectName objectName(String name) {
        try {
            return new ObjectName("dev.ashlar:type=Allocator,name=" + ObjectName.quote(name));
        } catch (MalformedObjectNameException e) {
            throw new IllegalArgumentException("name is '" + name + "', which JMX does not take", e);
        }
    }

    private static void unregister(MBeanServer server, ObjectName name) {
        try {
            server.unregisterMBean(name);
        } catch (InstanceNotFoundException e) {
            return; // ended before, or by somebody else
        } catch (JMException e) {
            throw new IllegalStateException("Cannot unregister " + name, e);
        }
    }
}
