package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Versions of jars, modules and loose classes. */
class VersionsTest {

    @Test
    void mustReadTheManifestOfAJar() {
        String jar = Versions.locationOf(LoggerFactory.class);

        assertThat(jar).contains("slf4j-api-" + Versions.of(LoggerFactory.class) + ".jar");
    }

    @Test
    void mustReadTheDescriptorOfAModule() {
        assertThat(Versions.of(String.class))
                .isEqualTo(String.class.getModule().getDescriptor().rawVersion().orElseThrow());
    }

    @Test
    void mustSayThatItDoesNotKnow() {
        assertThat(Versions.of(VersionsTest.class)).isEqualTo("unknown");
        assertThat(Versions.locationOf(String.class)).isEqualTo("an unknown place");
    }
}
