package org.costate.plot;

import java.util.List;

/// Figures that take each other's place, as in a film that is shown once and then stands at its last picture. The last
/// figure is also what is seen where nothing can move, on paper for one, so it should say the main thing.
///
/// ```java
/// show(Figures.animation(200, figures));      // a fifth of a second each
/// ```
public final class Animation {
    /// What moves for longer than five seconds needs a button to stop it (WCAG 2.2, 2.2.2).
    private static final int LONGEST = 5000;

    private final int milliseconds;
    private final List<Figure> figures;

    private Animation(int milliseconds, List<Figure> figures) {
        this.milliseconds = milliseconds;
        this.figures = figures;
    }

    /// Of these figures, in this order.
    ///
    /// @param milliseconds for which each figure is seen
    /// @param figures of one size
    /// @throws IllegalArgumentException if there are fewer than two, they differ in size, or it takes more than 5 s
    public static Animation of(int milliseconds, List<Figure> figures) {
        long sizes = figures.stream()
                .map(f -> f.getWidth() + " x " + f.getHeight())
                .distinct()
                .count();
        if (figures.size() < 2 || sizes > 1) {
            throw new IllegalArgumentException("figures: got " + figures.size() + " of " + sizes
                    + " sizes, expected at least two, all of one size");
        }
        if (milliseconds < 1 || (long) milliseconds * figures.size() > LONGEST) {
            throw new IllegalArgumentException("milliseconds: got " + milliseconds + " for each of " + figures.size()
                    + " figures, expected at most " + LONGEST / figures.size()
                    + ", so that it ends within five seconds; take fewer figures");
        }
        return new Animation(milliseconds, List.copyOf(figures));
    }

    public int milliseconds() {
        return milliseconds;
    }

    public List<Figure> figures() {
        return figures;
    }
}
