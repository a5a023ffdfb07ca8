package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.openplip.evaluate.data.DataCheck;
import org.openplip.evaluate.data.DataCheck.Counted;
import org.openplip.evaluate.data.DataCheck.Finding;
import org.openplip.evaluate.data.KnownSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `plip data`: the data sets that models are measured on.
@Command(
        name = "data",
        mixinStandardHelpOptions = true,
        header = "Look after the data sets that models are measured on.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {DataCommand.Check.class, DataCommand.Prepare.class})
final class DataCommand {
    /// `plip data check`: what is there, what is missing, what is off.
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            header = "Say which known data sets are there, and whether they are whole.",
            description = {
                "",
                "Each lies in a folder of its own, as unpacked: kather, pannuke, digestpath,"
                        + " wsss4luad, kimia, twitter, pathpedia, arch, mhist, patchcamelyon,"
                        + " lc25000, sicapv2, bach. Counts are set beside the published ones."
                        + " Pictures are not opened; PanNuke's masks are looked through, which"
                        + " takes minutes. The exit code is 1 where a set that is there is off."
            })
    static final class Check implements Callable<Integer> {
        @Parameters(paramLabel = "DIR", description = "the folder with the data sets")
        private Path root = Path.of("");

        @Override
        public Integer call() throws IOException {
            boolean off = false;
            for (Finding finding : DataCheck.of(root, new TerminalProgress(System.err))) {
                off |= tell(finding);
            }
            return off ? 1 : 0;
        }

        /// Prints a finding, and says whether the set is off.
        private static boolean tell(Finding finding) {
            String name = finding.set().label();
            return switch (finding) {
                case Finding.Missing missing -> {
                    System.out.printf("%s: missing; %s%n", name, missing.set().from());
                    yield false;
                }
                case Finding.Unreadable unreadable -> {
                    System.out.printf("%s: unreadable; %s%n", name, unreadable.why().getMessage());
                    yield true;
                }
                case Finding.Read read -> {
                    boolean off = read.counts().stream().anyMatch(Counted::isOff);
                    System.out.printf(
                            "%s: %s, %,d pictures%n", name, off ? "off" : "whole", read.samples());
                    for (Counted count : read.counts()) tell(count);
                    read.rejected()
                            .forEach(
                                    (rule, count) ->
                                            System.out.printf(
                                                    "    left out, %s: %,d%n",
                                                    rule.name().toLowerCase(java.util.Locale.ROOT),
                                                    count));
                    for (String remark : read.remarks()) System.out.println("    " + remark);
                    yield off;
                }
            };
        }

        private static void tell(Counted count) {
            String verdict =
                    count.expected() == count.found()
                            ? ""
                            : count.binding() ? ", off" : ", differs";
            System.out.printf(
                    "    %s: %,d of %,d (%s)%s%n",
                    count.what(), count.found(), count.expected(), count.source(), verdict);
        }
    }

    /// `plip data prepare`: what takes long and need be done once.
    @Command(
            name = "prepare",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            header = "Cut DigestPath's images into patches, once.",
            description = {
                "",
                "Writes DIR/digestpath/patches, several GB. Goes on where it was stopped."
            })
    static final class Prepare implements Callable<Integer> {
        @Parameters(paramLabel = "DIR", description = "the folder with the data sets")
        private Path root = Path.of("");

        @Override
        public Integer call() throws IOException {
            int cut = KnownSet.prepare(root, new TerminalProgress(System.err));
            System.out.printf("%,d images were cut%n", cut);
            return 0;
        }
    }
}
