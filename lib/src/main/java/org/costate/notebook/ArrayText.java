package org.costate.notebook;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;

/// Java arrays and ND4J arrays: type and shape, then so many elements as one looks at.
final class ArrayText {
    /// Up to this many are shown in full; of more, the first and the last.
    private static final int FULL = 12;

    private static final int FIRST = 7;
    private static final int LAST = 3;

    private ArrayText() {}

    static Bundle of(Object array) {
        return isMatrix(array) ? matrix(array).bundle() : Bundle.text(inLine(array));
    }

    static Bundle of(INDArray array) {
        return array.rank() == 2 && array.length() > 0
                ? grid(title(array), array.rows(), r -> array.columns(), (r, c) -> number(array, r, c))
                        .bundle()
                : Bundle.text(title(array) + flat(array));
    }

    static String title(INDArray array) {
        List<String> shape = new ArrayList<>();
        for (long length : array.shape()) {
            shape.add(Long.toString(length));
        }
        return "INDArray of " + array.dataType() + ", shape [" + String.join(", ", shape) + "]";
    }

    /// `double[3]: 1, 2, 3`.
    static String inLine(Object array) {
        if (isMatrix(array)) {
            return title(array);
        }
        int length = Array.getLength(array);
        return title(array) + (length == 0 ? "" : ": " + String.join(", ", some(length, i -> element(array, i))));
    }

    private static String title(Object array) {
        Class<?> type = array.getClass();
        StringBuilder lengths = new StringBuilder();
        Object part = array;
        while (type.isArray()) {
            lengths.append('[').append(part == null ? "" : lengthOf(part)).append(']');
            part = part == null || Array.getLength(part) == 0 ? null : Array.get(part, 0);
            type = type.getComponentType();
        }
        return type.getSimpleName() + lengths;
    }

    private static String lengthOf(Object array) {
        return Integer.toString(Array.getLength(array));
    }

    private static boolean isMatrix(Object array) {
        Class<?> component = array.getClass().getComponentType();
        if (!component.isArray() || !component.getComponentType().isPrimitive() || Array.getLength(array) == 0) {
            return false;
        }
        for (int i = 0; i < Array.getLength(array); i++) {
            if (Array.get(array, i) == null || Array.getLength(Array.get(array, i)) == 0) {
                return false;
            }
        }
        return true;
    }

    private static Grid matrix(Object array) {
        boolean ragged = false;
        int width = Array.getLength(Array.get(array, 0));
        for (int i = 1; i < Array.getLength(array); i++) {
            ragged |= Array.getLength(Array.get(array, i)) != width;
        }
        String title = ragged
                ? array.getClass().getComponentType().getComponentType() + "[" + Array.getLength(array)
                        + "][…], rows of different lengths"
                : title(array);
        return grid(
                title,
                Array.getLength(array),
                r -> Array.getLength(Array.get(array, r)),
                (r, c) -> element(Array.get(array, r), c));
    }

    /// An element as text.
    interface Cell {
        String text(int row, int column);
    }

    /// A matrix of so many rows, each of its own width; cut where it is large.
    static Grid grid(String title, int height, IntUnaryOperator width, Cell cell) {
        int widest = 0;
        List<String> rowHeads = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (int r : indices(height)) {
            int length = r < 0 ? 0 : width.applyAsInt(r);
            rowHeads.add(r < 0 ? "⋮" : Integer.toString(r));
            rows.add(r < 0 ? List.of() : some(length, c -> cell.text(r, c)));
            if (length > widest) {
                widest = length;
            }
        }
        List<String> columns = some(widest, Integer::toString);
        List<Boolean> numeric = columns.stream().map(c -> true).toList();
        String cut = height > FULL || widest > FULL ? ", cut" : "";
        return new Grid(title + cut, columns, rowHeads, rows, numeric);
    }

    private static String number(INDArray array, int row, int column) {
        return switch (array.dataType()) {
            case DOUBLE, FLOAT, HALF, BFLOAT16 -> Numbers.format(array.getDouble(row, column));
            case BOOL -> Boolean.toString(array.getDouble(row, column) != 0);
            default -> Long.toString((long) array.getDouble(row, column));
        };
    }

    private static String flat(INDArray array) {
        if (array.isEmpty()) {
            return ", empty";
        }
        int length = (int) Math.min(array.length(), Integer.MAX_VALUE);
        String order = array.rank() > 2 ? ", the last index fastest" : "";
        return order + ": " + String.join(", ", some(length, i -> Numbers.format(array.getDouble(indices(array, i)))));
    }

    /// Where the element stands that is number `flat` when the last index runs fastest.
    private static long[] indices(INDArray array, long flat) {
        long[] shape = array.shape();
        long[] indices = new long[shape.length];
        long rest = flat;
        for (int d = shape.length - 1; d >= 0; d--) {
            indices[d] = rest % shape[d];
            rest /= shape[d];
        }
        return indices;
    }

    /// The elements' texts, with `…` where some are left out.
    private static List<String> some(int length, IntFunction<String> element) {
        return indices(length).stream().map(i -> i < 0 ? "…" : element.apply(i)).toList();
    }

    /// All indices of a short array; of a long one the first and the last, and -1 between.
    private static List<Integer> indices(int length) {
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            if (length <= FULL || i < FIRST || i >= length - LAST) {
                indices.add(i);
            } else if (i == FIRST) {
                indices.add(-1);
            }
        }
        return indices;
    }

    private static String element(Object array, int index) {
        return switch (Array.get(array, index)) {
            case Number number -> Numbers.format(number);
            case Object other -> Renderers.inLine(other);
            case null -> "null";
        };
    }
}
