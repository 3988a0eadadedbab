package dev.ashlar.verification.application.pipeline;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.lucene.AshlarDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;

/** Finds the ids of rows by the words of their texts. Safe for use by many threads, which wait for each other. */
final class TextIndex implements AutoCloseable {

    private final AshlarDirectory directory;
    private IndexWriter writer;

    TextIndex(Allocator allocator, Limit limit) throws IOException {
        directory = AshlarDirectory.over(allocator, limit);
        writer = open();
    }

    private IndexWriter open() throws IOException {
        // Without merges rows need only room of their own, and are indexed all or not at all.
        return new IndexWriter(
                directory, new IndexWriterConfig(new StandardAnalyzer()).setMergePolicy(NoMergePolicy.INSTANCE));
    }

    /**
     * Indexes rows.
     *
     * @throws IOException if there is no room for them, with the text of the refusal; the index is as it was
     */
    synchronized void add(BigIntVector ids, VarCharVector texts) throws IOException {
        try {
            for (int i = 0; i < ids.getValueCount(); i++) {
                Document document = new Document();
                document.add(new StoredField("id", ids.get(i)));
                document.add(new TextField("text", texts.getObject(i).toString(), Field.Store.NO));
                writer.addDocument(document);
            }
            writer.commit();
        } catch (IOException | RuntimeException e) {
            writer.rollback();
            writer = open(); // a writer ends with its first failure
            throw e;
        }
    }

    /** The ids of all rows with a word, in lower case. */
    synchronized List<Long> find(String word) throws IOException {
        List<Long> ids = new ArrayList<>();
        try (DirectoryReader reader = DirectoryReader.open(writer)) {
            IndexSearcher searcher = new IndexSearcher(reader);
            TermQuery query = new TermQuery(new Term("text", word));
            for (ScoreDoc hit : searcher.search(query, Math.max(1, reader.maxDoc())).scoreDocs) {
                ids.add(Long.valueOf(searcher.storedFields().document(hit.doc).get("id")));
            }
        }
        return ids;
    }

    /** Removes all rows. This takes no memory, so it works where there is no room for a commit. */
    synchronized void clear() throws IOException {
        writer.rollback();
        for (String file : directory.listAll()) {
            directory.deleteFile(file);
        }
        writer = open();
    }

    /** Everything is committed already. */
    @Override
    public synchronized void close() throws IOException {
        try (directory) {
            writer.rollback();
        }
    }
}
