package dev.ashlar.verification.support;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.MemorySources;
import dev.ashlar.testkit.MemorySourceContract;

/** The contract of sources, kept by the one that is always there. */
class JdkMemorySourceContractTest extends MemorySourceContract {

    @Override
    protected MemorySource source() {
        return MemorySources.require("jdk");
    }
}
