package org.costate.gpu;

import java.util.ArrayList;
import java.util.List;

/// Some steps that are launched together: of a [Segment], the same for all samples, or of an [AdaptiveRun.Grid].
///
/// @param segment null where samples have steps of their own
/// @param grid null where they have not
/// @param from the first node
/// @param to the last node; samples of a grid may have fewer
/// @param isLast does the segment, or the grid, end with it?
record Block(Segment segment, AdaptiveRun.Grid grid, int from, int to, boolean isLast) {
    /// Cuts segments into blocks.
    ///
    /// @param most steps in a block
    /// @param every node numbers that are multiples of it end a block, too
    static List<Block> of(List<Segment> segments, int most, int every) {
        List<Block> all = new ArrayList<>();
        for (Segment s : segments) {
            for (int k = s.from(); k < s.to(); k = all.getLast().to) {
                int end = end(k, s.to(), most, every);
                all.add(new Block(s, null, k, end, end == s.to()));
            }
        }
        return all;
    }

    /// The same of steps of the samples' own.
    static List<Block> ofGrids(List<AdaptiveRun.Grid> grids, int most, int every) {
        List<Block> all = new ArrayList<>();
        for (AdaptiveRun.Grid g : grids) {
            int count = g.most();
            for (int k = 0; k < count; k = all.getLast().to) {
                int end = end(k, count, most, every);
                all.add(new Block(null, g, k, end, end == count));
            }
        }
        return all;
    }

    private static int end(int from, int last, int most, int every) {
        long next = Math.min((long) from + most, last);
        return (int) Math.min(next, ((long) from / every + 1) * every);
    }

    int steps() {
        return to - from;
    }

    /// The segment or the grid.
    Object source() {
        return segment != null ? segment : grid;
    }

    /// Is the slope evaluated afresh where it begins?
    boolean begins() {
        return segment != null ? segment.begins() && from == segment.from() : grid.begins() && from == 0;
    }

    /// The observation at its end, or −1.
    int observation() {
        return !isLast ? -1 : segment != null ? segment.observation() : grid.observation();
    }

    /// Where it ends, of grids about.
    double end() {
        return segment != null ? segment.nodes().time(to) : grid.to();
    }

    double start() {
        return segment != null ? segment.nodes().time(from) : grid.from();
    }

    /// The size of its last step, of grids about.
    double lastStep() {
        return segment != null
                ? end() - segment.nodes().time(to - 1)
                : (grid.to() - grid.from()) / Math.max(1, grid.most());
    }

    double low() {
        return segment != null ? segment.low() : grid.low();
    }

    double high() {
        return segment != null ? segment.high() : grid.high();
    }
}
