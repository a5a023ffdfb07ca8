package org.openplip.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentHashTest {
    @TempDir private Path folder;

    /// As said by `git hash-object` and `sha256sum`.
    @ParameterizedTest
    @CsvSource({
        "'', e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "hello, ce013625030ba8dba906f756967f9e9ca394464a",
        "hello, 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
    })
    void isTheHashThatGitAndSha256sumGive(String line, String hash) throws IOException {
        Path file = folder.resolve("x");
        Files.writeString(file, line.isEmpty() ? "" : line + "\n");
        assertThat(new ContentHash(hash).of(file).hex()).isEqualTo(hash);
    }

    @Test
    void isReadFromEtagsOfEveryForm() {
        String hash = "ce013625030ba8dba906f756967f9e9ca394464a";
        for (String etag : new String[] {hash, "\"" + hash + "\"", "W/\"" + hash + "\""}) {
            assertThat(ContentHash.ofEtag(etag)).contains(new ContentHash(hash));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "\"../x\"", "\"5d41402abc4b2a76b9719d911017c592\"", "\"abc-12\"", "*"})
    void isNotReadFromOtherEtags(String etag) {
        assertThat(ContentHash.ofEtag(etag)).isEmpty();
    }
}
