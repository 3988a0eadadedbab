package dev.ashlar.spi;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.spi.support.Closing;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decorators that properties put around every allocator and pool that a provider makes, so that a whole
 * application gets them without a change of code. Each is a key of {@link AllocatorConfig}. A system property of the
 * same name is the default of all configurations.
 *
 * <p>The parts of a composed allocator, such as the tiers of {@code adaptive}, are not decorated. They are made by
 * {@link AllocatorProvider#createBare}.
 */
public final class Decorations {

    /** The value of a key that decorates nothing, which is the default. */
    public static final String OFF = "off";

    private static final Logger LOG = LoggerFactory.getLogger(Decorations.class);

    /** The keys and values that were logged, each once in a process. */
    private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

    /** All of them, the innermost first. */
    private static final Decorations ALL =
            new Decorations(List.of(new HardeningDecoration(), new TrackingDecoration()));

    private final List<Decoration> innermostFirst;

    /** For tests; all others use {@link #all}. */
    Decorations(List<Decoration> innermostFirst) {
        this.innermostFirst = List.copyOf(innermostFirst);
    }

    /** Those of this version. */
    static Decorations all() {
        return ALL;
    }

    /** The keys without {@code ashlar.}. */
    List<String> keys() {
        return innermostFirst.stream().map(Decoration::key).toList();
    }

    /**
     * Checks the value of a key.
     *
     * @throws IllegalArgumentException if it is not allowed; the message has the allowed values
     */
    void validate(String key, String text) {
        for (Decoration decoration : innermostFirst) {
            if (decoration.key().equals(key) && !text.equals(OFF)) {
                decoration.validate(text);
            }
        }
    }

    /**
     * The values of all keys. Those that are not set are those of the system properties.
     *
     * @param set values by key
     * @throws IllegalArgumentException if the value of a system property is not allowed
     */
    Map<String, String> complete(Map<String, String> set) {
        SortedMap<String, String> complete = new TreeMap<>(set);
        for (String key : keys()) {
            String property = ConfigProperties.PREFIX + key;
            String text = set.containsKey(key) ? null : System.getProperty(property);
            if (text != null) {
                try {
                    validate(key, text.strip());
                } catch (IllegalArgumentException e) {
                    throw PropertyText.refused(property, text, String.valueOf(e.getMessage()), e);
                }
                complete.put(key, text.strip());
            }
        }
        complete.values().removeIf(OFF::equals);
        return Map.copyOf(complete);
    }

    /**
     * Decorates an allocator as its configuration says. The result owns it: a close of the result closes it too. For
     * strategies with a factory of their own; {@link AllocatorProvider#create} does this.
     *
     * @param provider the strategy
     * @param config the configuration that the allocator was made with
     * @param bare an allocator without decorations. It is closed if it cannot be decorated
     * @return the allocator itself if the configuration has no decorations
     */
    public static Allocator around(AllocatorProvider provider, AllocatorConfig config, Allocator bare) {
        return ALL.decorate(provider, config.nameOr(provider.name()), config.decorations(), bare);
    }

    Allocator decorate(AllocatorProvider provider, String name, Map<String, String> values, Allocator bare) {
        Allocator decorated = bare;
        try {
            for (Decoration decoration : innermostFirst) {
                String text = values.get(decoration.key());
                if (text != null) {
                    decorated = decoration.around(decorated, name, text);
                    logOnce(decoration.key(), text);
                }
            }
            return decorated == bare ? bare : provider.decorated(bare, decorated);
        } catch (RuntimeException | Error e) {
            Closing.after(e, bare::close);
            throw e;
        }
    }

    /**
     * Decorates a pool as a configuration of allocators says. The result owns it: a close of the result closes it too.
     *
     * @param <T> the type of the objects
     * @param name the name of the pool in messages
     * @param config says what to put around the pool
     * @param bare a pool without decorations. It is closed if it cannot be decorated
     * @return the pool itself if the configuration has no decorations
     */
    public static <T> SupervisedPool<T> around(String name, AllocatorConfig config, SupervisedPool<T> bare) {
        return ALL.decorate(name, config.decorations(), bare);
    }

    <T> SupervisedPool<T> decorate(String name, Map<String, String> values, SupervisedPool<T> bare) {
        SupervisedPool<T> decorated = bare;
        try {
            for (Decoration decoration : innermostFirst) {
                String text = values.get(decoration.key());
                if (text != null) {
                    decorated = decoration.around(decorated, name, text);
                    logOnce(decoration.key(), text);
                }
            }
            return decorated;
        } catch (RuntimeException | Error e) {
            Closing.after(e, bare::close);
            throw e;
        }
    }

    private static void logOnce(String key, String text) {
        String setting = ConfigProperties.PREFIX + key + "=" + text;
        if (LOGGED.add(setting)) {
            LOG.info("{} is in effect: allocators and pools that are made from now on are decorated", setting);
        }
    }
}
