package org.openplip.weights.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A model on a hub: `owner/name`, or `owner/name@revision`.
///
/// @param revision a branch, a tag, `refs/pr/N`, or a commit of 40 hexadecimal digits
public record ModelName(String owner, String name, String revision) {
    private static final String PART = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}";
    private static final Pattern PARTS = Pattern.compile(PART);
    // No part begins with a point, so that none leads out of a folder.
    private static final Pattern REVISIONS =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*");
    private static final Pattern FORM = Pattern.compile("(" + PART + ")/(" + PART + ")(?:@(.+))?");
    private static final Pattern COMMITS = Pattern.compile("[0-9a-f]{40}");

    public ModelName {
        check("owner", owner, PARTS);
        check("name", name, PARTS);
        check("revision", revision, REVISIONS);
    }

    private static void check(String what, String value, Pattern form) {
        if (!form.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "%s: expected letters, digits, _ . and -, got \"%s\"".formatted(what, value));
        }
    }

    /// What `text` names; without a revision, the branch `main`. Empty where it has not the form of
    /// a name.
    public static Optional<ModelName> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) return Optional.empty();
        String revision = form.group(3) == null ? "main" : form.group(3);
        if (!REVISIONS.matcher(revision).matches()) return Optional.empty();
        return Optional.of(new ModelName(form.group(1), form.group(2), revision));
    }

    /// The same model at another revision.
    public ModelName at(String otherRevision) {
        return new ModelName(owner, name, otherRevision);
    }

    /// `owner/name`.
    public String repository() {
        return owner + "/" + name;
    }

    /// Whether the revision is a commit, whose files never change.
    public boolean isPinned() {
        return isCommit(revision);
    }

    static boolean isCommit(String text) {
        return COMMITS.matcher(text).matches();
    }

    /// `owner/name`, with `@revision` unless that is `main`.
    @Override
    public String toString() {
        return revision.equals("main") ? repository() : repository() + "@" + revision;
    }
}
