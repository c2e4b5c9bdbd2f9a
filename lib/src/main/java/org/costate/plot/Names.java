package org.costate.plot;

/// Names of components.
final class Names {
    private static final String SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

    private Names() {}

    /// These, or x₁, x₂, … if there are none; x alone.
    ///
    /// @param letter x, or another
    static String[] components(String letter, int dimension, String... names) {
        if (names.length == 0) {
            String[] numbered = new String[dimension];
            for (int j = 0; j < numbered.length; j++) {
                numbered[j] = numbered.length == 1 ? letter : letter + subscript(j + 1);
            }
            return numbered;
        }
        if (names.length != dimension) {
            throw new IllegalArgumentException("names: got " + names.length + ", expected " + dimension
                    + ", one for each component of the state, or none");
        }
        return names.clone();
    }

    private static String subscript(int number) {
        StringBuilder text = new StringBuilder();
        for (char digit : Integer.toString(number).toCharArray()) {
            text.append(SUBSCRIPTS.charAt(digit - '0'));
        }
        return text.toString();
    }
}
