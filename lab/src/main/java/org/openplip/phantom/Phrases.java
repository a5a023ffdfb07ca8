package org.openplip.phantom;

/// What people write around pictures. All of it made up for this program.
final class Phrases {
    /// The 32 hashtags by which OpenPath was collected (Huang et al. 2023, figure 1).
    static final String[] PATHOLOGY_TAGS = {
        "Autopsy",
        "BloodBank",
        "blooducation",
        "BreastPath",
        "BSTpath",
        "CardiacPath",
        "ClinPath",
        "Cytopath",
        "dermpath",
        "EndoPath",
        "ENTPath",
        "EyePath",
        "FNApath",
        "ForensicPath",
        "GIPath",
        "GUPath",
        "Gynpath",
        "HemePath",
        "HPBpath",
        "IDpath",
        "MolDx",
        "nephpath",
        "NeuroPath",
        "OralPath",
        "pancpath",
        "PathGME",
        "pathInformatics",
        "patientbloodmanagement",
        "PediPath",
        "PulmPath",
        "RenalPath",
        "SurgPath"
    };

    static final String[] OTHER_TAGS = {
        "pathology", "PathTwitter", "MedEd", "histology", "pathologists", "FOAMed", "pathX"
    };

    static final String[] EMOJI = {
        "🔬", "😍", "👀", "💜", "👩‍🔬", "🧬", "✅", "🤓", "👏🏽", "🇪🇸", "💪", "🩸"
    };

    /// Sentences before or after a caption: English, three words or more, no question.
    static final String[] ASIDES = {
        "Teaching case from this week.",
        "Seen at sign-out today.",
        "Nice example for our residents.",
        "From the GI service this morning.",
        "One for the collection & the exam.",
        "Sharing a field that I liked.",
        "Patient aged >60 years.",
        "Fewer than <5 fields looked like this.",
        "Same patient as in my last post.",
        "Routine slide from the colon & rectum series."
    };

    static final String[] QUESTIONS = {
        "What is your diagnosis?",
        "Any thoughts on this one?",
        "Would you call this invasive?",
        "Which stain would you order next?",
        "Has anybody seen this pattern before?",
        "Benign or malignant?"
    };

    /// At most two words are left of these after cleaning.
    static final String[] SHORT = {
        "Nice! 👍",
        "Wow 😍",
        "Beautiful!",
        "🔬🔬🔬",
        "So pretty",
        "Monday morning ☕",
        "Classic.",
        "Throwback ✨",
        ""
    };

    /// Replies without a keyword of pathology.
    static final String[] CHATTER = {
        "Thanks for sharing this, very useful for my exam next week.",
        "What a beautiful picture, you made my day.",
        "Following along to see how this ends.",
        "Great thread as always, my friend.",
        "I had the very same thing last month.",
        "Congratulations to you and the whole team!",
        "Saving this one for later, thank you.",
        "Love the colors here, like a painting."
    };

    static final String[] REPLY_QUESTIONS = {
        "Did you do any immunostains on this tumor?",
        "How old was the patient, and was there a carcinoma before?",
        "Could this be a lymphoma instead?"
    };

    /// Posts about something else than what can be seen down a microscope.
    static final String[] TALK_OF_OTHER_THINGS = {
        "Our new paper on reporting standards is out today.",
        "Slides of my talk at the annual meeting in Chicago.",
        "Happy to see the whole department at the conference dinner.",
        "Survival by stage in our cohort of 412 patients.",
        "Fresh from the cutting room this morning, bisected and inked.",
        "View from the hotel on the last day of the congress.",
        "The minutes of the working group are ready to read."
    };

    static final String[] WITHOUT_PICTURES = {
        "Reminder that abstracts for the spring meeting are due on Friday.",
        "Our fellowship in gastrointestinal pathology has an open position.",
        "Adenocarcinoma of the colon is the subject of tonight's journal club.",
        "Thread on smooth muscle tumors coming up this weekend.",
        "New guidelines for reporting lymph node metastasis are online."
    };

    record Foreign(String language, String text) {}

    static final Foreign[] FOREIGN = {
        new Foreign(
                "es",
                "Corte histológico de colon con glándulas irregulares y núcleos hipercromáticos."),
        new Foreign(
                "es",
                "Caso de hoy: adenocarcinoma moderadamente diferenciado con abundante estroma."),
        new Foreign("es", "Tejido adiposo maduro con finos tabiques fibrosos, sin atipia."),
        new Foreign(
                "es",
                "Les comparto una imagen muy bonita del músculo liso de la pared intestinal."),
        new Foreign(
                "fr",
                "Coupe de muqueuse colique normale avec des cryptes régulières et parallèles."),
        new Foreign(
                "fr", "Adénocarcinome bien différencié infiltrant la paroi, avec de la nécrose."),
        new Foreign(
                "fr", "Un joli centre germinatif vu ce matin au microscope dans notre service."),
        new Foreign("fr", "Le mucus forme de grandes plages pâles où flottent quelques cellules."),
        new Foreign(
                "de", "Schnitt durch die glatte Muskulatur des Darms mit länglichen Zellkernen."),
        new Foreign("de", "Heute im Labor: ein mäßig differenziertes Karzinom mit vielen Mitosen."),
        new Foreign("de", "Reife Fettzellen mit dünnen Membranen und randständigen Kernen."),
        new Foreign("de", "Dichte Ansammlung von Lymphozyten neben einer unauffälligen Drüse."),
        new Foreign(
                "pt",
                "Corte de mucosa normal do cólon com criptas regulares e células caliciformes."),
        new Foreign("pt", "Caso do dia: adenocarcinoma com necrose e muitas figuras de mitose."),
        new Foreign("pt", "O estroma é denso e há muitos fibroblastos ao redor das glândulas."),
        new Foreign(
                "it", "Sezione di mucosa colica normale con ghiandole regolari e nuclei basali."),
        new Foreign(
                "it",
                "Un caso interessante di adenocarcinoma con stroma desmoplastico abbondante."),
        new Foreign("it", "Tessuto adiposo maturo con sottili setti fibrosi e piccoli vasi."),
        new Foreign(
                "tr", "Kolon mukozasında düzenli kriptler ve çok sayıda goblet hücresi görülüyor."),
        new Foreign(
                "tr", "Bugünkü olgu: orta derecede diferansiye adenokarsinom ve yaygın nekroz."),
        new Foreign(
                "nl", "Coupe van normaal darmslijmvlies met regelmatige crypten en bekercellen."),
        new Foreign(
                "nl", "Vandaag gezien: een slecht gedifferentieerd carcinoom met veel mitosen."),
        new Foreign(
                "pl", "Wycinek z jelita grubego z nieregularnymi gruczołami i licznymi mitozami."),
        new Foreign("ja", "大腸の正常粘膜です。陰窩は規則的に並び、杯細胞が多く見られます。"),
        new Foreign("ja", "本日の症例は中分化型腺癌で、壊死と多数の核分裂像を伴います。"),
        new Foreign("ja", "平滑筋の束が平行に走り、細長い核が見られる標本です。"),
        new Foreign("ar", "مقطع نسيجي من القولون يظهر غدداً غير منتظمة مع نوى داكنة."),
        new Foreign("ar", "نسيج دهني ناضج مع حواجز ليفية رقيقة وأوعية دموية صغيرة."),
        new Foreign("ru", "Срез слизистой оболочки толстой кишки с правильными криптами."),
        new Foreign("ru", "Сегодня на занятии: аденокарцинома с обширным некрозом и митозами."),
        new Foreign("ko", "정상 대장 점막 조직으로 규칙적인 음와와 많은 술잔세포가 보입니다."),
        new Foreign("zh", "结肠腺癌切片，腺体不规则，核深染，可见多个核分裂象。")
    };

    private static final String[] NAMES = {
        "path", "histo", "slide", "cell", "micro", "gland", "stain", "lab", "tissue", "scope"
    };

    private Phrases() {}

    static String userName(int author) {
        return NAMES[Math.floorMod(author, NAMES.length)] + "_phantom" + author;
    }
}
