package org.openplip.report;

import java.awt.Graphics2D;
import java.util.Comparator;
import java.util.List;
import org.openplip.report.DataSetPage.Hashtag;

/// A bar for each hashtag, its pairs from posts and from replies end to end, most first.
final class HashtagFigure implements Figure {
    private static final int NAME = 178;
    private static final int BAR = 560;
    private static final int COUNTS = 120;
    private static final int TOP = 34;
    private static final int ROW = 21;
    private static final int BAR_HEIGHT = 14;

    private final List<Hashtag> hashtags;
    private final long most;

    HashtagFigure(List<Hashtag> hashtags) {
        this.hashtags =
                hashtags.stream()
                        .sorted(
                                Comparator.comparingLong((Hashtag h) -> -(h.posts() + h.replies()))
                                        .thenComparing(Hashtag::name))
                        .limit(40)
                        .toList();
        most =
                Math.max(
                        1,
                        this.hashtags.stream()
                                .mapToLong(h -> h.posts() + h.replies())
                                .max()
                                .orElse(1));
    }

    @Override
    public String name() {
        return "hashtags";
    }

    @Override
    public String description() {
        return "Pairs of each hashtag, from posts and from replies.";
    }

    @Override
    public int width() {
        return NAME + BAR + COUNTS;
    }

    @Override
    public int height() {
        return TOP + Math.max(1, hashtags.size()) * ROW + 6;
    }

    @Override
    public void paint(Graphics2D g) {
        g.setFont(Style.TEXT);
        Style.box(g, Style.BLUE, NAME, 6, 12, 12);
        g.setColor(Style.INK);
        Style.left(g, "posts", NAME + 18.0, 16);
        Style.box(g, Style.ORANGE, NAME + 74.0, 6, 12, 12);
        g.setColor(Style.INK);
        Style.left(g, "replies", NAME + 92.0, 16);
        double y = TOP;
        for (Hashtag hashtag : hashtags) {
            double baseline = y + BAR_HEIGHT - 2.5;
            g.setFont(Style.TEXT);
            g.setColor(Style.INK);
            Style.right(g, "#" + hashtag.name(), NAME - 10.0, baseline);
            double posts = BAR * (double) hashtag.posts() / most;
            double replies = BAR * (double) hashtag.replies() / most;
            Style.box(g, Style.BLUE, NAME, y, posts, BAR_HEIGHT);
            Style.box(g, Style.ORANGE, NAME + posts, y, replies, BAR_HEIGHT);
            g.setFont(Style.SMALL);
            g.setColor(Style.SOFT);
            String counts = Style.count(hashtag.posts());
            if (hashtag.replies() > 0) counts += " + " + Style.count(hashtag.replies());
            Style.left(g, counts, NAME + posts + replies + 7, baseline);
            y += ROW;
        }
        Style.line(g, Style.INK, 1, NAME, TOP - 4.0, NAME, y - 2);
    }
}
