package org.openplip.onnx;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openplip.io.ProtobufMessage;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// A graph of ONNX operators under construction. Values have names; the methods that add a node or
/// a constant give the name of its value.
///
/// Field numbers are those of `onnx.proto`.
final class Graph {
    /// The operators' version: the first with LayerNormalization.
    private static final int OPERATOR_SET = 17;

    /// The file format's version that came with these operators (ONNX 1.12).
    private static final int FORMAT = 8;

    /// Gives the elements of a constant when the file is written, in the innermost scope.
    @FunctionalInterface
    interface Elements {
        Tensor tensor() throws IOException;
    }

    /// @param outputs names of its values
    private record Node(
            String operator,
            List<String> inputs,
            List<String> outputs,
            List<ProtobufMessage> attributes) {}

    private final List<Node> nodes = new ArrayList<>();
    private final List<ProtobufMessage> constants = new ArrayList<>();
    private final List<ProtobufMessage> inputs = new ArrayList<>();
    private String place = "";
    private int numbers;

    // ---- nodes ----------------------------------------------------------------------------

    /// Nodes added from now on are named after `place`.
    void at(String place) {
        this.place = place;
    }

    /// Adds a node of one value.
    String node(String operator, List<String> inputs, ProtobufMessage... attributes) {
        return node(operator, 1, inputs, attributes).getFirst();
    }

    /// Adds a node of several values.
    List<String> node(
            String operator, int values, List<String> inputs, ProtobufMessage... attributes) {
        List<String> outputs = new ArrayList<>();
        for (int i = 0; i < values; i++) {
            outputs.add(place + "/" + operator + "_" + nodes.size() + (i == 0 ? "" : "." + i));
        }
        nodes.add(new Node(operator, inputs, outputs, List.of(attributes)));
        return outputs;
    }

    /// An attribute of a whole number.
    static ProtobufMessage integer(String name, long value) {
        return new ProtobufMessage().text(1, name).number(3, value).number(20, 2);
    }

    /// An attribute of whole numbers.
    static ProtobufMessage integers(String name, long... values) {
        ProtobufMessage attribute = new ProtobufMessage().text(1, name);
        for (long value : values) attribute.number(8, value);
        return attribute.number(20, 7);
    }

    /// An attribute of a real number.
    static ProtobufMessage real(String name, double value) {
        return new ProtobufMessage().text(1, name).real(2, (float) value).number(20, 1);
    }

    // ---- constants ------------------------------------------------------------------------

    /// Adds a constant of the given type and shape.
    String constant(String name, ElementType type, Elements elements, long... shape) {
        long length = type.bytes();
        for (long size : shape) length = Math.multiplyExact(length, size);
        long bytes = length;
        ProtobufMessage tensor = new ProtobufMessage();
        for (long size : shape) tensor.number(1, size);
        tensor.number(2, number(type));
        tensor.text(8, name);
        tensor.bytes(9, bytes, out -> write(name, type, elements, bytes, out));
        constants.add(tensor);
        return name;
    }

    private static void write(
            String name, ElementType type, Elements elements, long length, OutputStream out)
            throws IOException {
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            Tensor tensor = elements.tensor().to(type).contiguous();
            if (tensor.elements() * type.bytes() != length) {
                throw new IllegalArgumentException(
                        "%s: expected %d bytes, got %s".formatted(name, length, tensor));
            }
            tensor.writeTo(out);
        }
    }

    /// Adds a constant int64 `[values.length]`.
    String indices(long... values) {
        return constant(
                "indices_" + numbers++,
                ElementType.I64,
                () -> Tensor.of(values, values.length),
                values.length);
    }

    /// Adds a constant int64 of no axes.
    String index(long value) {
        return constant("index_" + numbers++, ElementType.I64, () -> Tensor.of(new long[] {value}));
    }

    /// Adds a constant float32 of no axes.
    String number(double value) {
        return constant(
                "number_" + numbers++,
                ElementType.F32,
                () -> Tensor.of(new float[] {(float) value}));
    }

    // ---- ends -----------------------------------------------------------------------------

    /// An axis whose size the caller chooses.
    static ProtobufMessage anySize(String name) {
        return new ProtobufMessage().text(2, name);
    }

    /// An axis of one size.
    static ProtobufMessage size(long size) {
        return new ProtobufMessage().number(1, size);
    }

    /// Adds an input.
    String input(String name, ElementType type, ProtobufMessage... axes) {
        inputs.add(ends(name, type, axes));
        return name;
    }

    private static ProtobufMessage ends(String name, ElementType type, ProtobufMessage... axes) {
        ProtobufMessage shape = new ProtobufMessage();
        for (ProtobufMessage axis : axes) shape.message(1, axis);
        ProtobufMessage tensor = new ProtobufMessage().number(1, number(type)).message(2, shape);
        return new ProtobufMessage()
                .text(1, name)
                .message(2, new ProtobufMessage().message(1, tensor));
    }

    /// The whole model: this graph, with `value` as its one output, float32, under the name
    /// `output`.
    ///
    /// @param metadata free-form strings of the file
    ProtobufMessage model(
            String value,
            String output,
            String version,
            Map<String, String> metadata,
            ProtobufMessage... axes) {
        ProtobufMessage graph = new ProtobufMessage();
        for (Node node : nodes) {
            ProtobufMessage message = new ProtobufMessage();
            for (String input : node.inputs) message.text(1, input);
            for (String name : node.outputs) message.text(2, name.equals(value) ? output : name);
            message.text(3, node.outputs.getFirst()).text(4, node.operator);
            for (ProtobufMessage attribute : node.attributes) message.message(5, attribute);
            graph.message(1, message);
        }
        graph.text(2, output);
        for (ProtobufMessage constant : constants) graph.message(5, constant);
        for (ProtobufMessage input : inputs) graph.message(11, input);
        graph.message(12, ends(output, ElementType.F32, axes));
        ProtobufMessage model =
                new ProtobufMessage()
                        .number(1, FORMAT)
                        .text(2, "OpenPLIP")
                        .text(3, version)
                        .message(7, graph)
                        .message(8, new ProtobufMessage().text(1, "").number(2, OPERATOR_SET));
        metadata.forEach(
                (key, text) -> model.message(14, new ProtobufMessage().text(1, key).text(2, text)));
        return model;
    }

    /// The number of an element type in `TensorProto.DataType`.
    static int number(ElementType type) {
        return switch (type) {
            case F32 -> 1;
            case U8 -> 2;
            case I8 -> 3;
            case I16 -> 5;
            case I32 -> 6;
            case I64 -> 7;
            case BOOL -> 9;
            case F16 -> 10;
            case F64 -> 11;
            case BF16 -> 16;
        };
    }
}
