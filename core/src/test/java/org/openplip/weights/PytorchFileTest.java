package org.openplip.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Scope;
import org.openplip.weights.TorchZip.Pickle;

class PytorchFileTest {
    @TempDir private Path folder;

    /// A file of the tests' resources that PyTorch wrote.
    static Path resource(String name) {
        try {
            return Path.of(
                    Objects.requireNonNull(
                                    PytorchFileTest.class.getResource("/checkpoints/" + name), name)
                            .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Pickle start() {
        return new Pickle().op("\u0080\u0002");
    }

    private Path file(Pickle pickle) throws IOException {
        Path file = folder.resolve("x.pt");
        TorchZip.write(file, pickle.bytes(), Map.of("0", new byte[16]));
        return file;
    }

    private void assertRefused(Pickle pickle, String reason) throws IOException {
        Path file = file(pickle);
        assertThatThrownBy(() -> PytorchFile.open(file).close())
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": archive/data.pkl byte ")
                .hasMessageContaining(reason)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    // ---- what PyTorch wrote ---------------------------------------------------------------

    @Test
    void aScriptedModulesTensorsHaveTheNamesOfItsAttributes() throws IOException {
        try (PytorchFile file = PytorchFile.open(resource("script.pt"));
                Scope _ = Scope.open()) {
            assertThat(file.names())
                    .containsExactlyInAnyOrder("weight", "inner.weight", "inner.bias");
            assertThat(file.shape("weight")).containsExactly(3, 2);
            // Stored with its axes exchanged.
            assertThat(file.tensor("weight").floats()).containsExactly(0, 3, 1, 4, 2, 5);
            assertThat(file.shape("inner.weight")).containsExactly(2, 1);
            assertThat(file.tensor("inner.weight").floats()).containsExactly(7, 8);
        }
    }

    @Test
    void tensorsInCOrderAreMappedAndNotCopied() throws IOException {
        try (PytorchFile file = PytorchFile.open(resource("parameters.pt"))) {
            assertThat(file.type("ln_final.weight")).isEqualTo(ElementType.BF16);
            assertThat(file.bytes("ln_final.weight").isMapped()).isTrue();
            assertThat(file.bytes("ln_final.weight").isReadOnly()).isTrue();
            // Both begin in one storage: aliased.
            MemorySegment one = file.bytes("visual.class_embedding");
            MemorySegment other = file.bytes("ln_final.weight");
            assertThat(Math.abs(one.address() - other.address())).isLessThan(2000);
            // Transposed in the file.
            assertThat(file.bytes("visual.proj").isMapped()).isFalse();
        }
    }

    @Test
    void theOldFormatIsRefusedWithAWayToConvertIt() throws IOException {
        Path old = resource("before-1.6.pt");
        assertThatThrownBy(() -> PytorchFile.open(old))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(old + ": is a file of PyTorch before 1.6")
                .hasMessageContaining("torch.save(torch.load(");
        byte[] tar = new byte[1024];
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
        Path older = Files.write(folder.resolve("tar.pt"), tar);
        assertThatThrownBy(() -> PytorchFile.open(older))
                .hasMessageContaining("is a file of PyTorch before 1.6");
    }

    // ---- pickles --------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "posix, system",
        "builtins, eval",
        "clip.model, CLIP",
        "torch, load",
        "torch.hub, load",
        "torch._utils, _rebuild_tensor_v2.__globals__",
        "torch, ComplexFloatStorage"
    })
    void aNameThatIsNotATensorsIsRefusedByItsName(String module, String name) throws IOException {
        String reason = "refuses %s.%s: only tensors and plain".formatted(module, name);
        assertRefused(start().global(module, name).op("(").text("ls").op("tR."), reason);
        assertRefused(start().text(module).text(name).op("\u0093(").text("ls").op("tR."), reason);
        assertRefused(start().op("(i" + module + "\n" + name + "\n."), reason);
    }

    @Test
    void callsOfWhatIsNoFunctionAreRefused() throws IOException {
        assertRefused(
                start().global("torch", "FloatStorage").op(")R."),
                "refuses to call torch.FloatStorage");
        assertRefused(
                start().global("collections", "OrderedDict").op("(").text("a").op("tR."),
                "refuses to call collections.OrderedDict with a sequence of 1");
        assertRefused(
                start().global("collections", "OrderedDict").op(")\u0081."),
                "refuses to make collections.OrderedDict");
        assertRefused(start().text("a").op("}b."), "refuses to set the state of a string");
    }

    @Test
    void aPickleThatIsNotWholeIsRefused() throws IOException {
        assertRefused(start(), "is cut off");
        assertRefused(start().op("."), "takes from an empty stack");
        assertRefused(start().op("}(0."), "takes from an empty stack");
        assertRefused(start().op("}u."), "has no mark");
        assertRefused(start().op("}(Nu."), "has a key without a value");
        assertRefused(start().op("h\u0005."), "has nothing in memo 5");
        assertRefused(start().op("X\u00ff\u00ff\u00ff\u00ff."), "has a value of");
        assertRefused(new Pickle().op("\u0080\u0001."), "is of protocol 1, expected 2 to 5");
        assertRefused(new Pickle().op("\u0080\u0006."), "is of protocol 6, expected 2 to 5");
        assertRefused(start().op("I1\n."), "opcode 0x49 is not one of those");
    }

    /// The storage has 16 bytes: four float32.
    @ParameterizedTest
    @CsvSource({
        "4, 0, 5, 1",
        "4, 1, 4, 1",
        "4, 0, 2, 4",
        "4, -1, 2, 1",
        "4, 0, 4, -1",
        "4, 0, -1, 1",
        "4, 0, 4611686018427387905, 0",
        "4, 0, 2, 9223372036854775807",
        "4, 9223372036854775807, 2, 1",
        "4, 0, 5, 0",
    })
    void aTensorBeyondItsStorageIsRefused(long elements, long offset, long size, long stride)
            throws IOException {
        assertRefused(
                start().op("}")
                        .text("a")
                        .tensor(
                                "FloatStorage",
                                "0",
                                elements,
                                offset,
                                new long[] {size},
                                new long[] {stride})
                        .op("s."),
                "is not within its storage of 4");
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 1L << 61, Long.MAX_VALUE})
    void aStorageLargerThanItsEntryIsRefused(long elements) throws IOException {
        Path file =
                file(
                        start().op("}")
                                .text("a")
                                .tensor(
                                        "FloatStorage",
                                        "0",
                                        elements,
                                        0,
                                        new long[] {1},
                                        new long[] {1})
                                .op("s."));
        assertThatThrownBy(() -> PytorchFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        file
                                + ": archive/data/0: expected %d elements of F32, got 16 bytes"
                                        .formatted(elements));
    }

    @Test
    void modulesThatHoldEachOtherManyTimesAreRefused() throws IOException {
        // 40 modules, each with the one before as both of its attributes: 2^40 names.
        Pickle pickle = start().global("__torch__", "M").op(")\u0081}").text("w");
        pickle.tensor("FloatStorage", "0", 4).op("sb");
        for (int i = 0; i < 40; i++) {
            pickle.op("q\u0000" + "0").global("__torch__", "M").op(")\u0081}(");
            pickle.text("a").op("h\u0000").text("b").op("h\u0000").op("ub");
        }
        Path file = file(pickle.op("."));
        assertThatThrownBy(() -> PytorchFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("modules have more than 100000 attributes");
        // One that holds itself.
        Path ring =
                file(
                        start().global("__torch__", "M")
                                .op(")\u0081q\u0000}")
                                .text("a")
                                .op("h\u0000sb."));
        assertThatThrownBy(() -> PytorchFile.open(ring))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("modules lie too deep");
    }

    @Test
    void emptyAndScalarTensorsAreRead() throws IOException {
        Path path =
                file(
                        start().op("}(")
                                .text("empty")
                                .tensor("FloatStorage", "0", 3, 0)
                                .text("scalar")
                                .tensor("FloatStorage", "0")
                                .text("bytes")
                                .tensor("ByteStorage", "0", 2, 2)
                                .op("u."));
        try (PytorchFile file = PytorchFile.open(path)) {
            assertThat(file.bytes("empty").byteSize()).isZero();
            assertThat(file.shape("empty")).containsExactly(3, 0);
            assertThat(file.shape("scalar")).isEmpty();
            assertThat(file.bytes("scalar").byteSize()).isEqualTo(4);
            assertThat(file.type("bytes")).isEqualTo(ElementType.U8);
            assertThatThrownBy(() -> file.bytes("none"))
                    .hasMessage(path + ": none: the file has no such tensor");
        }
    }

    // ---- the zip file ---------------------------------------------------------------------

    @Test
    void otherFilesAreRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("a.pt"), "not a model at all");
        assertThatThrownBy(() -> PytorchFile.open(text))
                .hasMessage(text + ": is not a PyTorch file: expected a zip file");
        Path empty = Files.createFile(folder.resolve("b.pt"));
        assertThatThrownBy(() -> PytorchFile.open(empty))
                .hasMessage(empty + ": is not a PyTorch file: expected a zip file");
        Path npz = folder.resolve("c.pt");
        TorchZip.write(npz, Map.of("a.npy", MemorySegment.ofArray(new byte[1])));
        assertThatThrownBy(() -> PytorchFile.open(npz))
                .hasMessage(npz + ": is not a PyTorch file: the zip file has no data.pkl");
        Path list = file(start().op("]."));
        assertThatThrownBy(() -> PytorchFile.open(list))
                .hasMessageContaining("holds no tensors: expected a state dict");
    }

    @Test
    void aFileThatIsCutOffIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(resource("script.pt"));
        Path cut = Files.write(folder.resolve("x.pt"), Arrays.copyOf(whole, whole.length - 1));
        assertThatThrownBy(() -> PytorchFile.open(cut))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("zip directory: has no end: the file is cut off");
    }

    @Test
    void bigEndianFilesAreRefused() throws IOException {
        Path file = folder.resolve("x.pt");
        Map<String, MemorySegment> entries = new LinkedHashMap<>();
        entries.put("x/data.pkl", MemorySegment.ofArray(start().op("}.").bytes()));
        entries.put("x/byteorder", MemorySegment.ofArray(new byte[] {'b', 'i', 'g'}));
        TorchZip.write(file, entries);
        assertThatThrownBy(() -> PytorchFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": byteorder: expected little");
    }

    @Test
    void compressedEntriesAreRefused() throws IOException {
        Path file = folder.resolve("x.pt");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("x/data.pkl"));
            zip.write(start().op("}.").bytes());
        }
        assertThatThrownBy(() -> PytorchFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("x/data.pkl: is compressed or encrypted");
    }

    /// The JDK's own zip is the oracle, for a file that PyTorch wrote, one of more than 65,535
    /// entries, and one whose sizes and places stand in zip64's fields.
    @Test
    void theDirectoryIsTheJdks() throws IOException {
        assertSameEntries(resource("openai-script.pt"), "code");
        Map<String, MemorySegment> many = new LinkedHashMap<>();
        for (int i = 0; i < 66_000; i++) {
            many.put("x/" + i, MemorySegment.ofArray(new byte[] {(byte) i}));
        }
        Path large = folder.resolve("many.zip");
        TorchZip.write(large, many);
        assertSameEntries(large, "none");
        Path wide = Files.write(folder.resolve("wide.zip"), Zip64.file("x/a", new byte[] {1, 2}));
        assertSameEntries(wide, "none");
    }

    private static void assertSameEntries(Path path, String compressed) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(Files.readAllBytes(path));
        ZipDirectory directory = new ZipDirectory(path, bytes);
        try (ZipFile zip = new ZipFile(path.toFile())) {
            assertThat(directory.names())
                    .containsExactlyElementsOf(zip.stream().map(ZipEntry::getName).toList());
            for (String name : directory.names()) {
                if (name.contains(compressed)) continue;
                byte[] expected = zip.getInputStream(zip.getEntry(name)).readAllBytes();
                byte[] actual = directory.bytes(name).toArray(ValueLayout.JAVA_BYTE);
                if (!Arrays.equals(actual, expected)) assertThat(actual).isEqualTo(expected);
            }
        }
    }
}
