package dev.ashlar.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TermQuery;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Indexing, merging, searching and deleting by Lucene. */
@Timeout(300)
class IndexTest {

    private static final int DOCUMENTS = TestLength.of(200, 5_000);
    private static final int ROUNDS = 4;

    private final Allocator allocator = Slab.builder().limit("256MiB").build();
    private final Limit limit = Limit.of("index", 128 << 20);
    private final AshlarDirectory directory = AshlarDirectory.over(allocator, limit);

    @AfterEach
    void nothingMustBeLive() {
        directory.close();
        assertThat(limit.usedBytes()).isZero();
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    private IndexWriter writer() throws IOException {
        return new IndexWriter(directory, new IndexWriterConfig(new StandardAnalyzer()));
    }

    private static Document document(int round, int number) {
        Document document = new Document();
        document.add(new StringField("id", round + "-" + number, Field.Store.YES));
        document.add(new TextField("text", "number " + number + " of round" + round, Field.Store.YES));
        document.add(new NumericDocValuesField("number", number));
        document.add(new KnnFloatVectorField("vector", new float[] {number, round, 1}));
        return document;
    }

    private static void addRound(IndexWriter writer, int round) throws IOException {
        for (int i = 0; i < DOCUMENTS; i++) {
            writer.addDocument(document(round, i));
        }
        writer.commit();
    }

    private static int count(IndexSearcher searcher, String field, String value) throws IOException {
        return searcher.count(new TermQuery(new Term(field, value)));
    }

    @Test
    void mustIndexMergeSearchAndDelete() throws IOException {
        try (IndexWriter writer = writer()) {
            for (int round = 0; round < ROUNDS; round++) {
                addRound(writer, round);
            }
            try (DirectoryReader reader = DirectoryReader.open(writer)) {
                IndexSearcher searcher = new IndexSearcher(reader);
                assertThat(count(searcher, "text", "round3")).isEqualTo(DOCUMENTS);
                writer.deleteDocuments(new Term("text", "round3"));
                writer.forceMerge(1);
                writer.commit();
                writer.deleteUnusedFiles();
                // The merge has deleted the segments that this reader still reads.
                assertThat(count(searcher, "text", "round3")).isEqualTo(DOCUMENTS);
                assertThat(reader.leaves()).hasSizeGreaterThan(1);
            }
        }
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
            IndexSearcher searcher = new IndexSearcher(reader);
            assertThat(reader.leaves()).hasSize(1);
            assertThat(reader.numDocs()).isEqualTo((ROUNDS - 1) * DOCUMENTS);
            assertThat(count(searcher, "text", "round3")).isZero();
            assertThat(count(searcher, "text", "number")).isEqualTo((ROUNDS - 1) * DOCUMENTS);
            var sorted = searcher.search(
                    new MatchAllDocsQuery(), 1, new Sort(new SortField("number", SortField.Type.INT, true)));
            assertThat(text(searcher, sorted.scoreDocs[0].doc)).startsWith("number " + (DOCUMENTS - 1));
            Query nearest = new KnnFloatVectorQuery("vector", new float[] {7, 2, 1}, 1);
            assertThat(text(searcher, searcher.search(nearest, 1).scoreDocs[0].doc))
                    .isEqualTo("number 7 of round2");
        }
        try (CheckIndex check = new CheckIndex(directory)) {
            assertThat(check.checkIndex().clean).isTrue();
        }
        try (IndexWriter writer = writer()) {
            writer.deleteAll();
            writer.commit();
        }
        assertThat(directory.listAll()).hasSize(1).allMatch(name -> name.startsWith("segments_"));
        assertThat(directory.stats().liveBlocks()).isEqualTo(1);
    }

    private static String text(IndexSearcher searcher, int document) throws IOException {
        return searcher.storedFields().document(document).get("text");
    }

    /** Each searcher sees a state of the index, while segments are merged and deleted. */
    @Test
    void mustServeSearchesWhileSegmentsAreReplaced() throws IOException {
        try (IndexWriter writer = writer()) {
            addRound(writer, 0);
            AtomicBoolean done = new AtomicBoolean();
            List<Race.Task> tasks = new ArrayList<>();
            tasks.add(() -> {
                try {
                    for (int i = 0; i < DOCUMENTS; i++) {
                        writer.updateDocument(new Term("id", "0-" + i), document(0, i));
                        if (i % 50 == 0) {
                            writer.commit();
                        }
                    }
                    writer.forceMerge(1);
                    writer.commit();
                } finally {
                    done.set(true);
                }
            });
            for (int i = 0; i < 3; i++) {
                tasks.add(() -> {
                    while (!done.get()) {
                        try (DirectoryReader reader = DirectoryReader.open(directory)) {
                            IndexSearcher searcher = new IndexSearcher(reader);
                            assertThat(count(searcher, "text", "round0")).isEqualTo(DOCUMENTS);
                            assertThat(text(searcher, 0)).startsWith("number");
                        }
                    }
                });
            }
            Race.run(tasks);
        }
    }

    /** Lucene keeps the last commit, as when a disk is full. */
    @Test
    void mustKeepTheLastCommitWhenTheLimitIsReached() throws IOException {
        try (IndexWriter writer = writer()) {
            addRound(writer, 0);
        }
        long others = limit.limitBytes() - limit.usedBytes();
        limit.chargeAnyway(others);
        IndexWriter writer = writer();
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> addRound(writer, 1))
                .withMessageContaining("'index'");
        writer.rollback();
        limit.discharge(others);
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
            assertThat(reader.numDocs()).isEqualTo(DOCUMENTS);
        }
    }
}
