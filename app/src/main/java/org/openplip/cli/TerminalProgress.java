package org.openplip.cli;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.openplip.io.Progress;

/// Progress on standard error: a bar with rate and time left in a terminal, a line with both each
/// tenth elsewhere, so that logs stay short.
final class TerminalProgress implements Progress {
    private final PrintStream err;
    private final boolean terminal;

    @SuppressWarnings("SystemConsoleNull") // JDK 25 gives null again where there is no terminal
    TerminalProgress(PrintStream err) {
        this.err = err;
        Console console = System.console();
        terminal = console != null && console.isTerminal();
    }

    @Override
    public Task begin(String name, long total) {
        return begin(name, total, "", 1);
    }

    @Override
    public Task beginBytes(String name, long total) {
        return begin(name, total, " MB", 1_000_000);
    }

    private Task begin(String name, long total, String unit, long unitSize) {
        return terminal ? bar(name, total, unit, unitSize) : lines(name, total, unit, unitSize);
    }

    private Task bar(String name, long total, String unit, long unitSize) {
        ProgressBar bar =
                new ProgressBarBuilder()
                        .setTaskName("  %-22s".formatted(name))
                        .setInitialMax(total)
                        .setUnit(unit, unitSize)
                        .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                        .setUpdateIntervalMillis(250)
                        .setSpeedUnit(java.time.temporal.ChronoUnit.SECONDS)
                        .showSpeed()
                        .setConsumer(new ConsoleProgressBarConsumer(err))
                        .build();
        return new Task() {
            @Override
            public void advance(long count) {
                bar.stepBy(count);
            }

            @Override
            public void note(String remark) {
                bar.setExtraMessage(" " + remark);
            }

            @Override
            public void close() {
                bar.close();
            }
        };
    }

    private Task lines(String name, long total, String unit, long unitSize) {
        long started = System.nanoTime();
        AtomicLong done = new AtomicLong();
        AtomicLong tenth = new AtomicLong();
        return new Task() {
            private volatile String remark = "";

            @Override
            public void advance(long count) {
                long now = done.addAndGet(count);
                if (total <= 0) return;
                long reached = 10 * now / total;
                if (tenth.getAndUpdate(before -> Math.max(before, reached)) < reached) print(now);
            }

            @Override
            public void note(String text) {
                remark = text;
            }

            @Override
            public void close() {
                if (total <= 0) print(done.get());
            }

            private void print(long now) {
                double seconds = (System.nanoTime() - started) / 1e9;
                double rate = now / seconds;
                err.printf(
                        Locale.ROOT,
                        "  %s: %d%s%s, %.0f s, %.1f%s/s%s%s%n",
                        name,
                        now / unitSize,
                        total > 0 ? " of " + total / unitSize : "",
                        unit,
                        seconds,
                        rate / unitSize,
                        unit,
                        total > now ? ", %.0f s left".formatted((total - now) / rate) : "",
                        remark.isEmpty() ? "" : ", " + remark);
            }
        };
    }
}
