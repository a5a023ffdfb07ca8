package org.openplip.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class HelpTest {
    /// A `%` in a text that picocli cannot format is told of on the standard error.
    @Test
    void theHelpOfEveryCommandIsPrintedWithoutAWarning() {
        PrintStream before = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, UTF_8));
        try {
            print(new CommandLine(new PlipCommand()));
        } finally {
            System.setErr(before);
        }
        assertThat(said.toString(UTF_8)).isEmpty();
    }

    private static void print(CommandLine command) {
        assertThat(command.getUsageMessage()).contains("Usage:");
        command.getSubcommands().values().forEach(HelpTest::print);
    }
}
