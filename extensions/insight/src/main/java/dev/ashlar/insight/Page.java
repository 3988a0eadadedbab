package dev.ashlar.insight;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The one page that shows everything, with its style, its scripts and its data in it. The same file is served by a
 * {@link Dashboard}, which keeps its data up to date, and written by a {@link Report}.
 *
 * <p>Its Content-Security-Policy names the hash of each script and of the style. So a tag or a thread name that
 * contains markup can never run, even if the page had a flaw, and a report cannot connect to anything.
 */
final class Page {

    private static final JSON WRITER = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

    private static final String STYLE = resource("page.css");
    private static final String CHARTS = resource("echarts.min.js");
    private static final String SCRIPT = resource("page.js");
    private static final String FRAME = resource("page.html");

    private static final String POLICY = "default-src 'none'; script-src " + hash(CHARTS) + " " + hash(SCRIPT)
            + "; style-src " + hash(STYLE) + "; img-src data:; base-uri 'none'; form-action 'none'";

    private Page() {}

    /** The policy of a page that reads events and the map from where it came from. */
    static String livePolicy() {
        return POLICY + "; connect-src 'self'; frame-ancestors 'none'";
    }

    /**
     * The page with data in it.
     *
     * @param data what it shows
     * @param isLive whether it asks for more
     */
    static String of(Map<String, ?> data, boolean isLive) {
        String policy = isLive ? "" : "<meta http-equiv=\"Content-Security-Policy\" content=\"" + POLICY + "\">";
        // In this order: what is replaced last may contain anything.
        return FRAME.replace("@@policy@@", policy)
                .replace("@@live@@", String.valueOf(isLive))
                .replace("@@style@@", STYLE)
                .replace("@@charts@@", CHARTS)
                .replace("@@script@@", SCRIPT)
                .replace("@@data@@", json(data).replace("<", "\\u003c")); // so that no text can end the element
    }

    /** Maps, lists, records and public fields as JSON. */
    static String json(@Nullable Object data) {
        try {
            return data == null ? "null" : WRITER.asString(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("The jar of ashlar-insight has no " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hash(String inline) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(inline.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-256", e);
        }
    }
}
