package org.openplip.weights.hub;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// Which hub to ask, as whom, and where its files are kept.
///
/// @param endpoint the hub's address, without a slash at its end
/// @param token null to ask as nobody
/// @param tokenFile where a token is looked for when none is in the environment
/// @param offline whether the network must not be used
public record HubSettings(
        URI endpoint, HubCache cache, @Nullable Token token, Path tokenFile, boolean offline) {
    /// The public hub.
    private static final String PUBLIC_HUB = "https://huggingface.co";

    private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");

    public HubSettings {
        String scheme = endpoint.getScheme();
        if (endpoint.getHost() == null || !("https".equals(scheme) || "http".equals(scheme))) {
            throw new IllegalArgumentException(
                    "endpoint: expected https://HOST, got \"" + endpoint + "\"");
        }
    }

    /// The settings that `huggingface_hub` would read from the same variables: `HF_ENDPOINT`,
    /// `HF_TOKEN` or else the file `token` in `HF_HOME`, `HF_HUB_OFFLINE`, and those of [HubCache].
    ///
    /// @throws DataException if a variable or the token's file cannot be used
    public static HubSettings of(Map<String, String> environment) throws IOException {
        Path tokenFile = HubCache.home(environment).resolve("token");
        return new HubSettings(
                endpoint(environment.getOrDefault("HF_ENDPOINT", "")),
                HubCache.of(environment),
                token(environment.getOrDefault("HF_TOKEN", ""), tokenFile),
                tokenFile,
                TRUE.contains(
                        environment.getOrDefault("HF_HUB_OFFLINE", "").toLowerCase(Locale.ROOT)));
    }

    private static URI endpoint(String given) throws DataException {
        String text = given.isBlank() ? PUBLIC_HUB : given.strip().replaceFirst("/+$", "");
        try {
            URI uri = new URI(text);
            if (text.matches("https?://.*") && uri.getHost() != null) return uri;
        } catch (URISyntaxException _) {
            // Said below.
        }
        throw new DataException(
                "HF_ENDPOINT", null, "expected https://HOST, got \"" + given + "\"", null);
    }

    private static @Nullable Token token(String given, Path file) throws IOException {
        if (!given.isBlank()) return Token.of(given, "HF_TOKEN");
        if (!Files.exists(file)) return null;
        String text = Files.readString(file);
        return text.isBlank() ? null : Token.of(text, file.toString());
    }
}
