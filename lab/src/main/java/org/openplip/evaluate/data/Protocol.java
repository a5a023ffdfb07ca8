package org.openplip.evaluate.data;

import java.util.Locale;

/// By whose rules a data set is read.
public enum Protocol {
    /// The published code's: its labels, splits, sizes and oddities, so that numbers can be
    /// compared.
    PAPER,
    /// What a careful reader would do: splits by slide, patient or post where these are known, a
    /// part of the training pictures kept for choosing hyper-parameters, pictures as they are.
    CLEAN;

    /// As results call it.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
