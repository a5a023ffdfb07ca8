package org.openplip.evaluate;

/// Who asks for an evaluation: the command line as typed, and the program's version and commit.
public record Origin(String command, String version, String commit) {}
