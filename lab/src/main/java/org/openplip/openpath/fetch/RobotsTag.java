package org.openplip.openpath.fetch;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What the header `X-Robots-Tag` forbids us: directives without a robot's name, for `*` and for
/// `openplip` are ours; `otherbot: noindex, nofollow` is not, up to the end of that header.
final class RobotsTag {
    /// `none` is `noindex, nofollow`.
    private static final Set<String> FORBIDDING =
            Set.of("noai", "noimageai", "noindex", "noimageindex", "none");

    private static final Set<String> WITH_VALUE =
            Set.of("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview");
    private static final Pattern NAMED = Pattern.compile("\\s*([\\w*.-]+)\\s*:(.*)");

    private RobotsTag() {}

    /// The directive that forbids to keep the picture, or null if none does.
    ///
    /// @param headers the values of all headers of this name
    static @Nullable String forbids(List<String> headers) {
        for (String header : headers) {
            boolean ours = true;
            for (String part : header.toLowerCase(Locale.ROOT).split(",", -1)) {
                String directive = part.strip();
                Matcher named = NAMED.matcher(directive);
                if (named.matches() && !WITH_VALUE.contains(named.group(1))) {
                    ours = named.group(1).equals("*") || named.group(1).equals(Fetcher.AGENT);
                    directive = named.group(2).strip();
                }
                if (ours && FORBIDDING.contains(directive)) return directive;
            }
        }
        return null;
    }
}
