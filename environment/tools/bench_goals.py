"""What the measured rows are held against. Ratios are of medians of one run: how many times as fast ours is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterable

Row = dict[str, Any]

# Against the fastest of all peers: (must, aim).
FASTEST = {
    "W1": (4, 8), "W2": (3, 5), "W3": (1.5, 2), "W4": (1.0, 1.1), "W5 traced": (1.3, 3), "W5 lambdas": (2, 4), "W6": (5, 10),
}  # fmt: skip
# Against the fastest peer in the same mode: never slower.
SAME_MODE = {"Backsolve": ("adjoint", "Backsolve"), "Checkpointed": ("RecursiveCheckpoint",)}
SAME_MODE_ON = ("W1", "W2", "W3", "W5 lambdas")
MEBIBYTES = (0.14, 0.06)
CONSTANT_MEMORY = ("costate Backsolve", "costate Reversible")
REVERSE_OVER_FORWARD = 2.5
SHARE_OF_PRODUCTS = 0.9
# What ours measures for comparison; no gradients.
OTHER = ("Solve", "Products")


@dataclass(frozen=True)
class Goal:
    workload: str
    what: str
    value: float
    must: float | None
    aim: float | None = None
    at_most: bool = False

    def reaches(self, bound: float | None) -> bool:
        return bound is not None and (self.value <= bound if self.at_most else self.value >= bound)

    @property
    def verdict(self) -> str:
        if self.reaches(self.aim):
            return "aim reached"
        return "aim missed" if self.must is None else "must reached" if self.reaches(self.must) else "SHORT"


def is_gradient(row: Row) -> bool:
    return row["lib"] != "ours" or row["name"].split()[1] not in OTHER


def fastest(rows: Iterable[Row]) -> Row | None:
    return min((r for r in rows if r.get("agrees", True) and "median_ms" in r), key=lambda r: r["median_ms"], default=None)


def select(rows: list[Row], workload: str, ours: bool, fits: Callable[[str], bool] = lambda name: True) -> list[Row]:
    """Gradients. `W5 traced` selects by the workload and a word of our name."""
    number, *kind = workload.split()
    return [
        r for r in rows
        if r["workload"] == number and (r["lib"] == "ours") == ours and fits(r["name"])
        and is_gradient(r) and not (ours and kind and kind[0] not in r["name"].split())
    ]  # fmt: skip


def against_fastest(rows: list[Row], workload: str) -> tuple[Row, Row] | None:
    ours, peer = fastest(select(rows, workload, True)), fastest(select(rows, workload, False))
    return (ours, peer) if ours and peer else None


def same_mode(rows: list[Row], workload: str, mode: str) -> tuple[Row, Row] | None:
    ours = fastest(select(rows, workload, True, lambda n: n.split()[1] == mode))
    # "all kept" keeps every state: no checkpointing.
    peer = fastest(select(rows, workload, False, lambda n: any(w in n for w in SAME_MODE[mode]) and "all kept" not in n))
    return (ours, peer) if ours and peer else None


def ratio(pair: tuple[Row, Row]) -> float:
    return pair[1]["median_ms"] / pair[0]["median_ms"]


def medians(rows: list[Row], workload: str, *words: str) -> list[float] | None:
    """Of ours by these names, if all are there."""
    times = {r["name"]: r["median_ms"] for r in rows if r["workload"] == workload and "median_ms" in r}
    found = [times.get(f"costate {word}") for word in words]
    return None if None in found else found


def goals(rows: list[Row]) -> list[Goal]:
    """Those that these rows can tell of."""
    found = []
    for workload, (must, aim) in FASTEST.items():
        if pair := against_fastest(rows, workload):
            found.append(Goal(workload, f"{pair[0]['name']} against {pair[1]['name']}", ratio(pair), must, aim))
    ours, jax = fastest(select(rows, "W6", True)), fastest(r for r in rows if r["workload"] == "W6" and r["lib"] == "jax")
    if ours and jax:  # which compiles; torchdiffeq, which does not, is the faster one to start and the slower one to run
        found.append(Goal("W6", f"{ours['name']} against {jax['name']}", ratio((ours, jax)), *FASTEST["W6"]))
    for workload in SAME_MODE_ON:
        for mode in SAME_MODE:
            if pair := same_mode(rows, workload, mode):
                found.append(Goal(workload, f"same mode: {pair[0]['name']} against {pair[1]['name']}", ratio(pair), 1))
    for workload in ("W1", "W2", "W3", "W4"):
        if both := medians(rows, workload, "Backprop", "Solve"):
            reverse = both[0] - both[1]
            what = "Backprop: reverse time over forward time"
            found.append(Goal(workload, what, reverse / both[1], REVERSE_OVER_FORWARD, at_most=True))
    if both := medians(rows, "W4", "Products", "Backprop"):
        found.append(Goal("W4", "Backprop: share of the products alone", both[0] / both[1], None, SHARE_OF_PRODUCTS))
    for row in rows:
        if row["workload"] == "W7" and row["name"] in CONSTANT_MEMORY:
            found.append(Goal("W7", f"{row['name']}, live MiB", row["live_mib"], *MEBIBYTES, at_most=True))
    return found
