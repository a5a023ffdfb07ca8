package org.openplip.cli;

import java.io.IOException;

/// Takes the inputs of a command one by one: the path of a picture, or a caption.
@FunctionalInterface
interface InputSink {
    void accept(String input) throws IOException;
}
