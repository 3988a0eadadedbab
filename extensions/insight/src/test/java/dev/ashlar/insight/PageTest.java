package dev.ashlar.insight;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.Server;
import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport.Tier;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.cache.OffHeapCache;
import dev.ashlar.cache.metrics.CacheFigures;
import dev.ashlar.lockfree.LockFreePools;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.TestLength;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The page in a real browser, of a program with two allocators, tracking, a pool and a cache. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@EnabledIf("dev.ashlar.insight.Browser#isInstalled")
class PageTest {

    private static final Path PICTURES = Path.of("target/pictures");
    private static final int WIDE = 1280;
    private static final int PHONE = 500; // the least that a window can have

    private static Instant now = Instant.parse("2026-01-01T12:00:00Z");

    private static final AdaptiveAllocator allocator = Adaptive.builder()
            .properties(Map.of("ashlar.tracking", "all"))
            .limit("8MiB")
            .housekeeping(Adaptive.Housekeeping.MANUAL)
            .clock(() -> now)
            .build();
    private static final Allocator other = Slab.builder().build();
    private static final OffHeapCache<String> cache =
            OffHeapCache.<String>builder(other, 1 << 20).build();
    private static final Pool<StringBuilder> pool =
            LockFreePools.create(PoolConfig.builder(StringBuilder::new).build());
    private static final Server server = new Server(allocator);

    @TempDir
    private static Path profile;

    private static Browser browser;
    private static Dashboard dashboard;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        cache.put("page", new byte[1000]);
        cache.get("page", block -> block.byteSize());
        pool.release(pool.acquire());
        dashboard = Dashboard.builder()
                .title("Shop")
                .interval(Duration.ofHours(1)) // the tests say when to read
                .allocator("requests", allocator)
                .allocator("pages", other)
                .pool("builders", pool)
                .watch(CacheFigures.watched("pages", cache))
                .serve();
        server.index(2000);
        server.sessions(5000, 40);
        server.image();
        for (int i = 0; i < 20; i++) {
            server.serve(200);
            server.index(20 + 100 * (i % 3));
            server.sessions(100 + 150 * (i % 7), 40);
            now = now.plusSeconds(10);
            allocator.housekeep();
            dashboard.update();
        }
        browser = Browser.start(profile);
    }

    @AfterAll
    static void end() {
        browser.close();
        dashboard.close();
        server.close();
        pool.close();
        cache.close();
        other.close();
        allocator.close();
    }

    @BeforeEach
    void forget() {
        browser.size(WIDE, 900);
        browser.prefer("light");
    }

    @AfterEach
    void mustHaveNothingInTheConsole() {
        assertThat(browser.console()).isEmpty();
    }

    private void open() {
        browser.open(dashboard.uri().toString());
        browser.await("#summary", "chunks");
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static void mustShow(AllocatorStats stats) {
        assertThat(browser.text("#tile-requested .exact")).isEqualTo(grouped(stats.requestedBytes()) + " bytes");
        assertThat(browser.text("#tile-committed .exact")).isEqualTo(grouped(stats.committedBytes()) + " bytes");
        assertThat(browser.text("#tile-peak .exact")).isEqualTo(grouped(stats.peakCommittedBytes()) + " bytes");
        assertThat(browser.text("#tile-metadata .exact")).isEqualTo(grouped(stats.metadataBytes()) + " bytes");
        assertThat(browser.text("#tile-blocks b")).isEqualTo(grouped(stats.liveBlocks()));
        assertThat(browser.text("#tile-blocks .exact")).isEqualTo(grouped(stats.allocations()) + " allocated");
        assertThat(browser.text("#tile-hits .exact")).isEqualTo(grouped(stats.misses()) + " misses");
        assertThat(browser.text("#tile-refused b")).isEqualTo(grouped(stats.refused()));
        assertThat(browser.text("#tile-waste .exact"))
                .isEqualTo(grouped(stats.allocatedBytes() - stats.requestedBytes()) + " bytes");
        assertThat(browser.text("#tile-utilisation b"))
                .isEqualTo(String.format(Locale.ROOT, "%.1f %%", stats.utilisation() * 100));
    }

    private static int slabs(Allocator allocator) {
        int[] slabs = new int[1];
        allocator.as(Inspectable.class).orElseThrow().inspect(new Inspectable.Visitor() {
            @Override
            public void slab(long address, long byteSize, long slotSize, int liveSlots) {
                slabs[0]++;
            }
        });
        return slabs[0];
    }

    @Test
    void figuresMustBeThoseOfTheAllocatorAndFollowIt() {
        open();
        dashboard.update();
        browser.await("#tile-blocks b", grouped(allocator.stats().liveBlocks()));
        mustShow(allocator.stats());
        assertThat(browser.text("#tile-limit b")).isEqualTo("8 MiB");

        server.index(777);
        assertThat(allocator.tryAllocate(100 << 20, 8)).isNull();
        dashboard.update();
        browser.await("#tile-refused b", "1");
        mustShow(allocator.stats());
        assertThat(browser.text("#health")).isEqualTo("degraded");
        assertThat(browser.text("#problems")).contains("were refused");

        browser.run(
                "const s = document.getElementById('allocator'); s.value = 'pages'; s.dispatchEvent(new Event('change'))");
        mustShow(other.stats());
    }

    @Test
    void tablesMustShowTiersTagsPoolsAndCachesWithTextsAsText() {
        open();
        for (Tier tier : allocator.report().tiers()) {
            assertThat(browser.text("#tiers")).contains(tier.name()).contains(tier.strategy());
        }
        assertThat(browser.all("#tags tbody tr"))
                .hasSize(allocator.report().tags().size());
        assertThat(browser.text("#tags")).contains(Server.MARKUP); // as text
        assertThat(browser.all("img")).isEmpty();
        assertThat((String) browser.run("return document.title")).isEqualTo("Shop");
        assertThat(browser.text("#watched [data-type=pool]")).contains("builders", "Retrieved\n1");
        assertThat(browser.text("#watched [data-type=cache]")).contains("pages", "Hit rate\n100.0 %", "Entries\n1");
    }

    @Test
    @Order(1) // the pictures show what the program did before the tests
    void mapMustHaveASquareForEachSlabAndNameWhoHoldsASparseOne() throws IOException {
        open();
        assertThat(browser.all("#chunks .slab")).hasSize(slabs(allocator));
        assertThat(browser.text("#summary")).contains(slabs(allocator) + " slabs");
        for (String kind : List.of("full", "part", "sparse", "cell")) {
            assertThat(browser.all("#chunks ." + kind)).as(kind).isNotEmpty();
        }
        assertThat(browser.text("#pins")).contains("session", "Server.sessions(Server.java:");

        List<WebElement> sparse = browser.all("#chunks .slab.sparse");
        sparse.getFirst().click();
        assertThat(browser.text("#detail"))
                .contains("-byte slots", "slots live", "belongs to the part small", "tracked", "Server.");
        assertThat(sparse.getFirst().getAttribute("aria-pressed")).isEqualTo("true");
        browser.picture(PICTURES.resolve("dashboard.png"), "#map"); // the one in docs
        browser.prefer("dark");
        pictureForPeople("dashboard-dark.png");
    }

    /** A picture of all of a page takes a second or more, so a short build has none. */
    private static void pictureForPeople(String name) throws IOException {
        if (TestLength.of(0, 1) == 1) {
            browser.picture(PICTURES.resolve(name), "#history");
        }
    }

    @Test
    void mapMustBeUsableByKeyboard() {
        open();
        List<WebElement> places = browser.all("#chunks .place");
        browser.run("document.getElementById('only').focus()");
        browser.press(Keys.TAB); // one, whatever number of places there is
        assertThat(browser.focused()).isEqualTo(places.getFirst());
        browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT);
        assertThat(browser.focused()).isEqualTo(places.get(1));
        browser.press(Keys.END);
        assertThat(browser.focused()).isEqualTo(places.getLast());
        browser.press(Keys.ARROW_UP);
        assertThat(browser.focused().getRect().y).isLessThan(places.getLast().getRect().y);
        browser.press(Keys.ARROW_DOWN, Keys.HOME, Keys.ENTER);
        assertThat(browser.text("#detail"))
                .contains("free, at " + places.getFirst().getAttribute("data-address"));
        browser.press(Keys.ESCAPE);
        assertThat(browser.find("#detail").isDisplayed()).isFalse();
        assertThat(browser.focused()).isEqualTo(places.getFirst());
    }

    @Test
    void whatIsOpenMustStayOpenWhenTheMapIsReadAgain() {
        open();
        browser.all("#chunks .slab.sparse").getFirst().click();
        String age = browser.text("#detail td:last-child");
        browser.find("#detail summary").click();
        browser.await("#detail .frames", "com.example.Server.");
        browser.find("#pause").click();
        browser.find("#pause").click(); // reads it
        browser.awaitChange("#detail td:last-child", age);
        assertThat(browser.find("#detail .frames").isDisplayed()).isTrue();
    }

    @Test
    void pauseMustKeepThePageUntilItIsResumed() {
        open();
        String before = browser.text("#tile-blocks b");
        browser.find("#pause").click();
        server.index(10);
        dashboard.update();
        assertThat(browser.text("#state")).isEqualTo("paused");
        assertThat(browser.text("#tile-blocks b")).isEqualTo(before);
        browser.find("#pause").click();
        dashboard.update();
        browser.await("#tile-blocks b", grouped(allocator.stats().liveBlocks()));
    }

    @Test
    void mustFollowTheSystemsColoursUntilOneIsChosen() {
        open();
        String ground = "return getComputedStyle(document.body).backgroundColor";
        String light = browser.run(ground);
        browser.prefer("dark");
        String dark = browser.run(ground);
        assertThat(dark).isNotEqualTo(light);
        String choose =
                "const t = document.getElementById('theme'); t.value = '%s'; t.dispatchEvent(new Event('change'))";
        browser.run(choose.formatted("light"));
        assertThat((String) browser.run(ground)).isEqualTo(light);
        browser.prefer("light");
        browser.run(choose.formatted("dark"));
        assertThat((String) browser.run(ground)).isEqualTo(dark);
        browser.run(choose.formatted("auto"));
        assertThat((String) browser.run(ground)).isEqualTo(light);
    }

    @Test
    void mustFitAPhone() throws IOException {
        browser.size(PHONE, 900);
        open();
        assertThat((Long) browser.run("return document.documentElement.scrollWidth - window.innerWidth"))
                .isNotPositive();
        pictureForPeople("dashboard-phone.png");
    }

    @Test
    void reportMustShowTheSameAsOneFileWithoutAnyRequest() throws IOException {
        dashboard.update();
        Path file = folder.resolve("report.html");
        dashboard.report().write(file);
        browser.open(file.toUri().toString());
        browser.await("#summary", "chunks");
        mustShow(allocator.stats());
        assertThat(browser.all("#chunks .slab")).hasSize(slabs(allocator));
        browser.all("#chunks .slab.sparse").getFirst().click();
        assertThat(browser.text("#detail")).contains("Server.");
        assertThat(browser.text("#state")).startsWith("report of");
        List<Object> requests = new ArrayList<>(
                browser.<List<Object>>run(
                        "return performance.getEntriesByType('resource').map(one => one.name).filter(name => !name.startsWith('data:'))"));
        assertThat(requests).isEmpty();
    }

    @Test
    void reportOfAnAllocatorAloneMustShowIt() throws IOException {
        Path file = folder.resolve("alone.html");
        Report.of(other).write(file);
        browser.open(file.toUri().toString());
        browser.await("#summary", "chunks");
        mustShow(other.stats());
    }
}
