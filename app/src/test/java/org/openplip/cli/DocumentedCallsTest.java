package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// The calls in the documents are of commands and options that there are.
class DocumentedCallsTest {
    private static final Pattern CALL = Pattern.compile("(?m)^ {4}\\./plip (.*(?:\\\\\n.*)*)$");

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/GUIDE.md", "docs/GUIDE-DATA.md"})
    void everyCallHasACommandAndItsOptions(String document) throws IOException {
        List<String> unknown = new ArrayList<>();
        Matcher calls = CALL.matcher(Files.readString(Path.of("..").resolve(document)));
        int count = 0;
        while (calls.find()) {
            String call = calls.group(1).replaceAll("\\\\\n|\"[^\"]*\"|#.*", " ");
            List<String> words = List.of(call.strip().split("\\s+"));
            if (words.getFirst().equals("test")) continue; // the launcher's own
            count++;
            CommandLine command = new CommandLine(new PlipCommand());
            for (String word : words) {
                CommandLine sub = command.getSubcommands().get(word);
                if (sub != null) command = sub;
                else if (command.getParent() == null) unknown.add(call);
                else if (word.startsWith("-")
                        && command.getCommandSpec().findOption(word) == null) {
                    unknown.add(word + " of " + call);
                }
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(count).isPositive();
    }
}
