package org.openplip.openpath;

/// Turns the text of a post into a caption. What goes, in this order:
///
/// 1. HTML entities become the characters that they name (`&lt;` and numbers too); then HTML tags
///    go: those of blocks and `br` leave a space, others nothing. `Ki-67 < 5%` stays as it is.
/// 2. Links: with a scheme, from `www.`, `pic.twitter.com/...`, `t.co/...`, or a host of a common
///    domain followed by `/`. E-mail addresses, as they name a person.
/// 3. Mentions, `@name` and `@name@host`.
/// 4. Hashtags, the word included, as the paper does (`#1` is none, it has no letter): most are
///    labels at the end of a post (`#GIPath #pathology`). A hashtag that is part of the sentence is
///    lost with them; keeping its word would put the labels, which are also what posts were
///    searched by, into the captions.
/// 5. Emoji with their modifiers, keycaps and flags, but those that are question marks (❓❔⁉), which
///    become `?`; format and control characters.
/// 6. White space: every run, line breaks included, becomes one space; spaces before `,.;:!?)` and
///    separators that the removals left alone at either end go.
///
/// The result is in Unicode's form C. Cleaning a caption again changes nothing unless an entity was
/// escaped twice. Question marks are kept, so that [Rule.NoQuestion] sees them, but not those in
/// links.
public final class TextCleaner {
    private TextCleaner() {}

    /// The caption in `text`; empty when nothing is left.
    public static String clean(String text) {
        CaptionText caption = new CaptionText(text);
        caption.decodeEntities();
        caption.removeTags();
        caption.removeLinks();
        caption.removeMentions();
        caption.removeAddresses();
        caption.removeKeycaps();
        caption.removeHashtags();
        caption.removeEmoji();
        caption.removeInvisible();
        caption.compose();
        caption.joinSpaces();
        caption.removeEmptyBrackets();
        caption.closeUp();
        caption.trimStart();
        caption.trimEnd();
        caption.joinSpaces();
        return caption.stripped();
    }

    /// How many words a caption has: runs between white space that hold a letter or a digit.
    public static int words(String caption) {
        int words = 0;
        boolean counted = false;
        for (int i = 0; i < caption.length(); ) {
            int c = caption.codePointAt(i);
            i += Character.charCount(c);
            if (c == ' ' || (c >= '\t' && c <= '\r')) {
                counted = false;
            } else if (!counted && Character.isLetterOrDigit(c)) {
                counted = true;
                words++;
            }
        }
        return words;
    }
}
