package org.openplip.phantom;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.geom.Path2D;
import java.util.Locale;
import java.util.Map;

/// Capitals, digits and a few signs as pen strokes, so that pictures look the same on machines with
/// other fonts or none.
final class StrokeFont {
    /// Each glyph: strokes apart by blanks, each a row of points `xy`, x 0..4 and y 0 (top) .. 6.
    private static final Map<Character, String> GLYPHS =
            Map.ofEntries(
                    Map.entry('A', "062046 1434"),
                    Map.entry('B', "0006 003041423303 3344453606"),
                    Map.entry('C', "4130100105163645"),
                    Map.entry('D', "00063645413000"),
                    Map.entry('E', "40000646 0333"),
                    Map.entry('F', "400006 0333"),
                    Map.entry('G', "41301001051636454323"),
                    Map.entry('H', "0006 4046 0343"),
                    Map.entry('I', "2026 1030 1636"),
                    Map.entry('J', "4045361605"),
                    Map.entry('K', "0006 4003 1346"),
                    Map.entry('L', "000646"),
                    Map.entry('M', "0600234046"),
                    Map.entry('N', "06004640"),
                    Map.entry('O', "103041453616050110"),
                    Map.entry('P', "06003041423303"),
                    Map.entry('Q', "103041453616050110 2446"),
                    Map.entry('R', "06003041423303 2346"),
                    Map.entry('S', "413010010213334445361605"),
                    Map.entry('T', "0040 2026"),
                    Map.entry('U', "000516364540"),
                    Map.entry('V', "002640"),
                    Map.entry('W', "0016233640"),
                    Map.entry('X', "0046 4006"),
                    Map.entry('Y', "002340 2326"),
                    Map.entry('Z', "00400646"),
                    Map.entry('0', "103041453616050110"),
                    Map.entry('1', "112026 1636"),
                    Map.entry('2', "01103041420646"),
                    Map.entry('3', "004023334445361605"),
                    Map.entry('4', "36300444"),
                    Map.entry('5', "400003334445361605"),
                    Map.entry('6', "4130100105163645443303"),
                    Map.entry('7', "004016"),
                    Map.entry('8', "103041423313020110 1304051636454433"),
                    Map.entry('9', "4313020110304145361605"),
                    Map.entry('.', "2526"),
                    Map.entry(',', "2517"),
                    Map.entry(':', "2223 2526"),
                    Map.entry('-', "1333"),
                    Map.entry('/', "4006"),
                    Map.entry('&', "4602011020310405162644"),
                    Map.entry('(', "30212536"),
                    Map.entry(')', "10212516"));

    private StrokeFont() {}

    /// How far `text` reaches to the right.
    static double width(String text, double height) {
        return text.length() * height;
    }

    /// Writes in the current colour; letters stand on `baseline` and are `height` tall.
    static void draw(Graphics2D graphics, String text, double x, double baseline, double height) {
        double unit = height / 6;
        graphics.setStroke(
                new BasicStroke(
                        (float) Math.max(1, height / 8),
                        BasicStroke.CAP_ROUND,
                        BasicStroke.JOIN_ROUND));
        double left = x;
        for (char letter : text.toUpperCase(Locale.ROOT).toCharArray()) {
            String strokes = GLYPHS.getOrDefault(letter, "");
            for (String stroke : strokes.split(" ")) {
                if (stroke.isEmpty()) continue;
                Path2D path = new Path2D.Double();
                for (int i = 0; i < stroke.length(); i += 2) {
                    double px = left + (stroke.charAt(i) - '0') * unit;
                    double py = baseline - height + (stroke.charAt(i + 1) - '0') * unit;
                    if (i == 0) path.moveTo(px, py);
                    else path.lineTo(px, py);
                }
                graphics.draw(path);
            }
            left += height;
        }
    }
}
