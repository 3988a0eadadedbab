package dev.ashlar.spi;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.Spliterator;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The result of one search for implementations of a service: those that can be used, and what is wrong with the others.
 *
 * <p>Design. Each implementation is loaded, made and asked for its name separately. What it throws is kept as a
 * problem, so a broken implementation does not affect the others. If two have the same name, neither can be used,
 * because users should not depend on the order of the class path. Two copies of one class are one implementation: an
 * application server has them if the server and an application contain the same jar. The copy of the first class loader
 * is used, which is the application's. A problem is logged when it is first seen, and is in the error for an
 * implementation that cannot be used.
 *
 * <p>Invariant: a name is usable or refused, never both.
 *
 * @param <S> the service
 */
final class Discovery<S> {

    private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

    private static final StackWalker CALLERS = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    /**
     * The most failures of one class loader. A loader that fails to list its services files fails on every try, so the
     * tries must end.
     */
    private static final int MOST_FAILURES = 100;

    /** Messages that were logged before. Discovery runs often, and each message is logged once. */
    private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

    /**
     * The most messages that are kept. A message may be different each time, for example with an identity hash code.
     */
    private static final int MOST_LOGGED = 1000;

    private final ServiceKind<S> kind;
    private final SortedMap<String, S> usable = new TreeMap<>();
    private final Map<String, List<S>> sameName = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    /** What is wrong with an implementation, as a sentence. */
    private record Problem(String text, @Nullable Throwable cause) {}

    private Discovery(ServiceKind<S> kind) {
        this.kind = kind;
    }

    /**
     * Searches with the thread's class loader, which knows the application, with that of the caller, which may be in a
     * child module layer, and with that of this module.
     */
    static <S> Discovery<S> run(ServiceKind<S> kind) {
        Set<ClassLoader> loaders = new LinkedHashSet<>();
        ClassLoader ofThread = Thread.currentThread().getContextClassLoader();
        if (ofThread != null) {
            loaders.add(ofThread);
        }
        CALLERS.walk(Discovery::nearestOther).ifPresent(loaders::add);
        loaders.add(Discovery.class.getClassLoader());
        return run(kind, loaders.toArray(ClassLoader[]::new));
    }

    /** The class loader of the nearest caller that is no class of the JDK and has another loader than this module. */
    private static Optional<ClassLoader> nearestOther(Stream<StackWalker.StackFrame> frames) {
        ClassLoader own = Discovery.class.getClassLoader();
        return frames.map(frame -> frame.getDeclaringClass().getClassLoader())
                .filter(loader -> loader != null && loader != own && loader != ClassLoader.getPlatformClassLoader())
                .findFirst();
    }

    /** Searches with given class loaders. */
    static <S> Discovery<S> run(ServiceKind<S> kind, ClassLoader... loaders) {
        Discovery<S> discovery = new Discovery<>(kind);
        List<ServiceLoader.Provider<S>> found = new ArrayList<>();
        for (S builtIn : kind.builtIn()) {
            discovery.add(builtIn);
        }
        for (ClassLoader loader : loaders) {
            discovery.collect(ServiceLoader.load(kind.service(), loader).stream(), found);
        }
        found.forEach(discovery::make);
        discovery.refuseSameNames();
        discovery.problems.stream()
                .filter(problem -> LOGGED.size() < MOST_LOGGED && LOGGED.add(problem.text))
                .forEach(problem -> LOG.warn("{}", problem.text, problem.cause));
        return discovery;
    }

    /** Iterates step by step: a forEach would end at the first implementation that cannot be loaded. */
    private void collect(Stream<ServiceLoader.Provider<S>> stream, List<ServiceLoader.Provider<S>> found) {
        Spliterator<ServiceLoader.Provider<S>> steps = stream.spliterator();
        boolean more = true;
        int failures = 0;
        while (more && failures < MOST_FAILURES) {
            try {
                more = steps.tryAdvance(found::add);
            } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
                failures++;
                note("A " + kind.word() + " cannot be loaded: " + reason(e), e);
            }
        }
    }

    private void make(ServiceLoader.Provider<S> provider) {
        try {
            add(provider.get());
        } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
            refuse(provider.type(), "fails: " + reason(e), e);
        }
    }

    private void add(S service) {
        String name = kind.nameOf().apply(service);
        Optional<String> objection = NAME.matcher(name).matches()
                ? kind.objection().apply(service)
                : Optional.of("has the name '" + name + "', must be lower case letters, digits and hyphens");
        if (objection.isPresent()) {
            refuse(service.getClass(), objection.get(), null);
        } else {
            List<S> services = sameName.computeIfAbsent(name, _ -> new ArrayList<>());
            String className = service.getClass().getName();
            if (services.stream().noneMatch(other -> other.getClass().getName().equals(className))) {
                services.add(service); // otherwise two class loaders see the same class, or each has a copy
            }
        }
    }

    private void refuse(Class<?> type, String why, @Nullable Throwable cause) {
        note("The " + kind.word() + " " + placeOf(type) + " " + why, cause);
    }

    /** A problem of the application is seen through its class loader and, if that is a child, through ours too. */
    private void note(String text, @Nullable Throwable cause) {
        if (problems.stream().noneMatch(problem -> problem.text.equals(text))) {
            problems.add(new Problem(text, cause));
        }
    }

    private void refuseSameNames() {
        sameName.forEach((name, services) -> {
            if (services.size() == 1) {
                usable.put(name, services.getFirst());
            } else {
                note(severalOf(name, services), null);
            }
        });
    }

    private String severalOf(String name, List<S> services) {
        List<String> places =
                services.stream().map(service -> placeOf(service.getClass())).toList();
        return "There are " + services.size() + " of the name '" + name + "' (" + kind.word() + "), and none of them is"
                + " used: " + String.join("; ", places) + ". Remove all but one";
    }

    /** The implementations that can be used, by name. */
    SortedMap<String, S> usable() {
        return Collections.unmodifiableSortedMap(usable);
    }

    /** The implementation of a name, if it can be used. */
    Optional<S> find(String name) {
        return Optional.ofNullable(usable.get(name));
    }

    /** The implementation of a name, or an error that says why there is none. */
    S require(String name) {
        return find(name).orElseThrow(() -> notUsable("", name));
    }

    /** The implementation that a system property names. */
    S requireForced(String property, String name) {
        return find(name)
                .orElseThrow(() -> notUsable("The system property " + property + " is '" + name + "'. ", name));
    }

    private ProviderException notUsable(String introduction, String name) {
        List<S> several = sameName.getOrDefault(name, List.of());
        return several.isEmpty()
                ? missing(introduction + "No " + kind.word() + " '" + name + "' can be used.", name)
                : failure(introduction + severalOf(name, several) + ".");
    }

    /** The error for an implementation that is missing. */
    ProviderException missing(String what, String wanted) {
        StringBuilder message =
                new StringBuilder(what).append(installed()).append(NearestName.hint(wanted, usable.keySet()));
        problems.forEach(
                problem -> message.append(" Not usable: ").append(problem.text).append('.'));
        return failure(
                message.append(' ').append(kind.whatToAdd().apply(wanted)).toString());
    }

    private String installed() {
        if (usable.isEmpty()) {
            return problems.isEmpty() ? " None is installed." : " None of those installed can be used.";
        }
        return usable.values().stream()
                .map(service -> kind.nameOf().apply(service) + " (" + placeOf(service.getClass()) + ")")
                .collect(Collectors.joining(", ", " Installed: ", "."));
    }

    private ProviderException failure(String message) {
        Throwable first = problems.stream()
                .map(Problem::cause)
                .filter(cause -> cause != null)
                .findFirst()
                .orElse(null);
        return new ProviderException(message + " " + kind.readMore(), first);
    }

    private static String placeOf(Class<?> type) {
        return type.getName() + " from " + Versions.locationOf(type);
    }

    /** The JDK's error says which provider failed and where. Its cause says why. */
    private static String reason(Throwable thrown) {
        Throwable cause = thrown.getCause();
        String what = String.valueOf(thrown instanceof ServiceConfigurationError ? thrown.getMessage() : thrown);
        return cause == null ? what : what + ": " + cause;
    }
}
