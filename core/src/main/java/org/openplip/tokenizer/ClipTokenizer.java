package org.openplip.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// CLIP's tokenizer: byte-level byte-pair encoding of lower-case text (Radford et al. 2021,
/// section 2.4), giving the ids that OpenAI's `simple_tokenizer.py` gives.
///
/// A text is brought to Unicode's form NFC, HTML references in it are resolved twice (`&amp;`
/// becomes `&`), white space is collapsed, capitals become small; then it is cut into words,
/// single digits and runs of other characters, and each piece, as UTF-8, is merged pair by pair.
///
/// Hugging Face's fast tokenizer does not resolve HTML. This class follows OpenAI's, with which
/// CLIP and PLIP were trained: captions from the web often say `H&amp;E`, which would otherwise
/// become tokens for "amp" that the model did not see in training. OpenAI's also repairs
/// broken encodings and straightens curly quotes with the library ftfy; that is not part of this
/// class, as it is not of Hugging Face's.
///
/// The marks `<|startoftext|>` and `<|endoftext|>` written in a text become the marks' ids, as in
/// OpenAI's.
///
///     ClipTokenizer tokenizer = ClipTokenizer.load(checkpointFolder);
///     int[] ids = tokenizer.encode("H&E, 40x");          // [327, 261, 324, 267, 275, 271, 343]
///     int[] row = tokenizer.row("H&E, 40x", 77);         // 49406, the ids, 49407, 49407, ...
///
/// Safe for use by many threads.
public final class ClipTokenizer {
    private static final String TOKENIZER = "tokenizer.json";
    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String SPLIT =
            "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

    /// Pieces kept with their ids: natural text repeats itself, and this many take about 10 MB.
    private static final int CACHED_PIECES = 1 << 16;

    /// Longer pieces, in UTF-16 units, are not words and will hardly come again.
    private static final int CACHED_LENGTH = 64;

    private record Ranked(int rank, int merged) {}

    private final List<String> tokens;
    private final List<Merge> merges;
    private final Map<String, Integer> idOf;
    private final Map<Long, Ranked> ranked = new HashMap<>();
    private final int[] byteId = new int[256];
    private final int[] lastByteId = new int[256];
    private final int startId;
    private final int endId;
    private final Map<String, int[]> cache = new ConcurrentHashMap<>();

    /// @param source the file named in errors
    private ClipTokenizer(List<String> tokens, List<Merge> merges, Path source)
            throws DataException {
        this.tokens = List.copyOf(tokens);
        this.merges = List.copyOf(merges);
        this.idOf = new HashMap<>(tokens.size() * 2);
        for (int id = 0; id < tokens.size(); id++) {
            Integer other = idOf.put(tokens.get(id), id);
            if (other != null) {
                throw new DataException(
                        source,
                        "id " + id,
                        "'" + tokens.get(id) + "' has the id " + other + " too");
            }
        }
        startId = id(ClipPieces.START, source);
        endId = id(ClipPieces.END, source);
        for (int b = 0; b < 256; b++) {
            String character = String.valueOf(ByteAlphabet.character(b));
            byteId[b] = id(character, source);
            lastByteId[b] = id(character + ByteAlphabet.END_OF_WORD, source);
        }
        for (Merge merge : merges) {
            long pair = BpeTrainer.pair(id(merge.left(), source), id(merge.right(), source));
            Ranked step = new Ranked(ranked.size(), id(merge.merged(), source));
            if (ranked.put(pair, step) != null) {
                throw new DataException(
                        source, "merge '" + merge.left() + " " + merge.right() + "' comes twice");
            }
        }
    }

    private int id(String token, Path source) throws DataException {
        Integer id = idOf.get(token);
        if (id == null) throw new DataException(source, "'" + token + "' is not in the vocabulary");
        return id;
    }

    /// Whether there is a tokenizer in `folder`.
    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(TOKENIZER)) || Files.exists(folder.resolve(VOCABULARY));
    }

    /// Reads the tokenizer of a checkpoint folder: `tokenizer.json`, or `vocab.json` and
    /// `merges.txt` where the first is missing.
    ///
    /// @throws DataException if the files are missing, are no byte-level BPE with CLIP's marks, or
    ///   do not fit each other
    public static ClipTokenizer load(Path folder) throws IOException {
        Path tokenizer = folder.resolve(TOKENIZER);
        if (Files.exists(tokenizer)) return readTokenizer(tokenizer);
        Path vocabulary = folder.resolve(VOCABULARY);
        Path merges = folder.resolve(MERGES);
        if (!Files.exists(vocabulary)) {
            throw new DataException(folder, "has neither " + TOKENIZER + " nor " + VOCABULARY);
        }
        if (!Files.exists(merges)) throw new DataException(merges, "is missing");
        Map<String, Integer> ids = new HashMap<>();
        addEntries(Json.read(vocabulary), ids, vocabulary);
        return new ClipTokenizer(inOrder(ids, vocabulary), readMerges(merges), merges);
    }

    private static ClipTokenizer readTokenizer(Path file) throws IOException {
        JsonNode root = Json.read(file);
        JsonNode model = root.path("model");
        String type = model.path("type").asText("BPE");
        if (!type.equals("BPE") || !model.path("vocab").isObject()) {
            throw new DataException(file, "model", "expected BPE with a vocabulary");
        }
        if (!model.path("end_of_word_suffix").asText("").equals(ByteAlphabet.END_OF_WORD)) {
            throw new DataException(
                    file, "model.end_of_word_suffix", "expected " + ByteAlphabet.END_OF_WORD);
        }
        Map<String, Integer> ids = new HashMap<>();
        addEntries(model.path("vocab"), ids, file);
        for (JsonNode added : root.path("added_tokens")) {
            addEntry(added.path("content").asText(), added.path("id"), ids, file);
        }
        if (!model.path("merges").isArray()) {
            throw new DataException(file, "model.merges", "is missing");
        }
        List<Merge> merges = new ArrayList<>();
        for (JsonNode merge : model.path("merges")) {
            String where = "model.merges[" + merges.size() + "]";
            // Until version 0.20 the Rust library wrote "left right", since then ["left","right"].
            if (merge.isArray() && merge.size() == 2) {
                merges.add(new Merge(merge.path(0).asText(), merge.path(1).asText()));
            } else {
                merges.add(parse(merge.asText(), file, where));
            }
        }
        return new ClipTokenizer(inOrder(ids, file), merges, file);
    }

    private static void addEntries(JsonNode vocabulary, Map<String, Integer> ids, Path file)
            throws DataException {
        if (!vocabulary.isObject()) {
            throw new DataException(file, "expected an object of tokens and their ids");
        }
        for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
            addEntry(entry.getKey(), entry.getValue(), ids, file);
        }
    }

    private static void addEntry(String token, JsonNode id, Map<String, Integer> ids, Path file)
            throws DataException {
        if (!id.isInt() || id.asInt() < 0) {
            throw new DataException(file, "'" + token + "'", "expected an id, got " + id);
        }
        Integer other = ids.put(token, id.asInt());
        if (other != null && other != id.asInt()) {
            throw new DataException(
                    file, "'" + token + "'", "has the ids " + other + " and " + id.asInt());
        }
    }

    /// The tokens by id, which must be 0, 1, 2 and so on.
    private static List<String> inOrder(Map<String, Integer> ids, Path file) throws DataException {
        @Nullable String[] tokens = new @Nullable String[ids.size()];
        for (Map.Entry<String, Integer> entry : ids.entrySet()) {
            int id = entry.getValue();
            if (id >= tokens.length) {
                throw new DataException(
                        file,
                        "'" + entry.getKey() + "'",
                        "expected an id below " + tokens.length + ", got " + id);
            }
            if (tokens[id] != null) {
                throw new DataException(
                        file,
                        "id " + id,
                        "belongs to both '" + tokens[id] + "' and '" + entry.getKey() + "'");
            }
            tokens[id] = entry.getKey();
        }
        List<String> list = new ArrayList<>(tokens.length);
        for (String token : tokens) list.add(Objects.requireNonNull(token));
        return list;
    }

    private static List<Merge> readMerges(Path file) throws IOException {
        List<Merge> merges = new ArrayList<>();
        String[] lines = Files.readString(file).split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].strip();
            boolean header = i == 0 && line.startsWith("#version");
            if (!header && !line.isEmpty()) merges.add(parse(line, file, "line " + (i + 1)));
        }
        if (merges.isEmpty()) throw new DataException(file, "holds no merges");
        return merges;
    }

    private static Merge parse(String text, Path file, String where) throws DataException {
        int space = text.indexOf(' ');
        if (space < 1 || space == text.length() - 1 || text.indexOf(' ', space + 1) >= 0) {
            throw new DataException(file, where, "expected two tokens, got '" + text + "'");
        }
        return new Merge(text.substring(0, space), text.substring(space + 1));
    }

    /// Learns a tokenizer of CLIP's form from captions.
    ///
    /// Neighbouring tokens that occur together most often are merged first, ties in the order of
    /// their characters, so that the same captions give the same tokenizer. Merging stops early
    /// when no two tokens come together twice: `vocabularySize()` tells what was reached.
    ///
    /// @param vocabularySize the number of tokens aimed at, at least 514: the 512 for single bytes
    ///   and the two marks
    public static ClipTokenizer train(Iterable<String> captions, int vocabularySize) {
        List<Merge> merges = BpeTrainer.train(captions, vocabularySize);
        Set<String> tokens = new LinkedHashSet<>(Arrays.asList(ByteAlphabet.firstTokens()));
        for (Merge merge : merges) tokens.add(merge.merged());
        tokens.add(ClipPieces.START);
        tokens.add(ClipPieces.END);
        try {
            return new ClipTokenizer(List.copyOf(tokens), merges, Path.of(MERGES));
        } catch (DataException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The ids of a text, without the marks of its start and end; none for a blank text.
    public int[] encode(String text) {
        int[] ids = new int[16];
        int n = 0;
        for (String piece : ClipPieces.split(ClipPieces.clean(text))) {
            int[] some = pieceIds(piece);
            if (n + some.length > ids.length) {
                ids = Arrays.copyOf(ids, Math.max(ids.length * 2, n + some.length));
            }
            System.arraycopy(some, 0, ids, n, some.length);
            n += some.length;
        }
        return Arrays.copyOf(ids, n);
    }

    /// The row of `contextLength` ids that the text tower reads: start, the text's ids, end, and
    /// again end up to the row's length. A text that is too long is cut; start and end stay.
    ///
    /// With start 6, end 7 and the ids 1 2 3: `row(text, 7)` is 6 1 2 3 7 7 7 and `row(text, 4)` is
    /// 6 1 2 7.
    public int[] row(String text, int contextLength) {
        if (contextLength < 2) {
            throw new IllegalArgumentException(
                    "contextLength: expected at least 2, got " + contextLength);
        }
        int[] ids = encode(text);
        int[] row = new int[contextLength];
        Arrays.fill(row, endId);
        row[0] = startId;
        System.arraycopy(ids, 0, row, 1, Math.min(ids.length, contextLength - 2));
        return row;
    }

    /// The text of ids: small letters, one space after each piece but the last. Bytes that are no
    /// UTF-8 become U+FFFD.
    ///
    /// @throws IllegalArgumentException if an id is not in the vocabulary
    public String decode(int[] ids) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            if (id < 0 || id >= tokens.size()) {
                throw new IllegalArgumentException(
                        "ids: expected 0 to " + (tokens.size() - 1) + ", got " + id);
            }
            String token = tokens.get(id);
            boolean last = token.endsWith(ByteAlphabet.END_OF_WORD);
            int length = token.length() - (last ? ByteAlphabet.END_OF_WORD.length() : 0);
            for (int i = 0; i < length; i++) {
                Integer value = ByteAlphabet.unsignedByte(token.charAt(i));
                if (value != null) bytes.write(value);
            }
            if (last || id == startId || id == endId) bytes.write(' ');
        }
        return bytes.toString(StandardCharsets.UTF_8).strip();
    }

    /// The id of `<|startoftext|>`.
    public int startId() {
        return startId;
    }

    /// The id of `<|endoftext|>`, which also fills rows.
    public int endId() {
        return endId;
    }

    /// The number of tokens, bytes and marks included.
    public int vocabularySize() {
        return tokens.size();
    }

    private int[] pieceIds(String piece) {
        if (piece.equals(ClipPieces.START)) return new int[] {startId};
        if (piece.equals(ClipPieces.END)) return new int[] {endId};
        int[] known = cache.get(piece);
        if (known != null) return known;
        int[] ids = merge(piece);
        if (piece.length() <= CACHED_LENGTH && cache.size() < CACHED_PIECES) cache.put(piece, ids);
        return ids;
    }

    private int[] merge(String piece) {
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        int[] word = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) word[i] = byteId[bytes[i] & 0xff];
        word[word.length - 1] = lastByteId[bytes[bytes.length - 1] & 0xff];
        while (true) {
            Ranked best = null;
            int at = -1;
            for (int i = 1; i < word.length; i++) {
                Ranked step = ranked.get(BpeTrainer.pair(word[i - 1], word[i]));
                if (step != null && (best == null || step.rank() < best.rank())) {
                    best = step;
                    at = i;
                }
            }
            if (best == null) return word;
            word = BpeTrainer.replace(word, word[at - 1], word[at], best.merged());
        }
    }

    /// Writes `vocab.json`, `merges.txt`, `tokenizer.json`, `tokenizer_config.json` and
    /// `special_tokens_map.json`, as transformers' `CLIPTokenizer` and `CLIPTokenizerFast` read
    /// them. The folder is made; files of these names are replaced. The context length noted is
    /// CLIP's, 77.
    public void save(Path folder) throws IOException {
        save(folder, 77);
    }

    /// Writes the same files for a model that reads `contextLength` ids a row.
    public void save(Path folder, int contextLength) throws IOException {
        ObjectNode vocabulary = Json.MAPPER.createObjectNode();
        for (int id = 0; id < tokens.size(); id++) vocabulary.put(tokens.get(id), id);
        AtomicFiles.writeString(
                folder.resolve(VOCABULARY), Json.MAPPER.writeValueAsString(vocabulary));
        StringBuilder lines = new StringBuilder("#version: 0.2\n");
        for (Merge merge : merges) {
            lines.append(merge.left()).append(' ').append(merge.right()).append('\n');
        }
        AtomicFiles.writeString(folder.resolve(MERGES), lines.toString());
        Json.write(folder.resolve(TOKENIZER), tokenizerJson(vocabulary));
        Json.write(folder.resolve("tokenizer_config.json"), tokenizerConfig(contextLength));
        Json.write(folder.resolve("special_tokens_map.json"), specialTokens());
    }

    private ObjectNode tokenizerJson(ObjectNode vocabulary) {
        ObjectNode root = Json.MAPPER.createObjectNode();
        root.put("version", "1.0");
        root.putNull("truncation");
        root.putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        added.add(marker(ClipPieces.START).put("id", startId).put("special", true));
        added.add(
                marker(ClipPieces.END)
                        .put("id", endId)
                        .put("special", true)
                        .put("normalized", false));
        ObjectNode normalizer = root.putObject("normalizer").put("type", "Sequence");
        ArrayNode normalizers = normalizer.putArray("normalizers");
        normalizers.addObject().put("type", "NFC");
        ObjectNode spaces = normalizers.addObject().put("type", "Replace").put("content", " ");
        spaces.putObject("pattern").put("Regex", "\\s+");
        normalizers.addObject().put("type", "Lowercase");
        ObjectNode preTokenizer = root.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode preTokenizers = preTokenizer.putArray("pretokenizers");
        ObjectNode split = preTokenizers.addObject().put("type", "Split");
        split.put("behavior", "Removed").put("invert", true);
        split.putObject("pattern").put("Regex", SPLIT);
        preTokenizers.add(byteLevel());
        ObjectNode processor = root.putObject("post_processor").put("type", "RobertaProcessing");
        processor.put("trim_offsets", false).put("add_prefix_space", false);
        processor.putArray("sep").add(ClipPieces.END).add(endId);
        processor.putArray("cls").add(ClipPieces.START).add(startId);
        root.set("decoder", byteLevel());
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.putNull("dropout");
        model.put("unk_token", ClipPieces.END);
        model.put("continuing_subword_prefix", "");
        model.put("end_of_word_suffix", ByteAlphabet.END_OF_WORD);
        model.put("fuse_unk", false);
        model.set("vocab", vocabulary);
        ArrayNode steps = model.putArray("merges");
        for (Merge merge : merges) steps.add(merge.left() + " " + merge.right());
        return root;
    }

    private static ObjectNode byteLevel() {
        return Json.MAPPER
                .createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true);
    }

    private static ObjectNode tokenizerConfig(int contextLength) {
        ObjectNode root = Json.MAPPER.createObjectNode();
        root.put("tokenizer_class", "CLIPTokenizer");
        root.put("model_max_length", contextLength);
        root.put("do_lower_case", true);
        root.put("add_prefix_space", false);
        root.put("errors", "replace");
        root.set("bos_token", marker(ClipPieces.START).put("__type", "AddedToken"));
        root.set("eos_token", marker(ClipPieces.END).put("__type", "AddedToken"));
        root.set("unk_token", marker(ClipPieces.END).put("__type", "AddedToken"));
        root.put("pad_token", ClipPieces.END);
        return root;
    }

    private static ObjectNode specialTokens() {
        ObjectNode root = Json.MAPPER.createObjectNode();
        root.set("bos_token", marker(ClipPieces.START));
        root.set("eos_token", marker(ClipPieces.END));
        root.set("unk_token", marker(ClipPieces.END));
        root.put("pad_token", ClipPieces.END);
        return root;
    }

    private static ObjectNode marker(String content) {
        return Json.MAPPER
                .createObjectNode()
                .put("content", content)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", true);
    }
}
