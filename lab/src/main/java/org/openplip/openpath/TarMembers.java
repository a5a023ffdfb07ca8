package org.openplip.openpath;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.openplip.io.DataException;

/// The files in a tar and where each lies, so that they can be read in any order and from any
/// thread. Opening reads headers only. Whoever opens it closes it.
public final class TarMembers implements Closeable {
    /// A file in the tar.
    ///
    /// @param offset of its first byte
    /// @param size in bytes
    public record Member(String name, long offset, int size) {}

    private final Path file;
    private final FileChannel channel;
    private final List<Member> members;

    private TarMembers(Path file, FileChannel channel, List<Member> members) {
        this.file = file;
        this.channel = channel;
        this.members = List.copyOf(members);
    }

    /// The members of the tar `file`.
    ///
    /// @throws DataException if it is missing, damaged or cut short
    public static TarMembers open(Path file) throws IOException {
        if (!Files.isRegularFile(file)) throw new DataException(file, "is missing");
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        boolean whole = false;
        try (TarFile tar = new TarFile(file)) {
            List<Member> members = new ArrayList<>();
            for (TarArchiveEntry entry : tar.getEntries()) {
                if (!entry.isFile()) continue;
                if (entry.getDataOffset() + entry.getSize() > channel.size()) {
                    throw new DataException(file, entry.getName(), "runs past the end of the file");
                }
                members.add(
                        new Member(
                                entry.getName(),
                                entry.getDataOffset(),
                                Math.toIntExact(entry.getSize())));
            }
            whole = true;
            return new TarMembers(file, channel, members);
        } catch (DataException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new DataException(
                    file.toString(), null, "cannot be read as tar: " + e.getMessage(), e);
        } finally {
            if (!whole) channel.close();
        }
    }

    /// Where the tar lies.
    public Path file() {
        return file;
    }

    /// In the order of the tar.
    public List<Member> members() {
        return members;
    }

    /// The bytes of a member of this tar.
    ///
    /// @throws DataException if the tar has become shorter since it was opened
    public byte[] read(Member member) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(member.size);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, member.offset + bytes.position()) < 0) {
                throw new DataException(file, member.name, "is cut short");
            }
        }
        return bytes.array();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
