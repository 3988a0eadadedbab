package dev.ashlar.testkit.sizeclass;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.ObjectName;

/** The growth of the heap by class, of live objects only. A reading takes a full collection. */
final class HeapHistogram {

    /** Smaller growth belongs to the virtual machine or the test. */
    private static final long NOTED = 256;

    /** Bytes before and after, by class name. It is kept between readings, so that the names are not counted. */
    private final Map<String, long[]> bytes = new TreeMap<>();

    /** Reads twice, so that the memory of the readings exists before the first one that counts. */
    HeapHistogram() throws JMException {
        read(0);
        read(1);
    }

    /** Records the present state. */
    void begin() throws JMException {
        bytes.values().forEach(counts -> counts[0] = 0);
        read(0);
    }

    /** The growth since {@link #begin}. */
    Map<String, Long> more() throws JMException {
        bytes.values().forEach(counts -> counts[1] = 0);
        read(1);
        Map<String, Long> more = new TreeMap<>();
        bytes.forEach((name, counts) -> {
            if (counts[1] - counts[0] >= NOTED && !name.contains("Filler")) {
                more.put(name, counts[1] - counts[0]);
            }
        });
        return more;
    }

    private void read(int when) throws JMException {
        Object text = ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        for (String line : text.toString().split("\n", -1)) {
            String[] columns = line.strip().split("\\s+", -1);
            if (columns.length >= 4 && columns[0].endsWith(":")) {
                bytes.computeIfAbsent(columns[3], name -> new long[2])[when] += Long.parseLong(columns[2]);
            }
        }
    }
}
