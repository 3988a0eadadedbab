package dev.ashlar.nativememory;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What this module may depend on, and where it calls restricted methods. */
@AnalyzeClasses(packages = "dev.ashlar.nativememory", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule itKnowsOnlyTheContract = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.ashlar.slab..",
                    "dev.ashlar.buddy..",
                    "dev.ashlar.arena..",
                    "dev.ashlar.lockfree..",
                    "dev.ashlar.adaptive..",
                    "dev.ashlar.testkit..");

    @ArchTest
    static final ArchRule itUsesNoUnsafe =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("sun..", "com.sun..", "jdk.internal..");

    @ArchTest
    static void restrictedMethodsAreCalledInNamedClassesOnly(JavaClasses all) {
        assertThat(all.stream().filter(ArchitectureTest::callsRestrictedMethods).map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(
                        "CAllocator", "CFunctions", "CLibrary", "DynamicLoader", "Kernel", "MmapSession");
    }

    private static boolean callsRestrictedMethods(JavaClass type) {
        return type.getCodeUnitAccessesFromSelf().stream()
                .anyMatch(access -> access.getTarget()
                        .resolveMember()
                        .map(method -> method.isAnnotatedWith("jdk.internal.javac.Restricted"))
                        .orElse(false));
    }
}
