package org.openplip.phantom;

import static org.openplip.phantom.Captions.pick;

import java.util.SplittableRandom;

/// English as clinicians type it: terms without a verb, abbreviations, foreign names.
final class ClinicalPhrases {
    private static final String[] LESIONS = {
        "Invasive ductal carcinoma",
        "Papillary thyroid carcinoma",
        "Chronic active gastritis",
        "Follicular lymphoma",
        "Interface dermatitis",
        "Granulomatous inflammation",
        "Clear cell RCC",
        "Tubular adenoma",
        "Basal cell carcinoma, nodular",
        "Solitary fibrous tumor",
        "Spindle cell lipoma",
        "Fibroepithelial polyp",
        "Mucinous cystadenoma",
        "Diffuse large B-cell lymphoma",
        "Myxopapillary ependymoma",
        "Hashimoto thyroiditis",
        "Pagetoid spread of melanocytes",
        "Sarcoma NOS, high grade"
    };

    private static final String[] DETAILS = {
        "with necrosis",
        "of the stomach",
        "in a 32yo man",
        "with nuclear grooves",
        "and plasma cells",
        "of the left breast",
        "with numerous mitoses",
        "in situ and invasive",
        "with a lymphoid aggregate",
        "and foreign body giant cells"
    };

    private static final String[] REMARKS = {
        "H&E, 20x",
        "IHC: CK7+, CK20-, TTF-1+",
        "Ki-67 <5%",
        "S100 and SOX10 positive",
        "62F with a renal mass",
        "FNA, Pap stain",
        "Loss of β-catenin, p53 wild type",
        "Grade 2/3, pT2 N0",
        "Size 3 × 2 cm",
        "Café au lait macules too",
        "Dr. José García's slide",
        "Sjögren syndrome known",
        "Müllerian markers positive",
        "Buenos días from the lab"
    };

    /// Keywords inside other words, in hashtags, names and links only: a reply that names nothing.
    static final String[] NO_KEYWORDS = {
        "What an excellent painting, thank you.",
        "My fatigue is gone after this thread.",
        "Bonehead move of mine, I missed it.",
        "Following your cellar tour with joy.",
        "Skinny jeans and a brainy talk, well done."
    };

    static final String[] QUESTIONS = {
        "Thoughts ?", "Your diagnosis??", "Agree?!", "Diagnosis ❓", "Benign or not ⁉️", "Any idea？"
    };

    private ClinicalPhrases() {}

    /// A caption of terms, four words or more with what makes it English.
    static String caption(SplittableRandom random) {
        String lesion = pick(LESIONS, random);
        return switch (random.nextInt(4)) {
            case 0 -> lesion + " " + pick(DETAILS, random) + ".";
            case 1 -> lesion + " " + pick(DETAILS, random) + ". " + pick(REMARKS, random);
            case 2 -> pick(REMARKS, random) + ": " + lesion;
            default -> lesion + ". " + pick(REMARKS, random) + ".";
        };
    }
}
