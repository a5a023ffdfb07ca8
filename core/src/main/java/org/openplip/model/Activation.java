package org.openplip.model;

/// The nonlinearity of a transformer's feed-forward part, named as in `config.json`.
public enum Activation {
    /// `x · sigmoid(1.702 x)`, of OpenAI's CLIP.
    QUICK_GELU("quick_gelu"),
    /// The exact GELU.
    GELU("gelu");

    private final String hiddenAct;

    Activation(String hiddenAct) {
        this.hiddenAct = hiddenAct;
    }

    /// The value of `hidden_act` in `config.json`.
    public String hiddenAct() {
        return hiddenAct;
    }
}
