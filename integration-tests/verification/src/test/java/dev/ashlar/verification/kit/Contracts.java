package dev.ashlar.verification.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs tests of a contract as JUnit does, and returns which failed. */
final class Contracts {

    private Contracts() {}

    /**
     * Runs tests.
     *
     * @param contract a class that extends a contract
     * @param tests names of its tests, all of which must exist
     * @return the exceptions of the failed tests, by name
     */
    static Map<String, Throwable> run(Class<?> contract, List<String> tests) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(tests.stream()
                        .map(test -> DiscoverySelectors.selectMethod(contract, methodOf(contract, test)))
                        .toList())
                .build();
        Listener listener = new Listener();
        // No other listeners: surefire would report the failures that are expected here.
        LauncherConfig alone = LauncherConfig.builder()
                .enableTestExecutionListenerAutoRegistration(false)
                .enableLauncherSessionListenerAutoRegistration(false)
                .enablePostDiscoveryFilterAutoRegistration(false)
                .build();
        LauncherFactory.create(alone).execute(request, listener);
        assertThat(listener.run).as("tests that were run").isEqualTo(tests.size());
        return listener.failures;
    }

    private static Method methodOf(Class<?> contract, String test) {
        return ReflectionSupport.findMethods(
                        contract, method -> method.getName().equals(test), HierarchyTraversalMode.TOP_DOWN)
                .getFirst();
    }

    private static final class Listener implements TestExecutionListener {
        private final Map<String, Throwable> failures = new TreeMap<>();
        private int run;

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
                run++;
                String name = ((MethodSource) test.getSource().orElseThrow()).getMethodName();
                result.getThrowable().ifPresent(thrown -> failures.put(name, thrown));
            }
        }
    }
}
