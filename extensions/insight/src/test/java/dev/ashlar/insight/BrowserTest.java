package dev.ashlar.insight;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BrowserTest {

    /** If this environment variable is {@code true}, a browser that is not installed is a failure. */
    private static final String REQUIRED = "ASHLAR_BROWSER_REQUIRED";

    @Test
    void mustTestPagesOrSayThatTheyAreLeftOut() {
        if (!Browser.isInstalled()) {
            System.out.println("Left out of the tests, because chromium and chromedriver are not installed: the pages");
        }
        if (Boolean.parseBoolean(System.getenv(REQUIRED))) {
            assertThat(Browser.isInstalled()).isTrue();
        }
    }
}
