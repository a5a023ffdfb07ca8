package org.openplip.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/// A zip file of one entry whose sizes and places all stand in the fields for large files, as in
/// one of more than 4 GB (PKWARE's APPNOTE, section 4.5.3).
final class Zip64 {
    private Zip64() {}

    static byte[] file(String name, byte[] content) {
        byte[] letters = name.getBytes(StandardCharsets.UTF_8);
        CRC32 checksum = new CRC32();
        checksum.update(content);
        int crc = (int) checksum.getValue();
        ByteBuffer out = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
        // Local header.
        out.putInt(0x04034b50).putShort((short) 45).putShort((short) 0).putShort((short) 0);
        out.putInt(0).putInt(crc).putInt(-1).putInt(-1);
        out.putShort((short) letters.length).putShort((short) 20).put(letters);
        out.putShort((short) 1).putShort((short) 16);
        out.putLong(content.length).putLong(content.length).put(content);
        // Directory.
        int directory = out.position();
        out.putInt(0x02014b50).putShort((short) 45).putShort((short) 45);
        out.putShort((short) 0).putShort((short) 0).putInt(0).putInt(crc).putInt(-1).putInt(-1);
        out.putShort((short) letters.length).putShort((short) 28).putShort((short) 0);
        out.putShort((short) 0).putShort((short) 0).putInt(0).putInt(-1).put(letters);
        out.putShort((short) 1).putShort((short) 24);
        out.putLong(content.length).putLong(content.length).putLong(0);
        int end = out.position();
        // End for large files, its locator, and the end.
        out.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45);
        out.putInt(0).putInt(0).putLong(1).putLong(1).putLong(end - directory).putLong(directory);
        out.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
        out.putInt(0x06054b50).putShort((short) 0).putShort((short) 0);
        out.putShort((short) -1).putShort((short) -1).putInt(-1).putInt(-1).putShort((short) 0);
        return Arrays.copyOf(out.array(), out.position());
    }
}
