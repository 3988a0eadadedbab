package dev.ashlar.testkit;

/** How much the tests do: a little by default, much more with the system property {@code ashlar.tests=long}. */
public final class TestLength {

    private TestLength() {}

    /**
     * One of two counts.
     *
     * @param usually the count by default
     * @param whenLong the count in long tests
     */
    public static int of(int usually, int whenLong) {
        return "long".equals(System.getProperty("ashlar.tests")) ? whenLong : usually;
    }
}
