package org.openplip.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Json;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class ReportPageTest {
    @TempDir static Path folder;

    private static Results full;
    private static String page;

    @BeforeAll
    static void writeOnce() throws IOException {
        full = SampleResults.full(folder);
        page = Files.readString(ReportPage.write(folder, full));
    }

    private static Document parse(String markup) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.setFeature(
                    "http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
            return factory.newDocumentBuilder().parse(new InputSource(new StringReader(markup)));
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new AssertionError("not well-formed: " + e.getMessage(), e);
        }
    }

    private static List<Element> all(Document document) {
        NodeList nodes = document.getElementsByTagName("*");
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) elements.add((Element) nodes.item(i));
        return elements;
    }

    @Test
    void isWellFormedWithUniqueIds() throws IOException {
        List<String> ids =
                all(parse(page)).stream()
                        .map(element -> element.getAttribute("id"))
                        .filter(id -> !id.isEmpty())
                        .toList();
        assertThat(ids).isNotEmpty().doesNotHaveDuplicates();
    }

    @Test
    void asksForNothingOutsideItself() throws IOException {
        for (Element element : all(parse(page))) {
            String name = element.getLocalName();
            assertThat(name).isNotIn("script", "link", "iframe", "object", "embed", "base");
            for (String attribute : new String[] {"src", "href", "xlink:href", "srcset", "data"}) {
                String value = element.getAttribute(attribute);
                if (value.isEmpty() || value.startsWith("#")) continue;
                if (name.equals("a")) {
                    assertThat(value).startsWith("https://doi.org/");
                } else {
                    assertThat(value).startsWith("data:image/jpeg;base64,");
                }
            }
        }
        assertThat(page).doesNotContain("@import").doesNotContain("url(http");
    }

    @Test
    void showsTheNumbersOfTheResults() throws IOException {
        String text = parse(page).getDocumentElement().getTextContent();
        assertThat(text)
                .contains("0.873", "0.842\u20130.901", "0.412", "0.368\u20130.455")
                .contains("18.5\u00d7 chance", "untrained 0.081", "chance 0.111")
                .contains("5e884898", "plip evaluate --model", "abc1234")
                .contains("These numbers say nothing about real pathology.")
                .contains("0.971", "0.944");
    }

    @Test
    void escapesWhatOthersWrote() throws IOException {
        assertThat(page)
                .doesNotContain("<script>alert")
                .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; more");
    }

    @Test
    void figuresAreSvgWithRealTextAndPngOfTheSameDrawing() throws IOException {
        for (String name : new String[] {"confusion", "class-f1", "recall", "training", "flow"}) {
            Document svg = parse(Files.readString(folder.resolve("figures/" + name + ".svg")));
            assertThat(svg.getElementsByTagName("text").getLength()).as(name).isGreaterThan(5);
            assertThat(svg.getElementsByTagName("image").getLength()).isZero();
            BufferedImage png = ImageIO.read(folder.resolve("figures/" + name + ".png").toFile());
            int width = Integer.parseInt(svg.getDocumentElement().getAttribute("width"));
            int height = Integer.parseInt(svg.getDocumentElement().getAttribute("height"));
            assertThat(png.getWidth()).isEqualTo(2 * width);
            assertThat(png.getHeight()).isEqualTo(2 * height);
        }
        String confusion = Files.readString(folder.resolve("figures/confusion.svg"));
        assertThat(confusion).contains(">TUM<", ">lymphocytes<");
        Results.ZeroShot zeroShot = full.zeroShot();
        assertThat(zeroShot).isNotNull();
        if (zeroShot == null) return;
        for (long count : zeroShot.scores().getFirst().confusion().getLast()) {
            assertThat(confusion).contains(">" + count + "<");
        }
    }

    @Test
    void leavesOutWhatWasNotMeasured() throws IOException {
        Results bare =
                new Results(
                        full.format(),
                        full.title(),
                        full.provenance(),
                        full.data(),
                        full.models(),
                        full.zeroShot(),
                        null,
                        null,
                        null,
                        List.of());
        String shorter = Files.readString(ReportPage.write(folder.resolve("bare"), bare));
        parse(shorter);
        assertThat(shorter).doesNotContain("retrieval with").doesNotContain("Training curve");
    }

    @Test
    void resultsSurviveJson() throws IOException {
        Json.write(folder.resolve("results.json"), full);
        assertThat(Results.read(folder.resolve("results.json"))).isEqualTo(full);
    }
}
