package org.openplip.phantom;

import java.util.List;

/// The nine tissue classes of NCT-CRC-HE-100K (Kather et al. 2018), in the order of that data set's
/// folders, with the class names of the PLIP paper's zero-shot prompts.
public enum TissueClass {
    ADI("adipose tissue", "fat", "mature adipocytes"),
    BACK("background", "empty glass", "a blank area of the slide"),
    DEB("debris", "necrotic debris", "necrosis"),
    LYM("lymphocytes", "lymphoid tissue", "a lymphoid aggregate"),
    MUC("mucus", "mucin", "extracellular mucin"),
    MUS("smooth muscle", "muscularis propria", "smooth muscle bundles"),
    NORM("normal colon mucosa", "normal colonic mucosa", "benign colonic crypts"),
    STR("cancer-associated stroma", "tumor stroma", "desmoplastic stroma"),
    TUM(
            "colorectal adenocarcinoma epithelium",
            "colorectal adenocarcinoma",
            "malignant colonic glands");

    private final String term;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> synonyms;

    TissueClass(String term, String... synonyms) {
        this.term = term;
        this.synonyms = List.of(synonyms);
    }

    /// The name that stands in the paper's prompt `An H&E image patch of {name}.`
    public String term() {
        return term;
    }

    /// Other names that captions use.
    public List<String> synonyms() {
        return synonyms;
    }
}
