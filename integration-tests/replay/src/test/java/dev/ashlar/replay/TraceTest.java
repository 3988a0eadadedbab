package dev.ashlar.replay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Parts and variants of traces, and their distribution to threads. */
class TraceTest {

    static Trace trace(String lines) {
        try {
            byte[] bytes = lines.replace(';', '\n').concat("\n").getBytes(US_ASCII);
            return TraceReader.read("test.trace", "test", new ByteArrayInputStream(bytes));
        } catch (TraceException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void mustAlignBlocksNoMoreThanTheirSizesCanNeed() {
        Trace trace = trace("a 0 0;a 1 5;a 2 24;a 3 4;a 4 100 4096").aligned(16);
        assertThat(trace.byteAlignments).containsExactly(1, 4, 16, 4, 4096);
        assertThat(trace("a 0 100").aligned(8).byteAlignments).containsExactly(8);
    }

    @Test
    void mustCutWholeEvents() {
        Trace whole = trace("a 0 8;a 1 100;f 0;a 2 9");
        Trace head = whole.head(3);
        assertThat(head.events()).isEqualTo(3);
        assertThat(head.blocks()).isEqualTo(2);
        assertThat(head.peakRequestedBytes).isEqualTo(108);
        assertThat(whole.head(4)).isSameAs(whole);
    }

    @Test
    void mustCountThePartsAtWhoseEndsNothingIsLive() {
        assertThat(trace("a 0 8;f 0;a 1 8;a 2 8;f 1;f 2").frames()).isEqualTo(2);
        assertThat(trace("a 0 8;f 0;a 1 8").frames()).isEqualTo(2);
        assertThat(trace("a 0 8;a 1 8;f 0").frames()).isEqualTo(1);
    }

    @Test
    void mustKeepRecordedThreadsApart() {
        Trace trace = trace("t 1;a 0 8;t 2;a 1 8;f 0;t 9;f 1");
        assertThat(Lanes.count(trace, 0)).isEqualTo(3);
        assertThat(Lanes.count(trace, 2)).isEqualTo(2);
        assertThat(Lanes.count(trace, 8)).isEqualTo(3);
        assertThat(Lanes.count(trace, 1)).isEqualTo(1);
    }

    @Test
    void mustDealATraceOfOneThreadToAProducerAndConsumers() {
        Trace trace = trace("a 0 8;a 1 8;f 1;a 2 8;f 0;f 2");
        assertThat(Lanes.count(trace, 0)).isEqualTo(1);
        Lanes lanes = Lanes.of(trace, 3, null);
        assertThat(lanes.count()).isEqualTo(3);
        Set<List<Integer>> played = ConcurrentHashMap.newKeySet();
        lanes.play(events -> played.add(Arrays.stream(events).boxed().toList()));
        assertThat(played).containsExactlyInAnyOrder(List.of(0, 1, 3), List.of(4, 5), List.of(2));
    }
}
