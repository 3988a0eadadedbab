package dev.ashlar.verification;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What may depend on what, and what nothing may use. {@code dev.ashlar.nativememory} has a test of its own, because its
 * strategies must not be installed here.
 */
@AnalyzeClasses(
        packages = "dev.ashlar",
        importOptions = {DoNotIncludeTests.class, ArchitectureTest.DoNotIncludeJarsOfTests.class})
class ArchitectureTest {

    /** The tests of a module that others use classes of are a jar. */
    static final class DoNotIncludeJarsOfTests implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    private static final List<String> STRATEGIES = List.of("slab", "buddy", "arena", "lockfree");

    private static final List<String> BRIDGES = List.of("arrow", "jetty", "lucene", "parquet");

    @ArchTest
    static final ArchRule apiKnowsNoOtherModule =
            noClasses().that().resideInAPackage("dev.ashlar.api..").should().dependOnClassesThat(ashlarOutside("api"));

    @ArchTest
    static final ArchRule spiKnowsOnlyTheApi = noClasses()
            .that()
            .resideInAPackage("dev.ashlar.spi..")
            .should()
            .dependOnClassesThat(ashlarOutside("api", "spi"));

    @ArchTest
    static final ArchRule onlyInsightKnowsAdaptive = noClasses()
            .that()
            .resideOutsideOfPackages("dev.ashlar.adaptive..", "dev.ashlar.insight..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.ashlar.adaptive..");

    @ArchTest
    static final ArchRule adaptiveKnowsNoStrategy = noClasses()
            .that()
            .resideInAPackage("dev.ashlar.adaptive..")
            .should()
            .dependOnClassesThat(ashlarOutside("api", "spi", "adaptive"));

    @ArchTest
    static final ArchRule metricsKnowOnlyTheApi = noClasses()
            .that()
            .resideInAPackage("dev.ashlar.metrics..")
            .should()
            .dependOnClassesThat(ashlarOutside("api", "metrics"));

    @ArchTest
    static void bridgesKnowOnlyTheContract(JavaClasses all) {
        for (String bridge : BRIDGES) {
            noClasses()
                    .that()
                    .resideInAPackage("dev.ashlar." + bridge + "..")
                    .should()
                    .dependOnClassesThat(ashlarOutside("api", "spi", bridge))
                    .check(all);
        }
    }

    @ArchTest
    static final ArchRule nettysBridgeKnowsTheContractAndPools = noClasses()
            .that()
            .resideInAPackage("dev.ashlar.netty..")
            .should()
            .dependOnClassesThat(ashlarOutside("api", "spi", "lockfree", "netty"));

    @ArchTest
    static final ArchRule theHeapKnowsOnlyTheContract = noClasses()
            .that()
            .resideInAPackage("dev.ashlar.heap..")
            .should()
            .dependOnClassesThat(ashlarOutside("api", "spi", "heap"));

    @ArchTest
    static final ArchRule theCacheKnowsTheContractAndACore = noClasses()
            .that()
            .resideInAPackage("dev.ashlar.cache..")
            .should()
            .dependOnClassesThat(ashlarOutside("api", "cache", "metrics")
                    .and(describe(
                            "are not cores", type -> !type.getPackageName().equals("dev.ashlar.buddy.core"))));

    @ArchTest
    static final ArchRule theKitKnowsOnlyTheContract = noClasses()
            .that()
            .resideInAPackage("dev.ashlar.testkit..")
            .should()
            .dependOnClassesThat(ashlarOutside("api", "spi", "testkit"));

    /** A module's exported package and its internals know each other. */
    @ArchTest
    static final ArchRule modulesHaveNoCycles =
            slices().matching("dev.ashlar.(*)..").should().beFreeOfCycles();

    /** They need a library that a program may not have. */
    @ArchTest
    static final ArchRule optionalPackagesAreNotUsedByOthers = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.ashlar.adaptive.guice..",
                    "dev.ashlar.metrics.micrometer..",
                    "dev.ashlar.cache.compress..",
                    "dev.ashlar.cache.metrics..",
                    "dev.ashlar.insight.optimizer..")
            .and()
            .doNotHaveFullyQualifiedName("dev.ashlar.insight.PrometheusText")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.ashlar.adaptive.guice..",
                    "dev.ashlar.metrics.micrometer..",
                    "dev.ashlar.cache.compress..",
                    "dev.ashlar.cache.metrics..",
                    "dev.ashlar.insight.optimizer..",
                    "com.google.inject..",
                    "io.micrometer..",
                    "io.airlift..");

    @ArchTest
    static final ArchRule theContractKnowsNoDecorator = noClasses()
            .that()
            .resideInAPackage("dev.ashlar.api")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.ashlar.api.compose..");

    @ArchTest
    static final ArchRule nothingUsesUnsafe = noClasses()
            .should()
            .dependOnClassesThat(resideInAnyPackage("sun..", "com.sun..", "jdk.internal..")
                    .and(describe("are not exported by the JDK", type -> !isExportedByTheJdk(type))));

    @ArchTest
    static void strategiesDoNotKnowEachOther(JavaClasses all) {
        for (String strategy : STRATEGIES) {
            noClasses()
                    .that()
                    .resideInAPackage("dev.ashlar." + strategy + "..")
                    .should()
                    .dependOnClassesThat(ashlarOutside("api", "spi", strategy))
                    .check(all);
        }
    }

    /** The JDK marks its restricted methods, so no list of them is needed. */
    @ArchTest
    static void restrictedMethodsAreCalledInNamedClassesOnly(JavaClasses all) {
        assertThat(all.stream().filter(ArchitectureTest::callsRestrictedMethods).map(JavaClass::getName))
                .containsExactlyInAnyOrder(
                        "dev.ashlar.api.compose.AllocatorArena",
                        "dev.ashlar.api.compose.NativeAccess",
                        "dev.ashlar.testkit.FreeRules",
                        "dev.ashlar.testkit.MemorySourceContract",
                        "dev.ashlar.testkit.UnbackedSource");
    }

    @ArchTest
    static void internalsAreUsedInTheirModuleOnly(JavaClasses all) {
        Set<String> modules = all.stream().map(ArchitectureTest::module).collect(Collectors.toSet());
        assertThat(modules).containsAll(STRATEGIES).contains("api", "spi", "adaptive", "metrics", "cache", "testkit");
        for (String module : modules) {
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.ashlar." + module + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.ashlar." + module + ".internal..")
                    .allowEmptyShould(true)
                    .check(all);
        }
    }

    @ArchTest
    static void internalsAreNotExported(JavaClasses all) {
        Set<Path> places = all.stream()
                .map(type -> placeOf(type.getSource().orElseThrow().getUri(), type))
                .collect(Collectors.toSet());
        Set<ModuleReference> modules =
                ModuleFinder.of(places.toArray(Path[]::new)).findAll();
        assertThat(modules).hasSizeGreaterThanOrEqualTo(10);
        for (ModuleReference module : modules) {
            ModuleDescriptor descriptor = module.descriptor();
            assertThat(descriptor.exports().stream().map(ModuleDescriptor.Exports::source))
                    .as("packages that %s exports", descriptor.name())
                    .noneMatch(name -> (name + ".").contains(".internal."));
            assertThat(descriptor.opens().stream().filter(opens -> !opens.isQualified()))
                    .as("packages that %s opens", descriptor.name())
                    .isEmpty();
        }
    }

    /** The jar or the directory of a class. */
    private static Path placeOf(URI source, JavaClass type) {
        String text = source.toString();
        String entry = type.getName().replace('.', '/').replaceAll("\\$.*", "");
        String place = text.substring(0, text.lastIndexOf(entry)).replaceFirst("!?/$", "");
        return Path.of(URI.create(place.replaceFirst("^jar:", "")));
    }

    private static String module(JavaClass type) {
        return type.getPackageName().split("\\.", -1)[2];
    }

    private static DescribedPredicate<JavaClass> ashlarOutside(String... modules) {
        List<String> known = List.of(modules);
        return describe(
                "are Ashlar's and not of " + known,
                type -> type.getPackageName().startsWith("dev.ashlar.") && !known.contains(module(type)));
    }

    private static boolean isExportedByTheJdk(JavaClass type) {
        return Set.of("com.sun.management", "com.sun.net.httpserver").contains(type.getPackageName());
    }

    private static boolean callsRestrictedMethods(JavaClass type) {
        return type.getCodeUnitAccessesFromSelf().stream().anyMatch(access -> isRestricted(access.getTarget()));
    }

    private static boolean isRestricted(CodeUnitAccessTarget target) {
        return target.resolveMember()
                .map(method -> method.isAnnotatedWith("jdk.internal.javac.Restricted"))
                .orElse(false);
    }
}
