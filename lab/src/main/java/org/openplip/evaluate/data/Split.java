package org.openplip.evaluate.data;

import java.util.Locale;

/// What a picture is for.
public enum Split {
    TRAIN,
    /// For choosing hyper-parameters.
    VALIDATION,
    TEST;

    /// As tables call it.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
