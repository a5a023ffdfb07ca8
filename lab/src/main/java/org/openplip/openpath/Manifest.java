package org.openplip.openpath;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.openplip.io.Hashes;
import org.openplip.io.Json;

/// Writes `manifest.spdx.json`: every file of a release with its SHA-256, what is known of licences
/// and how it came about, in SPDX 2.3. The same files give the same manifest.
final class Manifest {
    private static final String NO_ASSERTION = "NOASSERTION";
    private static final String NAME = "OpenPath";
    private static final String DOCUMENT = "SPDXRef-DOCUMENT";
    private static final String PACKAGE = "SPDXRef-Package";

    private static final Set<String> NOT_LISTED =
            Set.of(ReleaseFiles.MANIFEST, ReleaseFiles.REMOVAL);

    /// @param name relative to the folder
    private record Hashed(String name, String sha1, String sha256) {}

    private Manifest() {}

    /// Writes the manifest of a release whose other files are whole. It is dated by the newest
    /// post: SPDX asks for a moment, and that of the build would change the bytes of a release
    /// built again.
    static void write(Path folder, ReleaseContents contents) throws IOException {
        SortedSet<String> stated = contents.statedLicences();
        List<String> licences = List.copyOf(stated);
        List<Hashed> files = hashed(folder);
        StringBuilder all = new StringBuilder();
        files.stream().map(Hashed::sha1).sorted().forEach(all::append);
        String verification = digest("SHA-1", all.toString());

        Map<String, Object> code = new LinkedHashMap<>();
        code.put("packageVerificationCodeValue", verification);
        code.put("packageVerificationCodeExcludedFiles", List.of("./" + ReleaseFiles.MANIFEST));
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("SPDXID", PACKAGE);
        data.put("name", NAME);
        data.put("downloadLocation", NO_ASSERTION);
        data.put("filesAnalyzed", true);
        data.put("packageVerificationCode", code);
        data.put("licenseConcluded", NO_ASSERTION);
        data.put("licenseDeclared", NO_ASSERTION);
        data.put("licenseInfoFromFiles", found(stated, licences));
        data.put("copyrightText", NO_ASSERTION);
        data.put("attributionTexts", List.of(attribution(licences)));

        List<Map<String, Object>> entries = new ArrayList<>();
        List<Map<String, Object>> relations = new ArrayList<>();
        relations.add(relation(DOCUMENT, "DESCRIBES", PACKAGE));
        for (Hashed file : files) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("SPDXID", id(file));
            entry.put("fileName", "./" + file.name);
            entry.put(
                    "checksums",
                    List.of(checksum("SHA1", file.sha1), checksum("SHA256", file.sha256)));
            entry.put("licenseConcluded", NO_ASSERTION);
            SortedSet<String> inFile = contents.statedLicences(file.name);
            entry.put("licenseInfoInFiles", found(inFile, licences));
            entry.put("copyrightText", NO_ASSERTION);
            entries.add(entry);
            relations.add(relation(PACKAGE, "CONTAINS", id(file)));
        }

        Map<String, Object> creation = new LinkedHashMap<>();
        creation.put("created", contents.last().truncatedTo(ChronoUnit.SECONDS).toString());
        String commit = System.getProperty("org.openplip.commit", "unknown");
        creation.put("creators", List.of("Tool: OpenPLIP-" + commit));
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("spdxVersion", "SPDX-2.3");
        manifest.put("dataLicense", "CC0-1.0");
        manifest.put("SPDXID", DOCUMENT);
        manifest.put("name", NAME);
        manifest.put("documentNamespace", "https://spdx.org/spdxdocs/" + NAME + "-" + verification);
        manifest.put("creationInfo", creation);
        if (!licences.isEmpty()) {
            manifest.put(
                    "hasExtractedLicensingInfos",
                    licences.stream().map(licence -> stated(licence, licences)).toList());
        }
        manifest.put("packages", List.of(data));
        manifest.put("files", entries);
        manifest.put("relationships", relations);
        Json.write(folder.resolve(ReleaseFiles.MANIFEST), manifest);
    }

    private static List<Hashed> hashed(Path folder) throws IOException {
        List<Hashed> files = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                if (NOT_LISTED.contains(name)
                        || name.endsWith(".partial")
                        || name.startsWith(ReleaseFiles.WORK + "/")) {
                    continue;
                }
                files.add(new Hashed(name, digest("SHA-1", file), Hashes.sha256(file)));
            }
        }
        files.sort(Comparator.comparing(Hashed::name));
        return files;
    }

    private static String attribution(List<String> licences) {
        return licences.isEmpty()
                ? "The sources state no licence. Posts and pictures belong to their authors."
                : "Posts and pictures belong to their authors. Licences that sources state, pair by"
                        + " pair in pairs.parquet: "
                        + String.join(", ", licences);
    }

    /// What sources state is their word, not a finding of ours: each statement is a licence of its
    /// own, by its place among all of the release.
    private static List<String> found(SortedSet<String> stated, List<String> licences) {
        return stated.isEmpty()
                ? List.of(NO_ASSERTION)
                : stated.stream().map(licence -> reference(licence, licences)).toList();
    }

    private static String reference(String licence, List<String> licences) {
        return "LicenseRef-stated-" + (licences.indexOf(licence) + 1);
    }

    private static Map<String, Object> stated(String licence, List<String> licences) {
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("licenseId", reference(licence, licences));
        info.put("name", licence);
        info.put("extractedText", "The source states: " + licence);
        return info;
    }

    private static String id(Hashed file) {
        return "SPDXRef-File-" + file.name.replaceAll("[^A-Za-z0-9.-]", "-");
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
