package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.openplip.openpath.Why;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `plip openpath why`: what became of a post, a picture or a pair.
@Command(
        name = "why",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Say why something is in a release, or is not.",
        description = {
            "",
            "Prints the rules that it passed in order, the one that it did not with the reason,"
                    + " where it stood, and what it was merged with or leaked from."
        })
final class OpenPathWhyCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..*",
            paramLabel = "ID",
            description = "of a post, answer, picture, pair or author; or FILE:LINE of the posts")
    private List<String> ids = List.of();

    @Option(
            names = "--release",
            required = true,
            paramLabel = "DIR",
            description = "what plip openpath build wrote")
    private Path release = Path.of("");

    @Override
    public Integer call() throws IOException {
        Why why = Why.of(release);
        for (String id : ids) why.explain(id).forEach(System.out::println);
        return 0;
    }
}
