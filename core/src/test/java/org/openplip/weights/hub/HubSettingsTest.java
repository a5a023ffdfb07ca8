package org.openplip.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.io.DataException;

class HubSettingsTest {
    @TempDir private Path folder;

    /// As the documentation of `huggingface_hub` says of its environment variables.
    @ParameterizedTest
    @CsvSource({
        "'', /h/.cache/huggingface/hub",
        "XDG_CACHE_HOME=/x, /x/huggingface/hub",
        "XDG_CACHE_HOME=/x HF_HOME=/f, /f/hub",
        "XDG_CACHE_HOME=/x HF_HOME=/f HF_HUB_CACHE=/c, /c",
        "HF_HOME=~/f, /h/f/hub",
        "HF_HUB_CACHE=, /h/.cache/huggingface/hub"
    })
    void theCacheIsWherePythonLooks(String variables, String cache) {
        Map<String, String> environment = new java.util.HashMap<>(Map.of("HOME", "/h"));
        for (String variable : variables.split(" ")) {
            String[] parts = variable.split("=", 2);
            if (parts.length == 2) environment.put(parts[0], parts[1]);
        }
        assertThat(HubCache.of(environment).root()).isEqualTo(Path.of(cache));
    }

    @Test
    void theTokenComesFromTheEnvironmentOrElseFromItsFile() throws IOException {
        Map<String, String> home = Map.of("HF_HOME", folder.toString());
        assertThat(HubSettings.of(home).token()).isNull();
        Path file = Files.writeString(folder.resolve("token"), "hf_file\n");
        assertThat(HubSettings.of(home).token()).isEqualTo(new Token("hf_file", file.toString()));
        assertThat(
                        HubSettings.of(
                                        Map.of(
                                                "HF_HOME",
                                                folder.toString(),
                                                "HF_TOKEN",
                                                " hf_env\n"))
                                .token())
                .isEqualTo(new Token("hf_env", "HF_TOKEN"));
    }

    @Test
    void aTokenThatIsNoneIsNotShown() {
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_TOKEN", "hf_secret two")))
                .isInstanceOf(DataException.class)
                .hasMessage("HF_TOKEN: holds no token: expected one word of ASCII characters");
    }

    @Test
    void theEndpointIsTheGivenOne() throws IOException {
        assertThat(HubSettings.of(Map.of("HF_ENDPOINT", "http://127.0.0.1:80/hf/")).endpoint())
                .isEqualTo(URI.create("http://127.0.0.1:80/hf"));
        assertThat(HubSettings.of(Map.of()).endpoint()).hasScheme("https");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hub.example", "ftp://hub.example", "https://", "https://a b"})
    void anEndpointThatIsNoneIsRefused(String endpoint) {
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", endpoint)))
                .isInstanceOf(DataException.class)
                .hasMessage("HF_ENDPOINT: expected https://HOST, got \"" + endpoint + "\"");
    }

    @ParameterizedTest
    @CsvSource({"1, true", "TRUE, true", "yes, true", "0, false", "'', false"})
    void offlineIsWhatPythonTakesForTrue(String value, boolean offline) throws IOException {
        assertThat(HubSettings.of(Map.of("HF_HUB_OFFLINE", value)).offline()).isEqualTo(offline);
    }
}
