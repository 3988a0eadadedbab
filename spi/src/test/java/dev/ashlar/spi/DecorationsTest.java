package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DecorationsTest {

    private static class PlainProvider implements AllocatorProvider {
        @Override
        public String name() {
            return "plain";
        }

        @Override
        public Capabilities capabilities(AllocatorConfig config) {
            return new Capabilities(Set.of(), Capabilities.ANY, Capabilities.ANY, LargeBlockPolicy.UPSTREAM);
        }

        @Override
        public int apiVersion() {
            return API_VERSION;
        }

        @Override
        public Allocator createBare(AllocatorConfig config) {
            return new DirectAllocator(MeteredSource.of(config, name(), () -> 0));
        }
    }

    private final List<String> calls = new ArrayList<>();

    /** A decoration that takes the values mild and strong. */
    private Decoration decoration(String key) {
        return new Decoration() {
            @Override
            public String key() {
                return key;
            }

            @Override
            public void validate(String text) {
                if (!text.equals("mild") && !text.equals("strong")) {
                    throw new IllegalArgumentException("must be off, mild or strong");
                }
            }

            @Override
            public Allocator around(Allocator allocator, String name, String text) {
                calls.add(key + "=" + text + " of " + name);
                return Allocators.limited(allocator, key, 1);
            }
        };
    }

    private final Decorations decorations = new Decorations(List.of(decoration("inner"), decoration("outer")));

    private static Allocator bare() {
        return new PlainProvider().createBare(AllocatorConfig.defaults());
    }

    @AfterEach
    void clear() {
        System.clearProperty("ashlar.outer");
    }

    private Allocator decorate(Map<String, String> values, Allocator bare) {
        return decorations.decorate(new PlainProvider(), "cache", values, bare);
    }

    @Test
    void mustDecorateFromTheInsideOut() {
        Allocator decorated = decorate(Map.of("outer", "mild", "inner", "strong"), bare());

        assertThat(calls).containsExactly("inner=strong of cache", "outer=mild of cache");
        assertThat(decorated.as(Limit.class).orElseThrow().name()).isEqualTo("outer");
    }

    @Test
    void mustReturnTheAllocatorItselfWithoutAnyValue() {
        Allocator bare = bare();

        assertThat(decorate(Map.of(), bare)).isSameAs(bare);
    }

    @Test
    void mustTakeTheSystemPropertyWhereNothingIsSet() {
        System.setProperty("ashlar.outer", " mild ");

        assertThat(decorations.complete(Map.of())).isEqualTo(Map.of("outer", "mild"));
        assertThat(decorations.complete(Map.of("outer", "strong"))).isEqualTo(Map.of("outer", "strong"));
        assertThat(decorations.complete(Map.of("outer", "off"))).isEmpty();
    }

    @Test
    void mustNameTheSystemPropertyThatIsNotAllowed() {
        System.setProperty("ashlar.outer", "wild");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> decorations.complete(Map.of()))
                .withMessage("ashlar.outer is 'wild': must be off, mild or strong");
    }

    @Test
    void mustCloseWhatCannotBeDecorated() {
        Allocator bare = bare();
        AllocatorProvider failing = new PlainProvider() {
            @Override
            public Allocator decorated(Allocator bare, Allocator decorated) {
                throw new IllegalStateException("no");
            }
        };

        assertThatIllegalStateException()
                .isThrownBy(() -> decorations.decorate(failing, "cache", Map.of("inner", "mild"), bare));
        assertThat(bare.isClosed()).isTrue();
    }
}
