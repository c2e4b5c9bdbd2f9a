"""Measures W1 to W5: all implementations of a workload in turn, round by round, so that drift and other load on the
machine hit all of them alike."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Callable

import bench_goals
import bench_workers
import jdk
import paths
import say

Row = dict[str, Any]

# A continuous adjoint differs from the gradient of the discrete solve by the error of the solve.
CONTINUOUS = ("Backsolve", "Interpolating", "Gauss", "adjoint")
# The same scheme as every Backsolve with fixed steps.
SAME_SCHEME = "torchdiffeq adjoint, end only"
OTHERS = 0.25  # cores: what other processes may use of the machine while it is measured


class Machine:
    """Tells what others make the machine do. Linux only; elsewhere nobody seems to be there."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.waited = 0.0

    @staticmethod
    def busy() -> float:
        """Processor seconds that the whole machine has spent busy."""
        if not sys.platform.startswith("linux"):
            return 0.0
        fields = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def used(pid: int) -> float:
        if not sys.platform.startswith("linux"):
            return 0.0
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_until_quiet(self) -> None:
        begin = time.perf_counter()
        while time.perf_counter() - begin < min(10.0, self.patience - self.waited):
            busy, t = self.busy(), time.perf_counter()
            time.sleep(0.1)
            if (self.busy() - busy) / (time.perf_counter() - t) < OTHERS:
                break
        self.waited += time.perf_counter() - begin

    def measured(self, action: Callable[[], dict], pids: list[int]) -> tuple[dict, bool]:
        """The answer, of up to five tries the first that others did not disturb; and whether they did."""
        for _ in range(5):
            self.wait_until_quiet()
            t, others = time.perf_counter(), self.busy() - sum(map(self.used, pids))
            answer = action()
            others = (self.busy() - sum(map(self.used, pids)) - others) / (time.perf_counter() - t)
            if others < OTHERS or self.waited > self.patience:
                break
        return answer, others >= OTHERS


def difference(a: dict[str, list], b: dict[str, list]) -> float:
    """The largest |a - b| of any gradient, relative to the largest entry of that gradient."""
    worst = 0.0
    for name, expected in b.items():
        x, y = list(flat(a[name])), list(flat(expected))
        if len(x) != len(y):
            raise say.Failure(f"The gradient by {name} has {len(x)} numbers, expected {len(y)}.")
        scale = max(map(abs, y))
        misses = [abs(p - q) / scale for p, q in zip(x, y)]
        worst = max(worst, *(m if m == m else float("inf") for m in misses))
    return worst


def flat(value: Any):
    if isinstance(value, list):
        for each in value:
            yield from flat(each)
    else:
        yield value


def judge(row: Row, w: dict[str, Any], gradient: dict, reference: dict, same_scheme: dict | None) -> None:
    """Exact gradients of one scheme agree to rounding; continuous adjoints, and adaptive steps, to their error."""
    row["grad_difference"] = difference(gradient, reference)
    if "steps" not in w:
        row["agrees"] = row["grad_difference"] < 1e-5
        return
    rounding = 1e-12 if w["dtype"] == "float64" else 1e-5
    continuous = any(word in row["name"] for word in CONTINUOUS)
    row["agrees"] = row["grad_difference"] < (1e-2 if continuous else rounding)
    if "Backsolve" in row["name"] and same_scheme:
        row["same_scheme_difference"] = difference(gradient, same_scheme)
        row["agrees"] = row["agrees"] and row["same_scheme_difference"] < rounding


def measure(
    workload: str, found: jdk.Jdk, peers: bool, asked: Any, folder: Path, progress: say.Progress
) -> tuple[list[Row], dict]:  # fmt: skip
    w = bench_workers.workloads().WORKLOADS[workload]
    data = bench_workers.write_data(workload, folder, peers)
    with contextlib.ExitStack() as stack:
        commands = {"ours": bench_workers.java(found, "Worker", workload, data)}
        if peers:
            commands |= {lib: bench_workers.peer("--worker", lib, workload, data) for lib in ("torch", "jax")}
        remotes = {lib: stack.enter_context(bench_workers.Remote(lib, c)) for lib, c in commands.items()}
        rows, info = prepare(workload, remotes, progress)
        compare(rows, w, remotes, peers, folder, progress)
        rows = [row for row in rows if row["name"] != "reference"]
        live = [row for row in rows if "error" not in row]
        machine = Machine(asked.patience)
        pids = [os.getpid(), *(r.process.pid for r in remotes.values())]
        rounds: dict[str, list[list[float]]] = {row["name"]: [] for row in live}
        for i in range(asked.rounds + 1):
            for row in live:
                progress.detail = f"{'warming up' if not i else f'round {i} of {asked.rounds}'}, {row['name']}"
                ask = remotes[row["lib"]].ask
                if not i:
                    ask(do="time", name=row["name"], seconds=asked.warm)
                    continue
                answer, disturbed = machine.measured(lambda: ask(do="time", name=row["name"], seconds=asked.chunk), pids)
                rounds[row["name"]].append(answer["times"])
                row["disturbed"] = row.get("disturbed", 0) + disturbed
    for row in live:
        row.update(summary(rounds[row["name"]]))
    return rows, {**info, f"waited_s_{workload}": round(machine.waited, 1)}


def prepare(workload: str, remotes: dict, progress: say.Progress) -> tuple[list[Row], dict]:
    """A row for each implementation, compiled and called once."""
    rows, info = [], {}
    for lib, remote in remotes.items():
        answer = remote.ask(do="names")
        info.update(answer["info"])
        for name in answer["names"]:
            progress.detail = f"preparing {name}"
            rows.append(dict(workload=workload, name=name, lib=lib, **remote.ask(do="prepare", name=name)))
    return rows, info


def compare(rows: list[Row], w: dict, remotes: dict, peers: bool, folder: Path, progress: say.Progress) -> None:
    """Gradients against those of torchdiffeq: its backprop for fixed steps, where that is the exact gradient of the same
    scheme; its backprop at 1e-12 for adaptive ones. Without it, against ours in its place."""
    gradients: dict[str, dict] = {}
    path = folder / "gradient.json"

    def fetch(name: str, lib: str) -> dict:
        progress.detail = f"comparing {name}"
        answer = remotes[lib].ask(do="result", name=name, path=str(path))
        if "error" not in answer:
            gradients[name] = json.loads(path.read_text(encoding="utf-8"))
        return answer

    for row in rows:
        if "error" not in row and bench_goals.is_gradient(row):
            row.update(fetch(row["name"], row["lib"]))
    if not peers:
        fetch("costate Reference", "ours")
    reference = "costate Reference" if not peers else "torchdiffeq backprop" if "steps" in w else "reference"
    for row in rows:
        if row["name"] in gradients:
            judge(row, w, gradients[row["name"]], gradients[reference], gradients.get(SAME_SCHEME))


def summary(rounds: list[list[float]]) -> Row:
    times = sorted(1e3 * t for one in rounds for t in one)
    return dict(
        calls=len(times), min_ms=times[0], median_ms=statistics.median(times), max_ms=times[-1],
        p90_ms=times[min(len(times) - 1, round(0.9 * (len(times) - 1)))],
        round_medians_ms=[1e3 * statistics.median(one) for one in rounds],
    )  # fmt: skip
