package dev.ashlar.spi;

import dev.ashlar.api.Allocator;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.slf4j.Logger;

/** A plugin as users install it: compiled classes and a services file in a separate directory. */
record Plugin(Path directory) {

    /**
     * The source of a provider whose methods can be replaced.
     *
     * @param name the provider's name
     * @param members more members, such as a constructor that throws
     */
    static String provider(String className, String name, int apiVersion, String members) {
        return """
                package plugin;
                public class %s implements dev.ashlar.spi.AllocatorProvider {
                    %s
                    public String name() { return "%s"; }
                    public dev.ashlar.spi.Capabilities capabilities(dev.ashlar.spi.AllocatorConfig config) {
                        return new dev.ashlar.spi.Capabilities(
                                java.util.Set.of(), 1, 1, dev.ashlar.spi.LargeBlockPolicy.REFUSE);
                    }
                    public int apiVersion() { return %d; }
                    public dev.ashlar.api.Allocator createBare(dev.ashlar.spi.AllocatorConfig config) { return null; }
                }
                """.formatted(className, members, name, apiVersion);
    }

    /** A provider that works. */
    static String provider(String className, String name) {
        return provider(className, name, AllocatorProvider.API_VERSION, "");
    }

    /** The source of a provider of pools that makes none. */
    static String poolProvider(String className, String name, int apiVersion) {
        return """
                package plugin;
                public class %s implements dev.ashlar.spi.PoolProvider {
                    public String name() { return "%s"; }
                    public int apiVersion() { return %d; }
                    public <T> dev.ashlar.api.SupervisedPool<T> createBare(dev.ashlar.api.PoolConfig<T> config) { return null; }
                }
                """.formatted(className, name, apiVersion);
    }

    /** The source of a memory source that has no memory. */
    static String source(String className, String name) {
        return """
                package plugin;
                public class %s implements dev.ashlar.spi.MemorySource {
                    public String name() { return "%s"; }
                    public Chunk take(long byteSize, long byteAlignment) { return null; }
                }
                """.formatted(className, name);
    }

    /** Compiles a class of package {@code plugin} into a directory, and declares it if it is a service. */
    static Plugin compile(Path directory, Class<?> service, String className, String source) {
        Plugin plugin = new Plugin(directory);
        plugin.compile(className + ".java", source);
        plugin.declare(service, "plugin." + className);
        return plugin;
    }

    void compile(String fileName, String source) {
        javac("-cp", write(fileName, source));
    }

    /** Makes the directory a module. */
    void compileModule(String moduleInfo) {
        javac("-p", write("module-info.java", moduleInfo));
    }

    private Path write(String fileName, String text) {
        Path file = directory.resolve(fileName);
        try {
            Files.createDirectories(file.getParent());
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void javac(String pathOption, Path file) {
        String path = Stream.concat(
                        Stream.of(AllocatorProvider.class, Allocator.class, Logger.class, NullMarked.class)
                                .map(Plugin::locationOf),
                        Stream.of(directory))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
        String[] arguments = {"-nowarn", "-proc:none", pathOption, path, "-d", directory.toString(), file.toString()};
        int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments);
        if (result != 0) {
            throw new IllegalArgumentException("cannot compile " + file);
        }
    }

    void declare(Class<?> service, String... lines) {
        write("META-INF/services/" + service.getName(), String.join("\n", lines));
    }

    /** A class loader with the classes of the tests and the plugins. */
    static URLClassLoader loaderOf(Plugin... plugins) {
        return new URLClassLoader(
                Stream.of(plugins).map(Plugin::url).toArray(URL[]::new), Plugin.class.getClassLoader());
    }

    /** As in error messages. */
    URL url() {
        try {
            return directory.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }

    static Path locationOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
