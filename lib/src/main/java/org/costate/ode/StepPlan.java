package org.costate.ode;

import java.util.Arrays;

/// The sums that a step of a scheme takes, and which of its numbers need no place of their own.
final class StepPlan {
    final Combination[] arguments;
    final Combination[] next;
    final Combination[] errors;
    /// The slot after the step that an argument is, or −1.
    final int[] argumentIsSlot;
    /// The slot after the step that an evaluation is, or −1.
    final int[] evaluationIsSlot;
    /// Is a slot after the step an argument?
    final boolean[] isArgument;
    /// Is it that or an evaluation?
    final boolean[] isKnown;
    /// Does an argument need a place of its own?
    final boolean computesArguments;

    StepPlan(Scheme scheme) {
        int n = scheme.evaluations();
        int slots = scheme.slots();
        isKnown = new boolean[slots];
        isArgument = new boolean[slots];
        next = new Combination[slots];
        evaluationIsSlot = new int[n];
        Arrays.fill(evaluationIsSlot, -1);
        for (int l = 0; l < slots; l++) {
            next[l] = Combination.next(scheme, l);
            if (l >= scheme.states() && next[l].single() >= slots) {
                evaluationIsSlot[next[l].single() - slots] = l;
                isKnown[l] = true;
            }
        }
        arguments = new Combination[n];
        argumentIsSlot = new int[n];
        boolean computes = false;
        for (int i = 0; i < n; i++) {
            arguments[i] = Combination.argument(scheme, i);
            argumentIsSlot[i] = slotEqual(scheme, i);
            if (argumentIsSlot[i] >= 0) {
                isKnown[argumentIsSlot[i]] = true;
                isArgument[argumentIsSlot[i]] = true;
            } else if (arguments[i].single() < 0) {
                computes = true;
            }
        }
        computesArguments = computes;
        errors = Arrays.stream(scheme.errors())
                .map(row -> Combination.error(row, scheme.states()))
                .toArray(Combination[]::new);
    }

    private int slotEqual(Scheme scheme, int i) {
        double[] row = Arrays.copyOf(scheme.argument(i), scheme.slots() + scheme.evaluations());
        for (int l = 0; l < scheme.states(); l++) {
            if (!isKnown[l] && Arrays.equals(row, scheme.next(l)) && next[l].single() < 0) {
                return l;
            }
        }
        return -1;
    }
}
