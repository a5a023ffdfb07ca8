package org.openplip.phantom;

import static org.openplip.phantom.Captions.pick;

import java.util.SplittableRandom;

/// Posts in other languages than English, put together from openings, findings and places. Many
/// terms are the same in all of them, some are left in English, as clinicians do.
@SuppressWarnings("ArrayRecordComponent") // constants of this file, never compared
record ForeignPhrases(String language, String[] openings, String[] findings, String[] endings) {
    static final ForeignPhrases[] ALL = {
        new ForeignPhrases(
                "es",
                a("Caso de hoy:", "Les comparto", "Mujer de 61 años con", "Biopsia con", "Otro"),
                a(
                        "adenocarcinoma moderadamente diferenciado",
                        "carcinoma ductal infiltrante",
                        "granuloma con necrosis caseosa",
                        "linfoma folicular de grado bajo",
                        "pólipo hiperplásico con glándulas serradas"),
                a(
                        "y abundante estroma.",
                        "en el colon izquierdo.",
                        "en la mama derecha, HE 40x.",
                        "con positividad para CK7.",
                        "de la pared del estómago.")),
        new ForeignPhrases(
                "pt",
                a(
                        "Caso do dia:",
                        "Homem de 45 anos com",
                        "Biópsia com",
                        "Compartilho um",
                        "Mais um"),
                a(
                        "adenocarcinoma com necrose extensa",
                        "carcinoma espinocelular invasivo",
                        "melanoma nodular ulcerado",
                        "linfoma de células grandes",
                        "pólipo com displasia de baixo grau"),
                a(
                        "e muitas figuras de mitose.",
                        "na mucosa do cólon.",
                        "da pele do rosto, HE 20x.",
                        "com estroma denso ao redor.",
                        "em uma mulher jovem.")),
        new ForeignPhrases(
                "fr",
                a("Cas du jour :", "Femme de 38 ans avec", "Biopsie :", "Voici un", "Encore un"),
                a(
                        "adénocarcinome bien différencié",
                        "carcinome canalaire infiltrant",
                        "lymphome folliculaire",
                        "granulome avec nécrose",
                        "mélanome de type nodulaire"),
                a(
                        "de la paroi du côlon.",
                        "avec un stroma abondant.",
                        "dans le sein gauche, HES 20x.",
                        "et de nombreuses mitoses.",
                        "chez une patiente jeune.")),
        new ForeignPhrases(
                "it",
                a(
                        "Caso di oggi:",
                        "Donna di 52 anni con",
                        "Biopsia con",
                        "Vi mostro un",
                        "Ancora un"),
                a(
                        "adenocarcinoma moderatamente differenziato",
                        "carcinoma duttale infiltrante",
                        "linfoma follicolare",
                        "melanoma nodulare ulcerato",
                        "granuloma con necrosi centrale"),
                a(
                        "e stroma abbondante.",
                        "della parete del colon.",
                        "nella mammella destra, EE 20x.",
                        "con molte mitosi.",
                        "in una paziente giovane.")),
        new ForeignPhrases(
                "de",
                a("Fall des Tages:", "Patientin mit", "Biopsie:", "Heute gesehen:", "Wieder ein"),
                a(
                        "mäßig differenziertes Adenokarzinom",
                        "invasives duktales Karzinom",
                        "follikuläres Lymphom",
                        "Granulom mit zentraler Nekrose",
                        "malignes Melanom vom nodulären Typ"),
                a(
                        "in der Wand des Dickdarms.",
                        "und viele Mitosen.",
                        "der linken Brust, HE 20x.",
                        "mit reichlich Stroma.",
                        "bei einem jungen Mann.")),
        new ForeignPhrases(
                "nl",
                a("Casus van vandaag:", "Vrouw van 60 jaar met", "Biopt:", "Hier een", "Weer een"),
                a(
                        "matig gedifferentieerd adenocarcinoom",
                        "invasief ductaal carcinoom",
                        "folliculair lymfoom",
                        "granuloom met necrose",
                        "melanoom van het nodulaire type"),
                a(
                        "in de wand van het colon.",
                        "met veel mitosen.",
                        "van de linker borst, HE 20x.",
                        "en opvallend veel stroma.",
                        "bij een jonge man.")),
        new ForeignPhrases(
                "tr",
                a("Bugünün olgusu:", "Kadın hasta,", "Biyopsi:", "Güzel bir olgu,", "Yine bir"),
                a(
                        "orta derecede diferansiye adenokarsinom",
                        "invaziv duktal karsinom",
                        "foliküler lenfoma",
                        "nekroz içeren granülom",
                        "nodüler tipte malign melanom"),
                a(
                        "ve bol stroma.",
                        "kolon duvarında.",
                        "sol memede, HE 20x.",
                        "çok sayıda mitoz ile.",
                        "genç bir hastada.")),
        new ForeignPhrases(
                "id",
                a(
                        "Kasus hari ini:",
                        "Pasien wanita dengan",
                        "Biopsi:",
                        "Ini gambaran",
                        "Satu lagi"),
                a(
                        "adenokarsinoma berdiferensiasi sedang",
                        "karsinoma duktal invasif",
                        "limfoma folikular",
                        "granuloma dengan nekrosis",
                        "melanoma ganas tipe nodular"),
                a(
                        "dan stroma yang banyak.",
                        "pada dinding usus besar.",
                        "di payudara kiri, HE 20x.",
                        "dengan banyak mitosis.",
                        "pada pasien yang masih muda.")),
        new ForeignPhrases(
                "pl",
                a("Przypadek dnia:", "Kobieta lat 60,", "Biopsja:", "Dzisiaj", "Kolejny"),
                a(
                        "gruczolakorak średnio zróżnicowany",
                        "rak przewodowy naciekający",
                        "chłoniak grudkowy",
                        "ziarniniak z martwicą",
                        "czerniak guzkowy"),
                a(
                        "i obfite podścielisko.",
                        "w ścianie okrężnicy.",
                        "w lewej piersi, HE 20x.",
                        "z licznymi mitozami.",
                        "u młodego pacjenta.")),
        new ForeignPhrases(
                "sv",
                a("Dagens fall:", "Kvinna med", "Biopsi:", "Här ser man", "Ännu ett"),
                a(
                        "måttligt differentierat adenokarcinom",
                        "invasivt duktalt karcinom",
                        "follikulärt lymfom",
                        "granulom med nekros",
                        "malignt melanom av nodulär typ"),
                a(
                        "och riklig stroma.",
                        "i väggen av tjocktarmen.",
                        "i vänster bröst, HE 20x.",
                        "med många mitoser.",
                        "hos en ung man.")),
        new ForeignPhrases(
                "ro",
                a("Cazul zilei:", "Femeie de 50 de ani cu", "Biopsie:", "Iată un", "Încă un"),
                a(
                        "adenocarcinom moderat diferențiat",
                        "carcinom ductal invaziv",
                        "limfom folicular",
                        "granulom cu necroză",
                        "melanom malign nodular"),
                a(
                        "și stromă abundentă.",
                        "în peretele colonului.",
                        "la nivelul sânului stâng, HE 20x.",
                        "cu numeroase mitoze.",
                        "la un pacient tânăr.")),
        new ForeignPhrases(
                "ru",
                a("Случай дня:", "Женщина 60 лет,", "Биопсия:", "Сегодня", "Ещё один случай,"),
                a(
                        "умеренно дифференцированная аденокарцинома",
                        "инвазивная протоковая карцинома",
                        "фолликулярная лимфома",
                        "гранулёма с некрозом",
                        "узловая меланома"),
                a(
                        "и обильная строма.",
                        "в стенке толстой кишки.",
                        "левой груди, HE 20x.",
                        "с многочисленными митозами.",
                        "у молодого пациента.")),
        new ForeignPhrases(
                "ja",
                a("本日の症例です。", "60代女性、", "生検標本：", "こちらは", "また"),
                a("中分化型腺癌", "浸潤性乳管癌", "濾胞性リンパ腫", "壊死を伴う肉芽腫", "結節型の悪性黒色腫"),
                a("と豊富な間質。", "を大腸に認めます。", "です、HE 20x。", "で核分裂像が多い。", "、若年者でした。")),
        new ForeignPhrases(
                "zh",
                a("今日病例：", "女性60岁，", "活检：", "这是", "又一例"),
                a("中分化腺癌", "浸润性导管癌", "滤泡性淋巴瘤", "肉芽肿伴坏死", "结节型恶性黑色素瘤"),
                a("，间质丰富。", "，位于结肠壁。", "，左乳，HE 20x。", "，核分裂象多见。", "，患者年轻。")),
        new ForeignPhrases(
                "ar",
                a("حالة اليوم:", "امرأة عمرها 60 سنة،", "خزعة:", "نشارككم", "\u200fحالة أخرى،"),
                a(
                        "سرطان غدي متوسط التمايز",
                        "سرطان قنوي غازي",
                        "لمفوما جريبية",
                        "ورم حبيبي مع نخر",
                        "ميلانوما عقدية"),
                a(
                        "مع سدى كثيف.",
                        "في جدار القولون.",
                        "في الثدي الأيسر، HE 20x.",
                        "مع انقسامات عديدة.",
                        "لدى مريض شاب.")),
        new ForeignPhrases(
                "fa",
                a("مورد امروز:", "خانم ۶۰ ساله با", "بیوپسی:", "این", "یک مورد دیگر از"),
                a(
                        "آدنوکارسینوم با تمایز متوسط",
                        "کارسینوم مجرایی مهاجم",
                        "لنفوم فولیکولار",
                        "گرانولوم همراه نکروز",
                        "ملانوم ندولر"),
                a(
                        "با استرومای فراوان.",
                        "در دیواره روده بزرگ.",
                        "در پستان چپ، HE 20x.",
                        "با میتوزهای فراوان.",
                        "در بیمار جوان.")),
        new ForeignPhrases(
                "he",
                a("מקרה היום:", "אישה בת 60 עם", "ביופסיה:", "הנה", "\u200fעוד מקרה של"),
                a(
                        "אדנוקרצינומה בינונית",
                        "קרצינומה דוקטלית פולשנית",
                        "לימפומה פוליקולרית",
                        "גרנולומה עם נמק",
                        "מלנומה נודולרית"),
                a(
                        "עם סטרומה רבה.",
                        "בדופן המעי הגס.",
                        "בשד שמאל, HE 20x.",
                        "עם מיטוזות רבות.",
                        "בחולה צעיר.")),
        new ForeignPhrases(
                "ko",
                a("오늘의 증례:", "60세 여성,", "생검:", "이것은", "또 하나의"),
                a("중분화 선암종", "침윤성 관암종", "여포성 림프종", "괴사를 동반한 육아종", "결절형 악성 흑색종"),
                a("과 풍부한 기질.", "대장 벽에서 보임.", "왼쪽 유방, HE 20x.", "다수의 핵분열상.", "젊은 환자에서."))
    };

    private static String[] a(String... phrases) {
        return phrases;
    }

    /// A sentence of an opening, a finding and an ending.
    String sentence(SplittableRandom random) {
        String opening = pick(openings, random);
        boolean spaced = !language.equals("ja") && !language.equals("zh");
        String gap = spaced ? " " : "";
        String end = pick(endings, random);
        return opening
                + gap
                + pick(findings, random)
                + (Character.isLetter(end.codePointAt(0)) ? gap : "")
                + end;
    }
}
