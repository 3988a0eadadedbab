package dev.ashlar.testkit.sizeclass;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.ObjectName;

/** What the heap has more of than before, class by class; live objects only. A reading takes a full collection. */
final class HeapHistogram {

    /** Less than this is the virtual machine's own, or the test's. */
    private static final long NOTED = 256;

    /** Bytes before and after, by name of class. Kept from reading to reading, so that the names count in neither. */
    private final Map<String, long[]> bytes = new TreeMap<>();

    /** Reads twice, so that what the readings take themselves is there before the first that counts. */
    HeapHistogram() throws JMException {
        read(0);
        read(1);
    }

    /** Notes what there is. */
    void begin() throws JMException {
        bytes.values().forEach(counts -> counts[0] = 0);
        read(0);
    }

    /** What there is more, since {@link #begin}. */
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
