package org.costate.memory;

/// Arguments of public calls, checked: in the lowest package, so that all of them say it alike.
public final class Arguments {
    private Arguments() {}

    /// This, which must not be null.
    ///
    /// @param remedy what to give in its place
    /// @throws IllegalArgumentException if it is null
    public static <T> T given(String name, T value, String remedy) {
        if (value == null) {
            throw new IllegalArgumentException(name + ": got null, expected one; " + remedy);
        }
        return value;
    }

    /// These, of which none may be null.
    ///
    /// @throws IllegalArgumentException if there is one
    public static <T> T[] allGiven(String name, T[] values, String remedy) {
        given(name, values, remedy);
        for (int i = 0; i < values.length; i++) {
            if (values[i] == null) {
                throw new IllegalArgumentException(name + ": got null as number " + i + ", expected one; " + remedy);
            }
        }
        return values;
    }
}
