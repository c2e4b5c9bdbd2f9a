package org.costate.plot;

import org.costate.Solution;

/// Names of a solution's components.
final class Names {
    private static final String SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

    private Names() {}

    /// These, or x₁, x₂, … if there are none; x alone.
    static String[] components(Solution s, String... names) {
        if (names.length == 0) {
            String[] numbered = new String[s.dimension()];
            for (int j = 0; j < numbered.length; j++) {
                numbered[j] = numbered.length == 1 ? "x" : "x" + subscript(j + 1);
            }
            return numbered;
        }
        if (names.length != s.dimension()) {
            throw new IllegalArgumentException("names: got " + names.length + ", expected " + s.dimension()
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
