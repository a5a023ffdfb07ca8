package org.openplip.openpath;

/// What a rule says of a text or a picture.
public sealed interface Verdict permits Verdict.Kept, Verdict.Rejected {
    /// It goes on.
    record Kept() implements Verdict {}

    /// It does not.
    ///
    /// @param reason one word in snake case, what is counted
    /// @param detail what this one case was, for the person who asks; may be empty
    record Rejected(String reason, String detail) implements Verdict {}

    /// The verdict that lets through.
    Verdict KEPT = new Kept();

    /// The verdict that does not.
    static Verdict rejected(String reason, String detail) {
        return new Rejected(reason, detail);
    }
}
