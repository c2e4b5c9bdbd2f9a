package org.costate.gpu;

import java.util.ArrayList;
import java.util.List;

/// Some steps of a segment that are launched together.
///
/// @param from the first node
/// @param to the last node
record Block(Segment segment, int from, int to) {
    /// Cuts segments into blocks.
    ///
    /// @param most steps in a block
    /// @param every node numbers that are multiples of it end a block, too
    static List<Block> of(List<Segment> segments, int most, int every) {
        List<Block> all = new ArrayList<>();
        for (Segment s : segments) {
            int k = s.from();
            while (k < s.to()) {
                long next = Math.min((long) k + most, s.to());
                long anchor = ((long) k / every + 1) * every;
                int end = (int) Math.min(next, anchor);
                all.add(new Block(s, k, end));
                k = end;
            }
        }
        return all;
    }

    int steps() {
        return to - from;
    }

    /// Is the slope evaluated afresh where it begins?
    boolean begins() {
        return segment.begins() && from == segment.from();
    }

    /// The observation at its end, or −1.
    int observation() {
        return to == segment.to() ? segment.observation() : -1;
    }

    double start() {
        return segment.nodes().time(from);
    }

    double end() {
        return segment.nodes().time(to);
    }

    double lastStep() {
        return end() - segment.nodes().time(to - 1);
    }
}
