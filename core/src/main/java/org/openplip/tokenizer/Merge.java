package org.openplip.tokenizer;

/// One step of byte-pair encoding: wherever token `left` stands before token `right`, both become
/// one. An earlier merge goes first.
record Merge(String left, String right) {
    String merged() {
        return left + right;
    }
}
