"""Measures what needs a fresh process each time: W6, from its start to the first gradient of W2; W7, the memory of a
gradient of W1 with 10,000 steps."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import bench_goals
import bench_workers
import jdk
import say

Row = dict[str, Any]

SLOW = ("torchdiffeq", "jax scan")  # a minute a gradient of 10,000 steps, and the same bytes each time

STEPS = 10_000
OURS = ("costate Backsolve", "costate Checkpointed", "costate Reversible", "costate Backprop")
PEERS = (
    "diffrax Backsolve", "diffrax RecursiveCheckpoint", "torchdiffeq adjoint, end only", "torchdiffeq adjoint",
    "jax scan", "torchdiffeq backprop",
)  # fmt: skip


def cold(found: jdk.Jdk, peers: bool, repeats: int, folder: Path, progress: say.Progress) -> list[Row]:
    """W6: imports, building, compiling, and the first gradient."""
    data = bench_workers.write_data("W2", folder, peers)
    commands = {"ours": bench_workers.java(found, "Worker", "W2", data)}
    if peers:
        commands |= {lib: bench_workers.peer("--worker", lib, "W2", data) for lib in ("torch", "jax")}
    names = []
    for lib, command in commands.items():
        with bench_workers.Remote(lib, command) as remote:
            offered = [dict(lib=lib, name=name) for name in remote.ask(do="names")["names"] if name != "reference"]
            names += [(lib, each["name"]) for each in offered if bench_goals.is_gradient(each)]
    seconds: dict[tuple[str, str], list[float]] = {each: [] for each in names}
    errors: dict[tuple[str, str], str] = {}
    for i in range(repeats):
        for lib, name in names:
            progress.detail = f"{i + 1} of {repeats}, {name}"
            begin = time.perf_counter()
            with bench_workers.Remote(lib, commands[lib]) as remote:
                answer = remote.ask(do="prepare", name=name)
                seconds[lib, name].append(time.perf_counter() - begin)
            if "error" in answer:
                errors[lib, name] = answer["error"]
    return [row("W6", lib, name, seconds[lib, name], errors.get((lib, name))) for lib, name in names]


def memory(found: jdk.Jdk, peers: bool, repeats: int, folder: Path, progress: say.Progress) -> list[Row]:
    """W7. The peers: by how much the resident memory grows during a gradient, and what XLA says that it takes. Ours: the
    same, and exactly, the workspace and the live heap (see org.costate.bench.Memory)."""
    data = bench_workers.write_data("W1", folder, peers)
    commands = {("ours", n): bench_workers.java(found, "Memory", data, n, STEPS) for n in OURS}
    if peers:
        library = lambda n: "torch" if n.startswith("torch") else "jax"  # noqa: E731
        commands |= {(library(n), n): bench_workers.peer("--memory-worker", n, STEPS, data) for n in PEERS}
    rows = []
    for (lib, name), command in commands.items():
        runs = []
        times = 1 if name.startswith(SLOW) else repeats
        for i in range(times):
            progress.detail = f"{i + 1} of {times}, {name}"
            runs += bench_workers.answers_of(lib, command)
        rows.append(row("W7", lib, name, [r.pop("seconds") for r in runs]))
        rows[-1].update(steps=STEPS)
        for key in runs[0]:
            values = [r[key] for r in runs]
            rows[-1].update({key: statistics.median(values), f"{key}_range": [min(values), max(values)]})
    return rows


def row(workload: str, lib: str, name: str, seconds: list[float], error: str | None = None) -> Row:
    ms = [1e3 * s for s in seconds]
    times = dict(calls=len(ms), min_ms=min(ms), median_ms=statistics.median(ms), max_ms=max(ms))
    return dict(workload=workload, name=name, lib=lib, **(dict(error=error) if error else times))
