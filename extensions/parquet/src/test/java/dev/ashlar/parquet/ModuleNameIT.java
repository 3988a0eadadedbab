package dev.ashlar.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.Ashlar;
import dev.ashlar.testkit.CodeLocation;
import java.lang.module.ModuleFinder;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** The packaged jar as a module. */
class ModuleNameIT {

    @Test
    void mustBeAnAutomaticModuleOfItsOwnName() throws Exception {
        ModuleFinder finder = ModuleFinder.of(
                CodeLocation.of(ParquetBuffers.class),
                CodeLocation.of(Allocator.class),
                CodeLocation.of(Ashlar.class),
                CodeLocation.of(Logger.class),
                CodeLocation.of(org.apache.parquet.bytes.ByteBufferAllocator.class));
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
