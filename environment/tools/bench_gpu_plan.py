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


@dataclass
class Point:
    """A gradient of one size by one implementation."""

    workload: str
    name: str
    lib: str
    batch: int
    steps: int | None
    curve: str  # "own size", "steps" or "batch"

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


@dataclass
class Budget:
    """The time of a part of the run, and what its points may take of it."""

    seconds: float
    begin: float = field(default_factory=time.monotonic)
    known: dict[tuple, list[tuple[int, float]]] = field(default_factory=dict)

    def left(self) -> float:
        return self.seconds - (time.monotonic() - self.begin)

    def expected(self, p: Point) -> float | None:
        """Seconds of a call, in proportion to the largest size known of its curve; None if none is known."""
        done = self.known.get((p.workload, p.name, p.curve))
        if not done:
            return None
        size, seconds = done[-1]
        return seconds * (p.batch * (p.steps or 1)) / size

    def reason_to_leave_out(self, p: Point) -> str | None:
        if self.left() <= 0:
            return "the time was over"
        expected = self.expected(p)
        if expected == float("inf"):
            return "a smaller one did not succeed"
        if expected is not None and 2 * expected > OF_THE_REST * self.left():  # twice: the first call is not timed
            return f"would take about {max(1, round(expected))} s a call"
        return None

    def turn(self, points_left: int) -> float:
        """Seconds for the timed calls of a point."""
        return max(0.0, min(0.5, 0.5 * self.left() / max(1, points_left)))

    def limit(self) -> float:
        """Seconds after which a point is stopped."""
        return max(LONGEST, 2 * OF_THE_REST * self.left())

    def learn(self, p: Point, answer: dict[str, Any]) -> None:
        times = answer.get("times")
        if times:
            self.known.setdefault((p.workload, p.name, p.curve), []).append((p.batch * (p.steps or 1), min(times)))
        else:  # what failed at this size fails at the next
            self.known.setdefault((p.workload, p.name, p.curve), []).append((p.batch * (p.steps or 1), float("inf")))
