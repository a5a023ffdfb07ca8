package org.openplip.evaluate.data;

/// What a set holds and a reader leaves out.
///
/// @param name of the file, page or patch
/// @param reason one line that says why the rule applies
public record Rejected(String name, Rule rule, String reason) {
    /// Why something is left out.
    public enum Rule {
        /// The name does not say what names of its kind say.
        BAD_NAME,
        /// It is not a picture of the expected kind.
        NOT_A_PICTURE,
        /// A caption whose picture is not there.
        NO_PICTURE,
        /// A picture whose caption is empty.
        NO_CAPTION,
        /// PanNuke: no nucleus is marked.
        NO_NUCLEI,
        /// PanNuke: neoplastic nuclei, but fewer than 10, or too small a part of all.
        FEW_NEOPLASTIC_NUCLEI,
        /// DigestPath: tumour, but less than the threshold.
        LITTLE_TUMOUR
    }
}
