package org.openplip.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openplip.io.DataException;
import org.openplip.io.Json;

class ClipTokenizerTest {
    private static final List<String> CORPUS =
            List.of(
                    "An H&E image of colorectal adenocarcinoma epithelium.",
                    "An H&E image of lymphocytes, 40x; CD3+ CD20-",
                    "Barrett's oesophagus, naïve: no dysplasia 😀😀",
                    "adenocarcinoma with mucus and debris");

    /// `shared/reference/tokenizer` beside the project, which may not be shipped with it.
    private static Path reference() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null) {
            Path candidate = folder.resolve("shared/reference/tokenizer");
            if (Files.isDirectory(candidate)) return candidate;
            folder = folder.getParent();
        }
        assumeTrue(
                false, "CLIP's vocabulary is not beside the project: shared/reference/tokenizer");
        throw new AssertionError();
    }

    private static int[] ints(JsonNode array) {
        int[] ints = new int[array.size()];
        for (int i = 0; i < ints.length; i++) ints[i] = array.get(i).asInt();
        return ints;
    }

    @Test
    void givesTheIdsAndRowsOfOpenAisTokenizer() throws IOException {
        ClipTokenizer tokenizer = ClipTokenizer.load(reference());
        List<String> lines = Files.readAllLines(reference().resolve("cases.jsonl"));
        assertThat(lines).hasSize(400);
        for (String line : lines) {
            JsonNode expected = Json.MAPPER.readTree(line);
            String text = expected.path("text").asText();
            assertThat(tokenizer.encode(text)).as(text).isEqualTo(ints(expected.path("ids")));
            assertThat(tokenizer.row(text, 77)).as(text).isEqualTo(ints(expected.path("row77")));
        }
        assertThat(tokenizer.vocabularySize()).isEqualTo(49408);
        assertThat(tokenizer.startId()).isEqualTo(49406);
        assertThat(tokenizer.endId()).isEqualTo(49407);
    }

    @Test
    void givesTheSameIdsFromEachOfTheSavedForms(@TempDir Path folder) throws IOException {
        ClipTokenizer tokenizer = ClipTokenizer.load(reference());
        tokenizer.save(folder);
        ClipTokenizer fromJson = ClipTokenizer.load(folder);
        Files.delete(folder.resolve("tokenizer.json"));
        ClipTokenizer fromVocabulary = ClipTokenizer.load(folder);
        for (String line : Files.readAllLines(reference().resolve("cases.jsonl"))) {
            String text = Json.MAPPER.readTree(line).path("text").asText();
            assertThat(fromJson.encode(text)).isEqualTo(tokenizer.encode(text));
            assertThat(fromVocabulary.encode(text)).isEqualTo(tokenizer.encode(text));
        }
        assertThat(folder.resolve("merges.txt"))
                .hasSameTextualContentAs(reference().resolve("merges.txt"));
        assertThat(Json.read(folder.resolve("vocab.json")))
                .isEqualTo(Json.read(reference().resolve("vocab.json")));
    }

    /// The pieces are those that Python's `regex` finds with the pattern of `simple_tokenizer.py`.
    @ParameterizedTest
    @CsvSource(
            delimiter = '^',
            quoteCharacter = '"',
            textBlock =
                    """
                    Barrett's WE'LL      ^ barrett,'s,we,'ll
                    it'ſ 'twas rock'n    ^ it,'ſ,'t,was,rock,',n
                    p63+ Ki-67 ½² Ⅳ      ^ p,6,3,+,ki,-,6,7,½,²,ⅳ
                    a!<|endoftext|> b    ^ a,!<|,endoftext,|>,b
                    a <|ENDOFTEXT|>b     ^ a,<|endoftext|>,b
                    &lt;|endoftext|&gt;  ^ <|endoftext|>
                    H&amp;amp;E &amp;lt; ^ h,&,e,<
                    İ ΑΣ ẞ               ^ i,̇,ας,ß
                    ΑΣ1F ΑΣ'Α Σ Α:Σ.     ^ ας,1,f,ασ,',α,σ,α,:,ς,.
                    a\u0345b             ^ a,b
                    a\u00a0\u2003b\u200bc^ a,b,\u200b,c
                    """)
    void cutsTextAsOpenAisPatternDoes(String text, String pieces) {
        assertThat(String.join(",", ClipPieces.split(ClipPieces.clean(text)))).isEqualTo(pieces);
    }

    @Test
    void composesLettersBeforeItEncodes() {
        ClipTokenizer tokenizer = ClipTokenizer.train(CORPUS, 600);
        assertThat(tokenizer.encode("nai\u0308ve")).isEqualTo(tokenizer.encode("na\u00efve"));
    }

    @Test
    void givesNothingForBlankText() {
        ClipTokenizer tokenizer = ClipTokenizer.train(CORPUS, 600);
        for (String blank : List.of("", " ", "\t\u00a0\n", "&nbsp;")) {
            assertThat(tokenizer.encode(blank)).isEmpty();
        }
        assertThat(tokenizer.row("", 3))
                .containsExactly(tokenizer.startId(), tokenizer.endId(), tokenizer.endId());
    }

    @Test
    void keepsTheEndWhenARowIsCut() {
        ClipTokenizer tokenizer = ClipTokenizer.train(CORPUS, 600);
        int[] ids = tokenizer.encode(CORPUS.getFirst());
        int[] row = tokenizer.row(CORPUS.getFirst(), 5);
        assertThat(row)
                .containsExactly(tokenizer.startId(), ids[0], ids[1], ids[2], tokenizer.endId());
        assertThatThrownBy(() -> tokenizer.row("a", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("contextLength");
    }

    @Test
    void readsMarksWrittenInTheText() {
        ClipTokenizer tokenizer = ClipTokenizer.train(CORPUS, 600);
        assertThat(tokenizer.encode("<|startoftext|> <|EndOfText|>"))
                .containsExactly(tokenizer.startId(), tokenizer.endId());
    }

    @Test
    void decodesWhatItEncoded() {
        ClipTokenizer tokenizer = ClipTokenizer.train(CORPUS, 600);
        for (String text : List.of("naïve 膵臓癌 😀🔬 abc", "a - b , c", "<|endoftext|> x")) {
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        }
        assertThatThrownBy(() -> tokenizer.decode(new int[] {tokenizer.vocabularySize()}))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void savesAndLoadsATrainedTokenizer(@TempDir Path folder) throws IOException {
        ClipTokenizer trained = ClipTokenizer.train(CORPUS, 600);
        trained.save(folder, 32);
        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder(
                        "vocab.json",
                        "merges.txt",
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "special_tokens_map.json");
        ClipTokenizer fromJson = ClipTokenizer.load(folder);
        Files.delete(folder.resolve("tokenizer.json"));
        ClipTokenizer fromVocabulary = ClipTokenizer.load(folder);
        for (String text : CORPUS) {
            assertThat(fromJson.row(text, 32)).isEqualTo(trained.row(text, 32));
            assertThat(fromVocabulary.row(text, 32)).isEqualTo(trained.row(text, 32));
        }
        assertThat(
                        Json.read(folder.resolve("tokenizer_config.json"))
                                .get("model_max_length")
                                .asInt())
                .isEqualTo(32);
    }

    @Test
    void readsMergesWrittenAsPairs(@TempDir Path folder) throws IOException {
        ClipTokenizer trained = ClipTokenizer.train(CORPUS, 600);
        trained.save(folder);
        Path file = folder.resolve("tokenizer.json");
        ObjectNode root = (ObjectNode) Json.read(file);
        ArrayNode pairs = Json.MAPPER.createArrayNode();
        for (JsonNode merge : root.path("model").path("merges")) {
            String[] both = merge.asText().split(" ");
            pairs.addArray().add(both[0]).add(both[1]);
        }
        ((ObjectNode) root.get("model")).set("merges", pairs);
        Json.write(file, root);
        assertThat(ClipTokenizer.load(folder).encode(CORPUS.getFirst()))
                .isEqualTo(trained.encode(CORPUS.getFirst()));
    }

    @Test
    void saysWhatIsWrongWithABrokenFolder(@TempDir Path folder) throws IOException {
        assertBroken(folder, "has neither tokenizer.json nor vocab.json");
        ClipTokenizer.train(CORPUS, 600).save(folder);
        Files.delete(folder.resolve("tokenizer.json"));
        Path vocabulary = folder.resolve("vocab.json");
        Path merges = folder.resolve("merges.txt");
        String goodVocabulary = Files.readString(vocabulary);
        String goodMerges = Files.readString(merges);

        Files.delete(merges);
        assertBroken(folder, "merges.txt: is missing");
        Files.writeString(merges, "");
        assertBroken(folder, "merges.txt: holds no merges");
        Files.writeString(merges, goodMerges + "one two three\n");
        assertBroken(folder, "expected two tokens, got 'one two three'");
        Files.writeString(merges, goodMerges + "q zz\n");
        assertBroken(folder, "merges.txt: 'zz' is not in the vocabulary");
        String again = goodMerges.lines().skip(1).findFirst().orElseThrow();
        Files.writeString(merges, goodMerges + again + "\n");
        assertBroken(folder, "merge '" + again + "' comes twice");

        Files.writeString(merges, goodMerges);
        Files.writeString(vocabulary, goodVocabulary.replace("\"!\":0,", "\"!\":1,"));
        assertBroken(folder, "vocab.json: id 1: belongs to both");
        Files.writeString(vocabulary, goodVocabulary.replace("\"!\":0,", ""));
        assertBroken(folder, "expected an id below");
        Files.writeString(vocabulary, goodVocabulary.replace("\"!\":0,", "\"!\":\"x\","));
        assertBroken(folder, "vocab.json: '!': expected an id");
        Files.writeString(vocabulary, goodVocabulary.substring(0, 100));
        assertBroken(folder, "vocab.json: line 1");
        Files.writeString(vocabulary, "[]");
        assertBroken(folder, "vocab.json: expected an object");
        Files.writeString(folder.resolve("tokenizer.json"), "{\"model\":{\"type\":\"Unigram\"}}");
        assertBroken(folder, "tokenizer.json: model: expected BPE");
    }

    private static void assertBroken(Path folder, String message) {
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(message);
    }

    @Test
    void givesTheSameIdsToManyThreads() throws Exception {
        ClipTokenizer tokenizer = ClipTokenizer.train(CORPUS, 600);
        List<int[]> expected = CORPUS.stream().map(tokenizer::encode).toList();
        ClipTokenizer shared = ClipTokenizer.train(CORPUS, 600);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<int[]>> results = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                String text = CORPUS.get(i % CORPUS.size());
                results.add(threads.submit(() -> shared.encode(text)));
            }
            for (int i = 0; i < results.size(); i++) {
                assertThat(results.get(i).get()).isEqualTo(expected.get(i % CORPUS.size()));
            }
        }
    }
}
