package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImageEncoder;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.table.CsvTable;

/// The patches of DigestPath's images, cut once and kept: `patches/PART/IMAGE/` with `patches.csv`
/// and a PNG of each patch that a reader may use.
///
/// As the published code (`preprocess_DigestPath.py`) an image is made smaller by 2, 4, 8, 16 and
/// 32 (sides rounded half to even, bicubic; its mask by the nearest pixel, tumour where that is
/// above 10), and 224 x 224 pixels are cut out every 201.6 (rounded down), rows first. A patch that
/// reaches the right or lower edge is left out, and one that touches it too; so is one of which
/// more than half is background, where red, green and blue are all at least 200.
///
/// An image's folder appears with a rename, so that work that was stopped goes on.
final class DigestPathPatches {
    static final String NEGATIVES = "tissue-train-neg";
    static final String POSITIVES = "tissue-train-pos-v1";

    /// The lowest threshold that a reader may use: PNGs are kept of patches with at least this much
    /// tumour, or none.
    static final double LEAST_TUMOUR = 0.30;

    private static final int SIDE = 224;
    private static final double STEP = SIDE * (1 - 0.1);
    private static final int[] DOWNSAMPLES = {2, 4, 8, 16, 32};
    private static final int BACKGROUND = 200;
    private static final double LEAST_TISSUE = 0.5;
    private static final int MASK = 10;
    private static final String FOLDER = "patches";
    private static final String TABLE = "patches.csv";

    /// A patch.
    ///
    /// @param slide the image's name without its ending
    /// @param downsample by how much the image was made smaller
    /// @param tissue the part of the patch that is no background
    /// @param tumour the part of the patch that the mask marks; 0 of a negative image
    /// @param picture where it is kept, if it is
    record Patch(
            String slide,
            int downsample,
            int left,
            int top,
            double tissue,
            double tumour,
            Path picture) {}

    /// An image with its mask, if it has one.
    private record Slide(String part, Path image, @Nullable Path mask) {
        String name() {
            return image.getFileName().toString().replaceFirst("\\.jpg$", "");
        }

        Path target(Path folder) {
            return folder.resolve(FOLDER).resolve(part).resolve(name());
        }
    }

    private DigestPathPatches() {}

    /// The images of both parts, by name.
    private static List<Slide> slides(Path folder) throws IOException {
        List<Slide> slides = new ArrayList<>();
        for (String part : List.of(NEGATIVES, POSITIVES)) {
            for (Path file : ClassFolders.list(ClassFolders.find(folder, part))) {
                String name = file.getFileName().toString();
                if (!name.endsWith(".jpg") || name.endsWith("_mask.jpg")) continue;
                Path mask = null;
                if (part.equals(POSITIVES)) {
                    mask = file.resolveSibling(name.replaceFirst("\\.jpg$", "_mask.jpg"));
                    if (!Files.isRegularFile(mask)) throw new DataException(mask, "is missing");
                }
                slides.add(new Slide(part, file, mask));
            }
        }
        if (slides.isEmpty()) throw new DataException(folder, "holds no images");
        return slides;
    }

    /// Cuts the images that are not cut yet, on all cores.
    ///
    /// @return how many these were
    static int cut(Path folder, Progress progress) throws IOException {
        List<Slide> left = new ArrayList<>();
        for (Slide slide : slides(folder)) {
            if (!Files.isDirectory(slide.target(folder))) left.add(slide);
        }
        try (Progress.Task task = progress.begin("cut DigestPath", left.size());
                ExecutorService pool =
                        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            List<Future<?>> running = new ArrayList<>();
            for (Slide slide : left) {
                running.add(
                        pool.submit(
                                () -> {
                                    cut(folder, slide);
                                    task.advance(1);
                                    return null;
                                }));
            }
            try {
                for (Future<?> one : running) one.get();
            } finally {
                running.forEach(one -> one.cancel(false));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while cutting DigestPath", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException bad) throw bad;
            throw new IllegalStateException("cutting DigestPath failed", e.getCause());
        }
        return left.size();
    }

    private static void cut(Path folder, Slide slide) throws IOException {
        RgbImage image = ImageDecoder.decode(slide.image);
        RgbImage mask = slide.mask == null ? null : mask(slide.mask);
        AtomicFiles.writeFolder(
                slide.target(folder),
                partial -> {
                    StringBuilder table = new StringBuilder("downsample,left,top,tissue,tumour\n");
                    for (int downsample : DOWNSAMPLES) {
                        cut(image, mask, downsample, partial, table);
                    }
                    Files.writeString(partial.resolve(TABLE), table);
                });
    }

    private static RgbImage mask(Path file) throws DataException {
        RgbImage mask = ImageDecoder.decode(file);
        byte[] pixels = mask.pixels();
        for (int i = 0; i < pixels.length; i += 3) {
            if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2]) {
                throw new DataException(file, "is no mask: has colours");
            }
        }
        return mask;
    }

    private static void cut(
            RgbImage image,
            @Nullable RgbImage mask,
            int downsample,
            Path partial,
            StringBuilder table)
            throws IOException {
        int width = (int) Math.rint((double) image.width() / downsample);
        int height = (int) Math.rint((double) image.height() / downsample);
        if (width < SIDE || height < SIDE) return;
        RgbImage small = Resampler.bicubic(image, width, height);
        RgbImage marked = mask == null ? null : Resampler.nearest(mask, width, height);
        for (int row = 0; ; row++) {
            int top = place(row);
            if (top + SIDE >= height) return;
            for (int column = 0; ; column++) {
                int left = place(column);
                if (left + SIDE >= width) break;
                RgbImage patch = small.crop(left, top, SIDE, SIDE);
                double tissue = 1 - (double) background(patch) / (SIDE * SIDE);
                if (tissue < LEAST_TISSUE) continue;
                double tumour = marked == null ? 0 : tumour(marked.crop(left, top, SIDE, SIDE));
                table.append(
                        String.format(
                                Locale.ROOT,
                                "%d,%d,%d,%s,%s\n",
                                downsample,
                                left,
                                top,
                                tissue,
                                tumour));
                if (tumour > 0 && tumour < LEAST_TUMOUR) continue;
                Files.write(partial.resolve(name(downsample, left, top)), ImageEncoder.png(patch));
            }
        }
    }

    /// Where the patch number `index` of a row or column begins.
    static int place(int index) {
        return (int) (index * STEP);
    }

    private static String name(int downsample, int left, int top) {
        return "%d_%d_%d.png".formatted(downsample, left, top);
    }

    private static int background(RgbImage patch) {
        byte[] pixels = patch.pixels();
        int count = 0;
        for (int i = 0; i < pixels.length; i += 3) {
            if ((pixels[i] & 0xff) >= BACKGROUND
                    && (pixels[i + 1] & 0xff) >= BACKGROUND
                    && (pixels[i + 2] & 0xff) >= BACKGROUND) {
                count++;
            }
        }
        return count;
    }

    private static double tumour(RgbImage marked) {
        byte[] pixels = marked.pixels();
        int count = 0;
        for (int i = 0; i < pixels.length; i += 3) if ((pixels[i] & 0xff) > MASK) count++;
        return (double) count / (SIDE * SIDE);
    }

    /// The patches of one part, in the order in which the published code has them.
    ///
    /// @throws DataException if images are not cut yet
    static List<Patch> read(Path folder, String part) throws IOException {
        List<Slide> slides = slides(folder);
        long uncut = slides.stream().filter(s -> !Files.isDirectory(s.target(folder))).count();
        if (uncut > 0) {
            throw new DataException(
                    folder,
                    "%d of %d images are not cut into patches yet: run plip data prepare %s"
                            .formatted(uncut, slides.size(), folder.toAbsolutePath().getParent()));
        }
        List<Patch> patches = new ArrayList<>();
        for (Slide slide : slides) {
            if (!slide.part.equals(part)) continue;
            Path target = slide.target(folder);
            CsvTable table = CsvTable.read(target.resolve(TABLE));
            table.require("downsample", "left", "top", "tissue", "tumour");
            for (CsvTable.Row row : table.rows()) {
                try {
                    int downsample = Integer.parseInt(row.value("downsample"));
                    int left = Integer.parseInt(row.value("left"));
                    int top = Integer.parseInt(row.value("top"));
                    patches.add(
                            new Patch(
                                    slide.name(),
                                    downsample,
                                    left,
                                    top,
                                    Double.parseDouble(row.value("tissue")),
                                    Double.parseDouble(row.value("tumour")),
                                    target.resolve(name(downsample, left, top))));
                } catch (NumberFormatException e) {
                    throw row.bad("has what is no number: " + e.getMessage());
                }
            }
        }
        return patches;
    }
}
