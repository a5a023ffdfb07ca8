package org.openplip.evaluate.data;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.openpath.EvaluationSet;

/// Pictures with labels, captions, or both, as they lie on disk; none is decoded yet.
///
/// Pictures can be decoded until the set is closed, from any thread. Whoever reads a set closes it.
///
/// @param name as results call it
/// @param source the table or folder that was read
/// @param root the folder that names are relative to
/// @param protocol by whose rules it was read
/// @param classNames each label and what it is called in a prompt, in the order of the classes;
///   empty for a set without labels. A class may have no picture
/// @param template the published prompt, with `{}` for the class's name; null where there is none
/// @param samples in the order of the protocol: the first of equal things is the first here
/// @param rejected what was left out
/// @param remarks what a result must tell: choices that are ours, what the published code does not
///   say
/// @param resource what the pictures are read from
public record DataSet(
        String name,
        Path source,
        Path root,
        Protocol protocol,
        Map<String, String> classNames,
        @Nullable String template,
        List<Sample> samples,
        List<Rejected> rejected,
        List<String> remarks,
        Closeable resource)
        implements Closeable {
    /// What pictures in files of their own are read from.
    static final Closeable FILES = () -> {};

    public DataSet {
        classNames = Collections.unmodifiableMap(new LinkedHashMap<>(classNames));
        samples = List.copyOf(samples);
        rejected = List.copyOf(rejected);
        remarks = List.copyOf(remarks);
    }

    /// The pictures at `source`: a table with the columns `image`, `label`, `caption` in any order
    /// (see [PictureTable#read]), or a folder of classes (see [ClassFolders#read]).
    ///
    /// @throws DataException if there is nothing there, or nothing usable
    public static DataSet read(Path source) throws IOException {
        if (Files.isDirectory(source)) return ClassFolders.read(source);
        if (Files.isRegularFile(source)) return PictureTable.read(source);
        throw new DataException(source, "is neither a table nor a folder of classes");
    }

    /// What no copy of may get into a release: the pictures of a folder and its folders, or those
    /// of a table with their captions.
    ///
    /// @throws DataException if there is nothing there, or nothing usable
    public static EvaluationSet toExclude(Path source) throws IOException {
        if (Files.isDirectory(source)) return EvaluationSet.folder(source);
        return new EvaluationSet(
                PictureTable.read(source).samples.stream()
                        .map(
                                sample ->
                                        new EvaluationSet.Sample(
                                                sample.name(),
                                                sample.picture().file(),
                                                sample.caption()))
                        .toList());
    }

    /// Samples whose labels are all the classes there are, called as they are labelled, with blanks
    /// for underscores.
    static DataSet listed(Path source, Path root, List<Sample> samples, Collection<String> labels) {
        Map<String, String> names = new LinkedHashMap<>();
        for (String label : labels) names.put(label, label.replace('_', ' '));
        return new DataSet(
                String.valueOf(source.getFileName()),
                source,
                root,
                Protocol.CLEAN,
                Kather.CLASS_NAMES.keySet().containsAll(labels) && !labels.isEmpty()
                        ? Kather.CLASS_NAMES
                        : names,
                null,
                samples,
                List.of(),
                List.of(),
                FILES);
    }

    /// Every label, in the order of the classes.
    public List<String> labels() {
        return List.copyOf(classNames.keySet());
    }

    /// The pictures of one split, in order.
    public List<Sample> samples(Split split) {
        return samples.stream().filter(sample -> sample.split() == split).toList();
    }

    /// All pictures, in order.
    public List<StoredPicture> pictures() {
        return samples.stream().map(Sample::picture).toList();
    }

    /// Pictures of `split` with `label`.
    public long count(Split split, String label) {
        return samples.stream()
                .filter(sample -> sample.split() == split && label.equals(sample.label()))
                .count();
    }

    /// What was left out by `rule`.
    public long count(Rejected.Rule rule) {
        return rejected.stream().filter(one -> one.rule() == rule).count();
    }

    /// Groups with pictures in more than one split: none in a split that holds.
    public Set<String> sharedGroups() {
        Map<String, Split> seen = new LinkedHashMap<>();
        Set<String> shared = new LinkedHashSet<>();
        for (Sample sample : samples) {
            if (sample.group() == null) continue;
            Split first = seen.putIfAbsent(sample.group(), sample.split());
            if (first != null && first != sample.split()) shared.add(sample.group());
        }
        return shared;
    }

    @Override
    public void close() throws IOException {
        resource.close();
    }
}
