package org.openplip.openpath;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.openplip.io.Hashes;
import org.openplip.io.Json;

/// Writes `manifest.spdx.json`: every file of a release with its SHA-256, what is known of licences
/// and how it came about, in SPDX 2.3. The same files give the same manifest.
final class Manifest {
    private static final String NO_ASSERTION = "NOASSERTION";

    private static final Set<String> NOT_LISTED =
            Set.of(ReleaseFiles.MANIFEST, ReleaseFiles.REMOVAL);

    private record Hashed(String name, String sha1, String sha256) {}

    private Manifest() {}

    /// Writes the manifest of a release whose other files are whole.
    static void write(Path folder, ReleaseContents contents) throws IOException {
        write(
                folder,
                "OpenPath",
                contents.last(),
                contents.licences().keySet().stream()
                        .filter(licence -> !licence.isEmpty())
                        .toList());
    }

    /// @param created when the newest post of the release was made; SPDX asks for a moment, and
    ///   that of the build would change the bytes of a release built again
    /// @param licences as the sources state them
    private static void write(Path folder, String name, Instant created, List<String> licences)
            throws IOException {
        List<Hashed> files = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path file : tree.filter(Files::isRegularFile).sorted().toList()) {
                String relative = folder.relativize(file).toString().replace('\\', '/');
                if (NOT_LISTED.contains(relative)
                        || relative.endsWith(".partial")
                        || relative.startsWith(ReleaseFiles.WORK + "/")) {
                    continue;
                }
                files.add(new Hashed("./" + relative, digest("SHA-1", file), Hashes.sha256(file)));
            }
        }
        files.sort(java.util.Comparator.comparing(Hashed::name));
        StringBuilder all = new StringBuilder();
        files.stream().map(Hashed::sha1).sorted().forEach(all::append);
        String verification = digest("SHA-1", all.toString());
        String attribution =
                licences.isEmpty()
                        ? "The sources state no licence. Posts and pictures belong to their authors."
                        : "Posts and pictures belong to their authors. Licences that sources state,"
                                + " pair by pair in pairs.parquet: "
                                + String.join(", ", licences);

        Map<String, Object> data = new LinkedHashMap<>();
        data.put("SPDXID", "SPDXRef-Package");
        data.put("name", name);
        data.put("downloadLocation", NO_ASSERTION);
        data.put("filesAnalyzed", true);
        Map<String, Object> code = new LinkedHashMap<>();
        code.put("packageVerificationCodeValue", verification);
        code.put("packageVerificationCodeExcludedFiles", List.of("./" + ReleaseFiles.MANIFEST));
        data.put("packageVerificationCode", code);
        data.put("licenseConcluded", NO_ASSERTION);
        data.put("licenseDeclared", NO_ASSERTION);
        data.put("licenseInfoFromFiles", List.of(NO_ASSERTION));
        data.put("copyrightText", NO_ASSERTION);
        data.put("attributionTexts", List.of(attribution));
        data.put("hasFiles", files.stream().map(Manifest::id).toList());

        List<Map<String, Object>> entries = new ArrayList<>();
        List<Map<String, Object>> relations = new ArrayList<>();
        relations.add(relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Package"));
        for (Hashed file : files) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("SPDXID", id(file));
            entry.put("fileName", file.name);
            entry.put(
                    "checksums",
                    List.of(checksum("SHA1", file.sha1), checksum("SHA256", file.sha256)));
            entry.put("licenseConcluded", NO_ASSERTION);
            entry.put("licenseInfoInFiles", List.of(NO_ASSERTION));
            entry.put("copyrightText", NO_ASSERTION);
            entries.add(entry);
        }

        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("spdxVersion", "SPDX-2.3");
        manifest.put("dataLicense", "CC0-1.0");
        manifest.put("SPDXID", "SPDXRef-DOCUMENT");
        manifest.put("name", name);
        manifest.put("documentNamespace", "https://spdx.org/spdxdocs/" + name + "-" + verification);
        Map<String, Object> creation = new LinkedHashMap<>();
        creation.put("created", created.truncatedTo(ChronoUnit.SECONDS).toString());
        String commit = System.getProperty("org.openplip.commit", "unknown");
        creation.put("creators", List.of("Tool: OpenPLIP-" + commit));
        manifest.put("creationInfo", creation);
        manifest.put("documentDescribes", List.of("SPDXRef-Package"));
        manifest.put("packages", List.of(data));
        manifest.put("files", entries);
        manifest.put("relationships", relations);
        Json.write(folder.resolve(ReleaseFiles.MANIFEST), manifest);
    }

    private static String id(Hashed file) {
        return "SPDXRef-File-" + file.name.substring(2).replaceAll("[^A-Za-z0-9.-]", "-");
    }

    private static Map<String, Object> checksum(String algorithm, String value) {
        Map<String, Object> checksum = new LinkedHashMap<>();
        checksum.put("algorithm", algorithm);
        checksum.put("checksumValue", value);
        return checksum;
    }

    private static Map<String, Object> relation(String from, String type, String to) {
        Map<String, Object> relation = new LinkedHashMap<>();
        relation.put("spdxElementId", from);
        relation.put("relationshipType", type);
        relation.put("relatedSpdxElement", to);
        return relation;
    }

    /// SPDX 2.3 asks for SHA-1 beside anything stronger (sections 7.9 and 8.4).
    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has " + algorithm, e);
        }
    }

    private static String digest(String algorithm, String text) {
        return HexFormat.of()
                .formatHex(
                        digest(algorithm)
                                .digest(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    }

    private static String digest(String algorithm, Path file) throws IOException {
        MessageDigest digest = digest(algorithm);
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
