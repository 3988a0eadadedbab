package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.lucene.AshlarDirectory;
import dev.ashlar.spi.Ashlar;
import java.io.IOException;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.junit.jupiter.api.Test;

/** Lucene over Ashlar. */
class LuceneCodeTest {

    @Test
    void directory() throws IOException {
        try (Allocator allocator = Ashlar.allocator()) {
            Limit process = Limit.of("process", 1 << 30);
            Document document = new Document();
            document.add(new StringField("id", "7", Field.Store.YES));
            // @start region="lucene"
            Limit limit = process.child("lucene").bytes(64 << 20).build();
            try (Directory directory = AshlarDirectory.over(allocator, limit)) {
                try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                    writer.addDocument(document);
                }
                try (DirectoryReader reader = DirectoryReader.open(directory)) {
                    assert new IndexSearcher(reader).count(new TermQuery(new Term("id", "7"))) == 1;
                }
            }
            // @end
            assertThat(allocator.stats().allocations()).isPositive();
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }
}
