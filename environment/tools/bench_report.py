"""The tables: of a run for the terminal, of the recorded run for the READMEs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import bench_goals
import bench_workers
import paths
from bench_goals import Row

RECORDED = bench_workers.HERE / "recorded.json"
TITLES = {
    **{name: w["title"] for name, w in bench_workers.workloads().WORKLOADS.items()},
    "W6": "from process start to the first gradient of W2",
    "W7": "memory of a gradient of W1 with 10,000 steps",
}


def number(x: float | None, digits: int = 3) -> str:
    """With so many significant digits, and no exponent."""
    if x is None:
        return "–"
    text = f"{x:.{digits}g}"
    return f"{x:.0f}" if "e" in text else text


def table(rows: list[Row], workload: str) -> str:
    """All implementations of a workload, ours and the peers', the fastest first."""
    mine = [r for r in rows if r["workload"] == workload]
    peer = bench_goals.fastest(bench_goals.select(rows, workload, False))
    lines = [f"--- {workload} {TITLES[workload]}", f"{'':42}{'min':>9} {'median':>9} {'max':>9} {'x fastest':>10}"]
    lines[1] += f"{'live MiB':>10}{'growth':>8}" if workload == "W7" else f"{'gradient off':>14}"
    for r in sorted(mine, key=lambda r: r.get("median_ms", float("inf"))):
        if "error" in r:
            lines.append(f"{r['name']:42}{r['error']}")
            continue
        times = "".join(f"{number(r[k]):>9} " for k in ("min_ms", "median_ms", "max_ms"))
        faster = f"{peer['median_ms'] / r['median_ms']:.2f}" if peer and bench_goals.is_gradient(r) and workload != "W7" else ""
        line = f"{r['name']:42}{times}{faster:>10}"
        if workload == "W7":
            line += f"{number(r.get('live_mib', r.get('xla_temp_mib'))):>10}{number(r.get('growth_mib')):>8}"
        elif "grad_difference" in r:
            line += f"{r['grad_difference']:14.1e}" + ("" if r["agrees"] else "  DISAGREES")
            line += f"  ({r['disturbed']} rounds disturbed)" if r.get("disturbed") else ""
        lines.append(line)
    if workload == "W7":
        lines.append("(live: ours exactly, of the peers XLA's buffers; growth: of the resident memory)")
    return "\n".join(lines)


def goals_table(rows: list[Row]) -> str:
    lines = [f"{'':4}{'':84}{'is':>8} {'must':>6} {'aim':>6}"]
    for g in bench_goals.goals(rows):
        must, aim = ("" if b is None else ("≤" if g.at_most else "≥") + number(b) for b in (g.must, g.aim))
        lines.append(f"{g.workload.split()[0]:4}{g.what:84}{number(g.value):>8} {must:>6} {aim:>6}  {g.verdict}")
    return "\n".join(lines)


def spread(r: Row, unit: str = "ms") -> str:
    scale = 1e-3 if unit == "s" else 1
    low, middle, high = (number(scale * r[k]) for k in ("min_ms", "median_ms", "max_ms"))
    return f"{middle} ({low}–{high})"


def where(machine: dict[str, Any]) -> str:
    libraries = ", ".join(f"{name} {machine[name]}" for name in ("torch", "torchdiffeq", "jax", "diffrax") if name in machine)
    note = f"; {machine['note']}" if "note" in machine else ""
    return f"{machine['date'][:10]}, {machine['cpu']}, {machine['cores']} cores, Java {machine['java']}, {libraries}{note}"


def readme_table(run: dict[str, Any]) -> str:
    """For the README: each workload in a line, and where a peer is faster."""
    rows = run["rows"]
    lines = ["| workload | fastest peer | ms | Costate | ms | times as fast |", "|---|---|---|---|---|---|"]
    for workload in bench_goals.FASTEST:
        pair = bench_goals.against_fastest(rows, workload)
        if pair is None:
            continue
        ours, peer = pair
        kind = f", {workload.split()[1]}" if " " in workload else ""
        lines.append(
            f"| {TITLES[workload.split()[0]]}{kind} | {peer['name']} | {spread(peer)} "
            f"| {ours['name'].removeprefix('costate ')} | {spread(ours)} | **{number(bench_goals.ratio(pair), 2)}** |"
        )
    lines += ["", f"Median (minimum–maximum) of one run, all of them in turn: {where(run['machine'])}."]
    return "\n".join([*lines, slower(rows)])


def slower(rows: list[Row]) -> str:
    """Where a peer is faster, in words."""
    found = []
    for workload in bench_goals.FASTEST:
        pair = bench_goals.against_fastest(rows, workload)
        if pair and bench_goals.ratio(pair) < 1:
            found.append(f"{workload}: {pair[1]['name']}, {number(1 / bench_goals.ratio(pair), 2)} times")
    for workload in ("W1", "W2", "W3", "W4", "W5 traced", "W5 lambdas"):
        for mode in bench_goals.SAME_MODE:
            pair = bench_goals.same_mode(rows, workload, mode)
            if pair and bench_goals.ratio(pair) < 1:
                times = number(1 / bench_goals.ratio(pair), 2)
                found.append(f"{workload}: {pair[1]['name']} than {pair[0]['name']}, {times} times")
    if not found:
        return "No peer was faster on these, nor in the same mode (Backsolve, checkpoints)."
    return "Where a peer was faster, overall or in the same mode: " + "; ".join(found) + "."


def full_table(run: dict[str, Any]) -> str:
    """For lib/bench/README.md: all rows."""
    parts = [f"{where(run['machine'])}; load {run['machine']['load_before'][0]:.1f} before."]
    present = dict.fromkeys(r["workload"] for r in run["rows"])
    tables = [table(run["rows"], workload) for workload in present]
    return "\n\n".join([*parts, "```text\n" + "\n\n".join([*tables, goals_table(run["rows"])]) + "\n```"])


def fill(file: Path, text: str) -> str:
    """The file with this text between its marks."""
    old = file.read_text(encoding="utf-8")
    begin, end = "<!-- bench: made by environment/bench --readme -->", "<!-- bench: end -->"
    pattern = re.escape(begin) + r"\n.*?" + re.escape(end)
    if not re.search(pattern, old, re.S):
        raise ValueError(f"{file} has no line {begin}")
    return re.sub(pattern, lambda _: f"{begin}\n{text}\n{end}", old, flags=re.S)


def documents(run: dict[str, Any]) -> dict[Path, str]:
    """The READMEs with the tables of this run in them."""
    return {
        paths.CHECKOUT / "README.md": fill(paths.CHECKOUT / "README.md", readme_table(run)),
        bench_workers.HERE / "README.md": fill(bench_workers.HERE / "README.md", full_table(run)),
    }
