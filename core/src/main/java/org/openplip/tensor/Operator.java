package org.openplip.tensor;

import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// An operator of libtorch's that has no binding of its own, called by its name through the
/// dispatcher. Safe to share between threads.
final class Operator {
    private final OperatorHandle handle;

    private Operator(OperatorHandle handle) {
        this.handle = handle;
    }

    /// The operator `name` (with its name space, `mkldnn::_linear_pointwise`) in the variant
    /// `overload`, which may be empty.
    ///
    /// @throws RuntimeException if this build of libtorch does not have it
    static Operator of(String name, String overload) {
        LibTorch.load();
        return new Operator(
                new OperatorHandle(Dispatcher.singleton().findSchemaOrThrow(name, overload)));
    }

    /// The first result of a call, in the innermost scope.
    ///
    /// @param arguments all that the schema lists: tensors, `Long`, `Double`, `String`, element
    ///   types, [#NO_SCALARS], or null for None
    Tensor call(@Nullable Object... arguments) {
        try (IValueVector stack = new IValueVector()) {
            for (Object argument : arguments) {
                if (argument instanceof EmptyList list) {
                    stack.push_back(list.value);
                } else {
                    try (IValue value = value(argument)) {
                        stack.push_back(value);
                    }
                }
            }
            handle.callBoxed(stack);
            // The stack owns its result; the copy shares it.
            return new Tensor(new org.bytedeco.pytorch.Tensor(stack.get(0).toTensor()));
        }
    }

    private static IValue value(@Nullable Object argument) {
        return switch (argument) {
            case null -> new IValue();
            case Tensor tensor -> new IValue(tensor.handle());
            case Long number -> new IValue((long) number);
            case Double number -> new IValue((double) number);
            case String text -> new IValue(text);
            case ElementType type -> new IValue(Tensor.scalarType(type));
            default -> throw new IllegalArgumentException("arguments: got " + argument);
        };
    }

    /// An empty list of optional scalars, which the binding cannot make.
    static final EmptyList NO_SCALARS = EmptyList.make();

    record EmptyList(IValue value) {
        static EmptyList make() {
            LibTorch.load();
            try (CompilationUnit unit =
                            torch.compile(
                                    """
                                    def empty() -> List[Optional[number]]:
                                        nothing: List[Optional[number]] = []
                                        return nothing
                                    """);
                    QualifiedName name = new QualifiedName("empty");
                    IValueVector stack = new IValueVector()) {
                unit.find_function(name).run(stack);
                return new EmptyList(new IValue(stack.get(0)));
            }
        }
    }
}
