package org.openplip.search;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.QueryBuilder;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// An index of pictures and tiles in a folder, searched by embedding and by the words of captions.
///
/// The folder is a Lucene directory. Up to 50,000 items a search by embedding compares all of them
/// and is exact; beyond, it follows Lucene's HNSW graph (Malkov and Yashunin 2018) and may miss some.
///
///     try (SearchIndex index = SearchIndex.create(folder, 512, "plip")) {
///         index.add(new Item("a.png", "picture", "atlas", "a.png", "Lymphocytes", "LYM", null, e));
///         index.commit();
///         List<Hit> hits = index.nearest(query, 10, Filter.any().kinds("picture"));
///     }
///
/// Searches see what was committed when they began. Safe for use by many threads, searches while
/// items are added included. One process at a time may add; others may search meanwhile, and see
/// what has been added once they `refresh()`.
public final class SearchIndex implements AutoCloseable {
    private static final String FORMAT_KEY = "openplip.format";
    private static final String FORMAT = "1";
    private static final String WIDTH_KEY = "openplip.width";
    private static final String CHECKPOINT_KEY = "openplip.checkpoint";

    /// What the names of fields begin with that hold an item's details.
    private static final String DETAIL = "detail.";

    /// Comparing this many vectors of 512 takes some 30 ms.
    private static final int EXACT_UP_TO = 50_000;

    /// Embeddings are taken to be of unit length if they are within this of it: far more than
    /// float32 and bf16 arithmetic leave, far less than forgetting to normalise.
    private static final double UNIT_TOLERANCE = 0.01;

    /// What a search reads of a query's words, in UTF-16 units; Lucene takes up to 1,024 words.
    private static final int QUERY_LENGTH = 1000;

    /// Held so that its level stays: it would advise to add an incubator module for speed, which
    /// prints a warning of its own and is not needed here.
    private static final Logger ADVICE =
            Logger.getLogger("org.apache.lucene.internal.vectorization.VectorizationProvider");

    static {
        ADVICE.setLevel(Level.SEVERE);
    }

    private record Candidate(int doc, double similarity) {}

    private static final Comparator<Candidate> WORST_FIRST =
            Comparator.comparingDouble(Candidate::similarity)
                    .thenComparing(Comparator.comparingInt(Candidate::doc).reversed());

    private final Path folder;
    private final FSDirectory directory;
    private final SearcherManager searchers;
    private final int width;
    private final String checkpoint;
    private final int exactUpTo;
    private final Analyzer analyzer = new EnglishAnalyzer();
    private @Nullable IndexWriter writer;

    private SearchIndex(Path folder, FSDirectory directory, int exactUpTo) throws IOException {
        this.folder = folder;
        this.directory = directory;
        this.exactUpTo = exactUpTo;
        DirectoryReader reader = DirectoryReader.open(directory);
        try {
            Map<String, String> data = reader.getIndexCommit().getUserData();
            String format = data.get(FORMAT_KEY);
            if (format == null) {
                throw new DataException(folder, "is a Lucene index, but not one of OpenPLIP");
            }
            if (!format.equals(FORMAT)) {
                throw new DataException(
                        folder, "has the format " + format + ", this program reads " + FORMAT);
            }
            this.width = Integer.parseInt(data.getOrDefault(WIDTH_KEY, "0"));
            this.checkpoint = data.getOrDefault(CHECKPOINT_KEY, "");
            this.searchers = new SearcherManager(reader, null);
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    /// A new, empty index.
    ///
    /// @param folder is made; if it exists, it must be empty
    /// @param width of the embeddings
    /// @param checkpoint what made the embeddings: a name, or better a hash
    public static SearchIndex create(Path folder, int width, String checkpoint) throws IOException {
        if (width < 1 || width > 1024) {
            throw new IllegalArgumentException("width: expected 1 to 1024, got " + width);
        }
        Files.createDirectories(folder);
        try (Stream<Path> files = Files.list(folder)) {
            if (files.findAny().isPresent()) {
                throw new DataException(folder, "is not empty: expected room for a new index");
            }
        }
        Map<String, String> data =
                Map.of(
                        FORMAT_KEY,
                        FORMAT,
                        WIDTH_KEY,
                        Integer.toString(width),
                        CHECKPOINT_KEY,
                        checkpoint);
        try (FSDirectory directory = FSDirectory.open(folder);
                IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
            writer.setLiveCommitData(data.entrySet());
            writer.commit();
        }
        return open(folder);
    }

    /// A new, empty index of embeddings from an unnamed checkpoint.
    public static SearchIndex create(Path folder, int width) throws IOException {
        return create(folder, width, "");
    }

    /// The index in a folder, with what was last committed.
    ///
    /// @throws DataException if there is none, or it is damaged
    public static SearchIndex open(Path folder) throws IOException {
        return open(folder, EXACT_UP_TO);
    }

    /// The index in a folder, for embeddings of a width.
    ///
    /// @throws DataException if there is none, it is damaged or of another width
    public static SearchIndex openOfWidth(Path folder, int width) throws IOException {
        SearchIndex index = open(folder);
        if (index.width() == width) return index;
        index.close();
        throw new DataException(
                folder,
                "holds embeddings of width %d, expected %d".formatted(index.width(), width));
    }

    /// @param exactUpTo the number of items up to which searches are exact
    static SearchIndex open(Path folder, int exactUpTo) throws IOException {
        if (!exists(folder)) throw new DataException(folder, "is not a search index");
        FSDirectory directory = FSDirectory.open(folder);
        try {
            return new SearchIndex(folder, directory, exactUpTo);
        } catch (DataException e) {
            directory.close();
            throw e;
        } catch (IOException | RuntimeException e) {
            directory.close();
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new DataException(folder.toString(), null, "is damaged: " + reason, e);
        }
    }

    /// Whether a folder holds an index.
    public static boolean exists(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) return false;
        try (FSDirectory directory = FSDirectory.open(folder)) {
            return DirectoryReader.indexExists(directory);
        }
    }

    /// The width of the embeddings.
    public int width() {
        return width;
    }

    /// What made the embeddings, as given when the index was made.
    public String checkpoint() {
        return checkpoint;
    }

    /// Adds an item, or replaces the one of the same id, at the next `commit()`.
    ///
    /// @throws IllegalArgumentException if the embedding is of another width or not of unit length
    /// @throws DataException if another process is adding
    public void add(Item item) throws IOException {
        float[] embedding = item.embedding();
        double length = length("embedding", embedding);
        if (Math.abs(length - 1) > UNIT_TOLERANCE) {
            throw new IllegalArgumentException(
                    "embedding: expected unit length, got " + length + " for " + item.id());
        }
        Document document = new Document();
        document.add(new StringField("id", item.id(), Field.Store.YES));
        document.add(new StringField("kind", item.kind(), Field.Store.YES));
        document.add(new StringField("source", item.source(), Field.Store.YES));
        if (item.path() != null) document.add(new StoredField("path", item.path()));
        document.add(new TextField("caption", item.caption(), Field.Store.YES));
        document.add(new StringField("label", item.label(), Field.Store.YES));
        Region region = item.region();
        if (region != null) {
            document.add(new StoredField("x", region.x()));
            document.add(new StoredField("y", region.y()));
            document.add(new StoredField("width", region.width()));
            document.add(new StoredField("height", region.height()));
        }
        item.details()
                .forEach(
                        (name, values) -> {
                            for (String value : values) {
                                document.add(new StoredField(DETAIL + name, value));
                            }
                        });
        document.add(
                new KnnFloatVectorField(
                        "embedding", embedding, VectorSimilarityFunction.DOT_PRODUCT));
        writer().updateDocument(new Term("id", item.id()), document);
    }

    /// Adds items, as `add` does each.
    public void addAll(Collection<Item> items) throws IOException {
        for (Item item : items) add(item);
    }

    /// Removes the item of an id, if there is one, at the next `commit()`.
    public void delete(String id) throws IOException {
        writer().deleteDocuments(new Term("id", id));
    }

    /// Removes every item that `picked` says yes to at the next `commit()`, and returns how many.
    /// The segments that held them are written anew, so that nothing of them stays on disk once no
    /// search is open that began before.
    ///
    /// @param picked is shown items as they were last committed
    public int deleteIf(Predicate<Item> picked) throws IOException {
        List<String> ids = new ArrayList<>();
        search(
                searcher -> {
                    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
                        Bits live = leaf.reader().getLiveDocs();
                        for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
                            if (live != null && !live.get(doc)) continue;
                            Item item = item(searcher, leaf.docBase + doc);
                            if (picked.test(item)) ids.add(item.id());
                        }
                    }
                    return ids.size();
                });
        for (String id : ids) delete(id);
        if (!ids.isEmpty()) writer().forceMergeDeletes();
        return ids.size();
    }

    /// Writes what was added and deleted to disk, all or nothing, and makes searches see it.
    public synchronized void commit() throws IOException {
        if (writer != null) writer.commit();
        refresh();
    }

    /// Makes searches see what another process has committed.
    public void refresh() throws IOException {
        searchers.maybeRefreshBlocking();
    }

    private synchronized IndexWriter writer() throws IOException {
        if (writer == null) {
            IndexWriterConfig config = new IndexWriterConfig(analyzer);
            config.setOpenMode(IndexWriterConfig.OpenMode.APPEND);
            config.setCommitOnClose(false);
            TieredMergePolicy merging = new TieredMergePolicy();
            merging.setForceMergeDeletesPctAllowed(0);
            config.setMergePolicy(merging);
            try {
                writer = new IndexWriter(directory, config);
            } catch (LockObtainFailedException e) {
                throw new DataException(
                        folder.toString(), null, "is being written by another process", e);
            }
        }
        return writer;
    }

    /// The number of items.
    public int size() throws IOException {
        return search(searcher -> searcher.getIndexReader().numDocs());
    }

    /// The number of items that a filter lets through.
    public int count(Filter filter) throws IOException {
        return search(searcher -> searcher.count(query(filter)));
    }

    /// The item of an id.
    public Optional<Item> get(String id) throws IOException {
        return search(
                searcher -> {
                    ScoreDoc[] found =
                            searcher.search(new TermQuery(new Term("id", id)), 1).scoreDocs;
                    return found.length == 0
                            ? Optional.empty()
                            : Optional.of(item(searcher, found[0].doc));
                });
    }

    /// The `k` items most similar to a query, best first; fewer if there are fewer.
    ///
    /// @param query float32 `[width]` of any length but 0
    public List<Hit> nearest(float[] query, int k, Filter filter) throws IOException {
        checkCount(k);
        double length = length("query", query);
        if (length == 0) throw new IllegalArgumentException("query: expected a length, got 0");
        float[] unit = new float[width];
        for (int d = 0; d < width; d++) unit[d] = (float) (query[d] / length);
        return search(
                searcher -> {
                    boolean exact = searcher.getIndexReader().numDocs() <= exactUpTo;
                    List<Candidate> candidates =
                            exact
                                    ? compareAll(searcher, unit, k, query(filter))
                                    : followGraph(searcher, unit, k, query(filter));
                    List<Hit> hits = new ArrayList<>(candidates.size());
                    for (Candidate candidate : candidates) {
                        hits.add(new Hit(item(searcher, candidate.doc()), candidate.similarity()));
                    }
                    return List.copyOf(hits);
                });
    }

    /// The `k` items whose captions fit the words best by BM25, best first. Words are compared by
    /// their English stems, and the likes of "the" are left out; each word may be missing.
    public List<Hit> words(String words, int k, Filter filter) throws IOException {
        checkCount(k);
        String start = words.substring(0, Math.min(words.length(), QUERY_LENGTH));
        Query query = new QueryBuilder(analyzer).createBooleanQuery("caption", start);
        if (query == null) return List.of();
        Query filtered =
                new BooleanQuery.Builder()
                        .add(query, BooleanClause.Occur.MUST)
                        .add(query(filter), BooleanClause.Occur.FILTER)
                        .build();
        return search(
                searcher -> {
                    List<Hit> hits = new ArrayList<>();
                    for (ScoreDoc found : searcher.search(filtered, k).scoreDocs) {
                        hits.add(new Hit(item(searcher, found.doc), found.score));
                    }
                    return List.copyOf(hits);
                });
    }

    @FunctionalInterface
    private interface Search<T> {
        T on(IndexSearcher searcher) throws IOException;
    }

    private <T> T search(Search<T> search) throws IOException {
        IndexSearcher searcher = searchers.acquire();
        try {
            return search.on(searcher);
        } finally {
            searchers.release(searcher);
        }
    }

    private static void checkCount(int k) {
        if (k < 1) throw new IllegalArgumentException("k: expected at least 1, got " + k);
    }

    private double length(String name, float[] vector) {
        if (vector.length != width) {
            throw new IllegalArgumentException(
                    name + ": expected width " + width + ", got " + vector.length);
        }
        double length = Math.sqrt(dot(vector, vector));
        if (!Double.isFinite(length)) {
            throw new IllegalArgumentException(name + ": expected finite numbers");
        }
        return length;
    }

    private static Query query(Filter filter) {
        if (filter.equals(Filter.any())) return MatchAllDocsQuery.INSTANCE;
        BooleanQuery.Builder builder = new BooleanQuery.Builder();
        addFilter(builder, "kind", filter.kinds());
        addFilter(builder, "source", filter.sources());
        return builder.build();
    }

    private static void addFilter(BooleanQuery.Builder builder, String field, Set<String> values) {
        if (values.isEmpty()) return;
        List<BytesRef> terms = values.stream().map(BytesRef::new).toList();
        builder.add(new TermInSetQuery(field, terms), BooleanClause.Occur.FILTER);
    }

    private static List<Candidate> compareAll(
            IndexSearcher searcher, float[] unit, int k, Query filter) throws IOException {
        PriorityQueue<Candidate> best = new PriorityQueue<>(WORST_FIRST);
        Weight weight =
                searcher.createWeight(searcher.rewrite(filter), ScoreMode.COMPLETE_NO_SCORES, 1);
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            FloatVectorValues vectors = leaf.reader().getFloatVectorValues("embedding");
            Scorer scorer = weight.scorer(leaf);
            if (vectors == null || scorer == null) continue;
            Bits live = leaf.reader().getLiveDocs();
            KnnVectorValues.DocIndexIterator rows = vectors.iterator();
            DocIdSetIterator wanted = scorer.iterator();
            for (int doc = wanted.nextDoc();
                    doc != DocIdSetIterator.NO_MORE_DOCS;
                    doc = wanted.nextDoc()) {
                if (live != null && !live.get(doc)) continue;
                if (rows.docID() < doc) rows.advance(doc);
                if (rows.docID() != doc) continue;
                double similarity = cosine(unit, vectors.vectorValue(rows.index()));
                best.add(new Candidate(leaf.docBase + doc, similarity));
                if (best.size() > k) best.remove();
            }
        }
        return best.stream().sorted(WORST_FIRST.reversed()).toList();
    }

    private static List<Candidate> followGraph(
            IndexSearcher searcher, float[] unit, int k, Query filter) throws IOException {
        KnnFloatVectorQuery query = new KnnFloatVectorQuery("embedding", unit, k, filter);
        List<Candidate> candidates = new ArrayList<>();
        for (ScoreDoc found : searcher.search(query, k).scoreDocs) {
            float[] stored = embedding(searcher, found.doc);
            candidates.add(new Candidate(found.doc, cosine(unit, stored)));
        }
        candidates.sort(WORST_FIRST.reversed());
        return candidates;
    }

    /// The cosine in double precision, free of the rounding in Lucene's scores.
    private static double cosine(float[] a, float[] b) {
        double cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
        return Math.clamp(cosine, -1, 1);
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) sum += (double) a[d] * b[d];
        return sum;
    }

    private static Item item(IndexSearcher searcher, int doc) throws IOException {
        Document document = searcher.storedFields().document(doc);
        IndexableField x = document.getField("x");
        Region region =
                x == null
                        ? null
                        : new Region(
                                x.numericValue().longValue(),
                                document.getField("y").numericValue().longValue(),
                                document.getField("width").numericValue().longValue(),
                                document.getField("height").numericValue().longValue());
        Map<String, List<String>> details = new LinkedHashMap<>();
        for (IndexableField field : document) {
            if (!field.name().startsWith(DETAIL)) continue;
            details.computeIfAbsent(field.name().substring(DETAIL.length()), _ -> new ArrayList<>())
                    .add(field.stringValue());
        }
        return new Item(
                document.get("id"),
                document.get("kind"),
                document.get("source"),
                document.get("path"),
                document.get("caption"),
                document.get("label"),
                region,
                embedding(searcher, doc),
                details);
    }

    private static float[] embedding(IndexSearcher searcher, int doc) throws IOException {
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(doc, leaves));
        FloatVectorValues vectors = leaf.reader().getFloatVectorValues("embedding");
        KnnVectorValues.DocIndexIterator rows = vectors.iterator();
        rows.advance(doc - leaf.docBase);
        return vectors.vectorValue(rows.index()).clone();
    }

    /// Frees the folder; what was not committed is forgotten.
    @Override
    public synchronized void close() throws IOException {
        try (FSDirectory _ = directory;
                SearcherManager _ = searchers;
                Analyzer _ = analyzer) {
            if (writer != null) writer.close();
            writer = null;
        }
    }
}
