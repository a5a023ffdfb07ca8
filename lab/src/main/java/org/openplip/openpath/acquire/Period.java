package org.openplip.openpath.acquire;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/// From `since` on until before `until`, in whole seconds.
record Period(Instant since, Instant until) {
    Period {
        since = since.truncatedTo(ChronoUnit.SECONDS);
        until = until.truncatedTo(ChronoUnit.SECONDS);
    }

    boolean contains(Instant time) {
        return !time.isBefore(since) && time.isBefore(until);
    }

    boolean overlaps(Period other) {
        return since.isBefore(other.until) && other.since.isBefore(until);
    }

    /// What is left of this without the others, in order of time: of 0-10 without 2-4 and 7-12, 0-2
    /// and 4-7.
    List<Period> without(List<Period> others) {
        List<Period> left = new ArrayList<>();
        if (since.isBefore(until)) left.add(this);
        for (Period other : others) {
            List<Period> next = new ArrayList<>();
            for (Period part : left) {
                if (!part.overlaps(other)) {
                    next.add(part);
                    continue;
                }
                if (part.since.isBefore(other.since)) {
                    next.add(new Period(part.since, other.since));
                }
                if (other.until.isBefore(part.until)) {
                    next.add(new Period(other.until, part.until));
                }
            }
            left = next;
        }
        return List.copyOf(left);
    }
}
