"""What environment/bench --gpu measures, and how far it goes: sizes by the time that is left, never a fixed sweep."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import bench_workers

MODES = ("Backprop", "Checkpointed", "Reversible", "Backsolve", "Interpolating")
STEPS = tuple(10**n for n in range(1, 6))
BATCH = tuple(10**n for n in range(7))
MANY = 100_000

WORKLOADS: dict[str, dict[str, Any]] = {
    **{name: w for name, w in bench_workers.workloads().WORKLOADS.items() if w["kind"] == "mlp"},
    "many": dict(bench_workers.workloads().WORKLOADS["W1"], title="spiral, 100,000 samples, 2-50-2, float64, RK4 (3/8 rule) x 100", B=MANY),
}

# Shares of the time in all: contract tests, the workloads at their own size; the rest is for the curves.
CONTRACT, OWN_SIZE = 0.14, 0.4
REPORT = 10.0  # seconds for figures
# A call may take this part of what is left for its part of the run, so that one point does not take it all.
OF_THE_REST = 0.12
# A call that nothing is known of may take this long, whatever is left: the first one of a kind compiles.
LONGEST = 20.0
# Seconds for which the processor is called in the first round, while its code is compiled.
WARM = 2.0


@dataclass
class Point:
    """A gradient of one size by one implementation."""

    workload: str
    name: str
    lib: str
    batch: int
    steps: int | None
    curve: str  # "own size", "steps" or "batch"

    @property
    def size(self) -> float:
        """To which its time is in proportion, among points of a workload."""
        return self.batch * (self.steps or 1)

    def is_larger_than(self, other: "Point") -> bool:
        """Or of the same size."""
        return self.workload == other.workload and self.batch >= other.batch and (self.steps or 0) >= (other.steps or 0)

    def row(self) -> dict[str, Any]:
        x = dict(steps=self.steps, batch=self.batch).get(self.curve)
        return dict(workload=self.workload, name=self.name, lib=self.lib, batch=self.batch, steps=self.steps,
                    curve=self.curve, **(dict(x=x) if x else {}))  # fmt: skip


def own_size(only: list[str], peers: dict[str, list[str]]) -> list[Point]:
    """Each workload as it is, by all."""
    points = []
    for workload in only:
        w = WORKLOADS[workload]
        names = [("ours", f"costate {mode}") for mode in MODES] + [("processor", "costate Backprop, processor")]
        names += [(lib, name) for lib, all_ in peers.items() for name in all_ if fits(name, w)]
        points += [Point(workload, name, lib, w["B"], w.get("steps"), "own size") for lib, name in names]
    return points


def curves(only: list[str], peers: dict[str, list[str]]) -> list[Point]:
    """The curves' points, small ones first, so that each curve is short rather than missing when the time is over."""
    points = []
    for curve, sizes in (("steps", STEPS), ("batch", BATCH)):
        for rank, size in enumerate(sizes):
            for workload in only:
                w = WORKLOADS[workload]
                if (curve == "steps" and "steps" not in w) or (curve == "batch" and workload == "many"):
                    continue
                names = [("ours", f"costate {mode}") for mode in MODES]
                names += [(lib, name) for lib, all_ in peers.items() for name in all_ if fits(name, w)]
                for lib, name in names:
                    batch, steps = (w["B"], size) if curve == "steps" else (size, w.get("steps"))
                    points.append((rank / len(sizes), Point(workload, name, lib, batch, steps, curve)))
    return [point for _, point in sorted(points, key=lambda each: each[0])]


def fits(name: str, w: dict[str, Any]) -> bool:
    return "steps" in w or "scan" not in name


class Known:
    """What was measured so far, to tell what a point will take."""

    def __init__(self) -> None:
        self.points: dict[tuple[str, str], list[tuple[str, float, float]]] = {}
        self.stopped: list[Point] = []

    def learn(self, p: Point, answer: dict[str, Any]) -> None:
        times = answer.get("times")
        seconds = min(times) if times else float("inf")  # what failed at this size fails at the next
        self.points.setdefault((p.workload, p.name), []).append((p.curve, p.size, seconds))
        if answer.get("outcome") == "stopped" and p.lib == "ours":
            self.stopped.append(p)

    def expected(self, p: Point) -> float | None:
        """Seconds of a call, in proportion to the largest size known of its curve, else to the workload's own size."""
        known = self.points.get((p.workload, p.name), [])
        for curve in (p.curve, "own size"):
            of_curve = [(size, seconds) for its, size, seconds in known if its == curve]
            if of_curve:
                size, seconds = of_curve[-1]
                return None if size > p.size and seconds == float("inf") else seconds * p.size / size
        return None


@dataclass
class Budget:
    """The time of a part of the run, and what its points may take of it."""

    seconds: float
    known: Known
    begin: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        return self.seconds - (time.monotonic() - self.begin)

    def reason_to_leave_out(self, p: Point) -> str | None:
        if self.left() <= 0:
            return "the time was over"
        expected = self.known.expected(p)
        if expected == float("inf"):
            return "a smaller one did not succeed"
        if expected is not None and 2 * expected > OF_THE_REST * self.left():  # twice: the first call is not timed
            return f"would take about {max(1, round(expected))} s a call"
        if p.lib == "ours" and any(p.is_larger_than(other) for other in self.known.stopped):
            return "another mode was stopped at this size"
        return None

    def turn(self, points_left: int) -> float:
        """Seconds for the timed calls of a point."""
        return max(0.0, min(0.5, 0.5 * self.left() / max(1, points_left)))

    def limit(self) -> float:
        """Seconds after which a point is stopped."""
        return max(LONGEST, 2 * OF_THE_REST * self.left())
