package dev.ashlar.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.Ashlar;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** The packaged jar as a module. */
class ModuleNameIT {

    private static Path locationOf(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    @Test
    void mustBeAnAutomaticModuleOfItsOwnName() throws Exception {
        ModuleFinder finder = ModuleFinder.of(
                locationOf(ParquetBuffers.class),
                locationOf(Allocator.class),
                locationOf(Ashlar.class),
                locationOf(Logger.class),
                locationOf(org.apache.parquet.bytes.ByteBufferAllocator.class));
        ModuleLayer layer = ModuleLayer.boot()
                .defineModulesWithOneLoader(
                        ModuleLayer.boot()
                                .configuration()
                                .resolve(finder, ModuleFinder.of(), Set.of("dev.ashlar.parquet", "parquet.common")),
                        ClassLoader.getPlatformClassLoader());
        Class<?> bridge = layer.findLoader("dev.ashlar.parquet").loadClass(ParquetBuffers.class.getName());
        assertThat(bridge.getModule().getDescriptor().isAutomatic()).isTrue();
        assertThat(bridge.getInterfaces()[0].getModule().getName()).isEqualTo("parquet.common");
    }
}
