package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Json;
import org.spdx.jacksonstore.MultiFormatStore;
import org.spdx.library.SpdxModelFactory;
import org.spdx.library.model.v2.SpdxDocument;
import org.spdx.storage.simple.InMemSpdxStore;
import org.spdx.utility.verificationcode.JavaSha1ChecksumGenerator;
import org.spdx.utility.verificationcode.VerificationCodeGenerator;

/// The manifest as the SPDX group's own library reads and verifies it.
class ManifestTest {
    @TempDir private Path folder = Path.of("");

    @BeforeAll
    static void looksNothingUpOnline() {
        System.setProperty("org.spdx.useJARLicenseInfoOnly", "true");
        SpdxModelFactory.init();
    }

    private static Pair pair(String key, String split, @Nullable String licence, Instant at) {
        return new Pair(
                key,
                "post",
                "1",
                "1",
                "3",
                null,
                null,
                null,
                null,
                licence,
                at,
                List.of(),
                "text",
                "0".repeat(64),
                "00ff00ff00ff00ff",
                key,
                0,
                List.of(),
                split,
                9,
                9,
                "",
                null);
    }

    @BeforeEach
    void writesARelease() throws IOException {
        Instant newest = Instant.parse("2022-12-24T18:30:00.5Z");
        try (Release.Writer release = Release.create(folder, 2)) {
            release.add(pair("a", "train", "CC-BY-4.0", Instant.EPOCH), new byte[] {1});
            release.add(pair("b", "train", "ask \"us\" / me", newest), new byte[] {2});
            release.add(pair("c", "train", null, Instant.EPOCH), new byte[] {3});
            release.add(pair("d", "validation", "CC-BY-4.0", Instant.EPOCH), new byte[] {4});
            Files.writeString(folder.resolve("datacard.md"), "a card");
            release.finish(List.of(FlowStep.of("parse", "line", 4, Map.of())));
        }
    }

    private static SpdxDocument parse(byte[] manifest) throws Exception {
        MultiFormatStore store =
                new MultiFormatStore(new InMemSpdxStore(), MultiFormatStore.Format.JSON);
        return store.deSerialize(new ByteArrayInputStream(manifest), false);
    }

    private byte[] manifest() throws IOException {
        return Files.readAllBytes(folder.resolve("manifest.spdx.json"));
    }

    @Test
    void theLibraryOfSpdxFindsNoFault() throws Exception {
        SpdxDocument document = parse(manifest());
        assertThat(document.verify()).isEmpty();
        assertThat(document.getSpecVersion()).isEqualTo("SPDX-2.3");
        assertThat(String.valueOf(document.getCreationInfo()))
                .as("dated by the newest post")
                .isNotEqualTo("null");
        assertThat(Json.MAPPER.readTree(manifest()).path("creationInfo").path("created").asText())
                .isEqualTo("2022-12-24T18:30:00Z");
        assertThat(document.getExtractedLicenseInfos()).hasSize(2);
    }

    @Test
    void theLibraryFindsAFaultWhereThereIsOne() throws Exception {
        ObjectNode broken = (ObjectNode) Json.MAPPER.readTree(manifest());
        ((ObjectNode) broken.path("packages").get(0)).remove("packageVerificationCode");
        assertThat(parse(Json.MAPPER.writeValueAsBytes(broken)).verify())
                .anyMatch(said -> said.contains("verification code"));
        broken = (ObjectNode) Json.MAPPER.readTree(manifest());
        ((ArrayNode) broken.path("files").get(0).path("checksums")).removeAll();
        assertThat(parse(Json.MAPPER.writeValueAsBytes(broken)).verify()).isNotEmpty();
    }

    @Test
    void theLibraryComesToTheSameVerificationCode() throws Exception {
        String code =
                new VerificationCodeGenerator(new JavaSha1ChecksumGenerator())
                        .generatePackageVerificationCode(
                                folder.toFile(),
                                new File[] {folder.resolve("manifest.spdx.json").toFile()},
                                new InMemSpdxStore(),
                                "https://openplip.org/test")
                        .getValue();
        assertThat(
                        Json.MAPPER
                                .readTree(manifest())
                                .at("/packages/0/packageVerificationCode")
                                .path("packageVerificationCodeValue")
                                .asText())
                .isEqualTo(code);
    }

    @Test
    void eachShardNamesTheLicencesThatItsPicturesSourcesState() throws Exception {
        JsonNode manifest = Json.MAPPER.readTree(manifest());
        assertThat(licences(manifest, "./shards/train-000000.tar"))
                .containsExactly("CC-BY-4.0", "ask \"us\" / me");
        assertThat(licences(manifest, "./shards/train-000001.tar")).containsExactly("NOASSERTION");
        assertThat(licences(manifest, "./shards/validation-000000.tar"))
                .containsExactly("CC-BY-4.0");
        assertThat(manifest.at("/packages/0/attributionTexts/0").asText())
                .contains("CC-BY-4.0, ask \"us\" / me");
    }

    private static List<String> licences(JsonNode manifest, String fileName) {
        List<String> names = new ArrayList<>();
        for (JsonNode file : manifest.path("files")) {
            if (!file.path("fileName").asText().equals(fileName)) continue;
            for (JsonNode reference : file.path("licenseInfoInFiles")) {
                String name = reference.asText();
                for (JsonNode info : manifest.path("hasExtractedLicensingInfos")) {
                    if (info.path("licenseId").asText().equals(name)) {
                        name = info.path("name").asText();
                    }
                }
                names.add(name);
            }
        }
        return names;
    }

    @Test
    void theIdsAloneHaveAManifestWithoutFaultToo() throws Exception {
        Path ids = folder.resolveSibling(folder.getFileName() + "-ids");
        IdsOnly.write(folder, ids);
        assertThat(parse(Files.readAllBytes(ids.resolve("manifest.spdx.json"))).verify()).isEmpty();
    }
}
