"""The report of environment/bench --gpu, from the numbers alone: report.md with figures, and run.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bench_gpu_plan as plan
import bench_workers
import paths
from bench_report import number, spread

Row = dict[str, Any]
PROCESSOR = "OpenCL on a processor, not a GPU"
UNITS = {"time": ("median_ms", "ms, median of calls"), "bytes": ("peak_bytes", "bytes on the device")}
PREDICTION = paths.CHECKOUT / "lib" / "gpu" / "prediction.tsv"
CARDS = {"T4": "sm_75", "A100": "sm_80", "H100": "sm_90"}
AXES = {"steps": "steps", "batch": "samples"}


def label(device: dict[str, Any]) -> str:
    return f" ({PROCESSOR})" if device["is_processor"] else ""


def wrong(run: dict[str, Any]) -> list[str]:
    """What of it may not be believed: contract tests and gradients that failed."""
    contract = run["contract"]
    found = list(contract.get("wrong", []))
    if "checks" not in contract:
        found.append(f"the contract tests did not end: {contract.get('message') or contract.get('error')}")
    found += [f"{r['workload']}, {r['name']}: its gradient is off by {r['grad_difference']:.1e}"
              for r in run["rows"] if not r.get("agrees", True)]  # fmt: skip
    return found


def verdict(run: dict[str, Any]) -> str:
    measured = sum(r["outcome"] == "ok" for r in run["rows"])
    bad = wrong(run)
    marked = f"{len(bad)} check{'s' * (len(bad) > 1)} FAILED" if bad else "all checks passed"
    return f"{run['device']['name']}{label(run['device'])}, {measured} of {len(run['rows'])} points in {run['seconds']} s, {marked}."


def write(found: Any, run: dict[str, Any], folder: Path) -> None:
    run["figures"] = figures(run)
    rows = ",\n".join("  " + json.dumps(row) for row in curve_rows(run["rows"]))
    rest = {key: value for key, value in run.items() if key != "rows"}
    file = folder / "run.json"
    file.write_text(json.dumps(rest, indent=1)[:-2] + f',\n "rows": [\n{rows}\n ]\n}}\n', encoding="utf-8")
    (folder / "report.md").write_text(text(run), encoding="utf-8")
    if run["figures"]:
        for _ in bench_workers.answers_of("figures", bench_workers.java(found, "CurveFigures", file, folder, pictures=True)):
            pass


def predicted(device: dict[str, Any]) -> dict[tuple[str, str], float]:
    """Of a card in lib/gpu/prediction.tsv, the least milliseconds of each workload and mode."""
    architecture = next((a for card, a in CARDS.items() if card in device["name"].replace("-", " ").split()), None)
    least: dict[tuple[str, str], float] = {}
    _, head, *lines = PREDICTION.read_text(encoding="utf-8").splitlines()
    for line in lines:
        row = dict(zip(head.split("\t"), line.split("\t")))
        if row["architecture"] == architecture:
            key = row["workload"], f"costate {row['mode']}"
            bounds = (float(value) for name, value in row.items() if name.endswith(" ms"))
            least[key] = least.get(key, 0) + max(bounds)
    return least


def curve_rows(rows: list[Row]) -> list[Row]:
    """With the name that a figure selects by; what has no number has no place there."""
    return [dict(r, curve=f"{r['workload']} {r['curve']}") for r in rows]


def figures(run: dict[str, Any]) -> list[dict[str, str]]:
    """What CurveFigures draws: of each workload time and bytes against steps and batch, where two points are."""
    told = []
    for workload in plan.WORKLOADS:
        w = plan.WORKLOADS[workload]
        for curve in ("steps", "batch"):
            rows = [r for r in run["rows"] if r["workload"] == workload and r["curve"] == curve]
            net = f"{w['D']}-{w['H']}-{w['D']}, {w['dtype']}"
            held = f"{w['B']} samples" if curve == "steps" else f"{w['steps']} steps" if "steps" in w else "adaptive steps"
            for what, (key, unit) in UNITS.items():
                if len({r["x"] for r in rows if key in r}) > 1:
                    told.append(dict(
                        file=f"{workload}-{curve}-{what}", curve=f"{workload} {curve}", key=key, x=AXES[curve], y=unit,
                        title=f"{'Time' if what == 'time' else 'Memory'} of a gradient of {workload} against {curve}",
                        note=f"{net}, {held}; {run['device']['name']}{label(run['device'])}",
                    ))  # fmt: skip
    return told


def text(run: dict[str, Any]) -> str:
    device, facts = run["device"], run["machine"]
    parts = [f"# Costate on {device['name']}{label(device)}"]
    if device["is_processor"]:
        parts.append(f"**{PROCESSOR}.** Nothing here says anything about a GPU.")
    bad = wrong(run)
    if bad:
        told = "\n".join(f"- {one.splitlines()[0][:400]}" for one in bad[:20])
        parts.append(f"**Checks failed on this device, so do not trust the numbers below.**\n\n{told}")
    versions = ", ".join(f"{k} {facts[k]}" for k in ("java", "torch", "torchdiffeq", "jax") if k in facts)
    parts.append("\n".join([
        "| | |", "|---|---|",
        f"| device | {device['name']}, {device['api']} {device['version']}, {device['memory_bytes'] >> 20} MiB, "
        f"{device['units']} units, {'float64' if device['float64'] else 'no float64'} |",
        f"| driver | {facts.get('nvidia_driver') or device['driver']} |",
        f"| all devices | {'; '.join(run['devices'])} |",
        *[f"| not found | {one} |" for one in run["missing"]],
        f"| machine | {facts['system']}, {facts['cpu']}, {facts['cores']} cores |",
        f"| versions | {versions}, Costate at commit {facts['commit']} |",
        f"| command | `{run['command']}` |",
        f"| date | {facts['date']}, {run['seconds']} s of {number(60 * run['minutes'])} s |",
    ]))  # fmt: skip
    parts += [contract_text(run["contract"]), own_size_text(run), *curves_text(run), left_out_text(run["rows"])]
    return "\n\n".join(parts) + "\n"


def contract_text(contract: dict[str, Any]) -> str:
    head = "## Contract tests\n\n"
    if "checks" not in contract:
        return f"{head}They did not end: {contract.get('message') or contract.get('error')}"
    worst = ", ".join(f"{miss:.1e} in {precision.lower()}" for precision, miss in contract["worst"].items())
    return (f"{head}{contract['checks']} of {contract['of']} checks ran in {contract['seconds']:.0f} s, {len(contract['wrong'])} failed."
            + (f" Largest difference from the processor on given steps, relative to an array's largest entry: {worst}." if worst else "")
    )  # fmt: skip


def own_size_text(run: dict[str, Any]) -> str:
    parts = ["## The workloads at their own size\n\nMilliseconds of a whole gradient, median (minimum–maximum), all in turn in one run; "
             "how many times as fast, by medians, as our Backprop on the processor and as the fastest peer on the device; "
             "bytes on the device by the allocator and by its driver; the least milliseconds that lib/gpu/README.md predicts for this card."]  # fmt: skip
    for lib, reason in run["peers_skipped"].items():
        parts.append(f"{dict(torch='torchdiffeq', jax='A jitted JAX scan')[lib]} was skipped: {reason}.")
    least = predicted(run["device"])
    for workload, w in plan.WORKLOADS.items():
        rows = [r for r in run["rows"] if r["workload"] == workload and r["curve"] == "own size"]
        if not rows:
            continue
        medians = {r["name"]: r["median_ms"] for r in rows if "median_ms" in r}
        here = medians.get("costate Backprop, processor")
        peer = min((r["median_ms"] for r in rows if r["lib"] in ("torch", "jax") and "median_ms" in r), default=None)
        lines = [f"**{workload}**, {w['title']}", "",
                 "| | ms | calls | × processor | × peer | bytes | by the driver | gradient off | predicted |", "|---|---|" + "---:|" * 7]  # fmt: skip
        for r in sorted(rows, key=lambda r: r.get("median_ms", float("inf"))):
            if "median_ms" not in r:
                lines.append(f"| {r['name']} | {r['outcome']}: {cell(r.get('message', ''))} | | | | | | | |")
                continue
            off = f"{r['grad_difference']:.1e}{'' if r['agrees'] else ' WRONG'}" if "grad_difference" in r else ""
            ratios = [number(x / r["median_ms"]) if x else "" for x in (here, peer)]
            held = [f"{r[k]:,.0f}" if r.get(k) is not None else "" for k in ("peak_bytes", "driver_bytes")]
            bound = number(least.get((workload, r["name"]))) if (workload, r["name"]) in least else ""
            lines.append(f"| {' | '.join([r['name'], spread(r), str(r['calls']), *ratios, *held, off, bound])} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def curves_text(run: dict[str, Any]) -> list[str]:
    drawn = [f"![{f['title']}]({f['file']}.png)" for f in run["figures"]]
    return ["## Against steps and batch\n\n" + "\n".join(drawn)] if drawn else []


def left_out_text(rows: list[Row]) -> str:
    """What has no number, and why, from which size on."""
    first: dict[tuple, Row] = {}
    for r in rows:
        if r["outcome"] != "ok" and r["curve"] != "own size":
            first.setdefault((r["workload"], r["name"], r["curve"]), r)
    together: dict[tuple, list[str]] = {}
    for (workload, name, curve), r in first.items():
        size = f"{r['x']:,} {AXES[curve].removesuffix('s' * (r['x'] == 1))}"
        together.setdefault((workload, size, r["outcome"], cell(r.get("message", ""))), []).append(name.removeprefix("costate "))
    if not together:
        return "## What has no number\n\nNothing: every point was measured."
    lines = [f"| {w} | {', '.join(names)} | {size} | {outcome} | {why} |" for (w, size, outcome, why), names in together.items()]
    return "## What has no number\n\n| workload | | from | outcome | |\n|---|---|---|---|---|\n" + "\n".join(lines)


def cell(message: str) -> str:
    return " ".join(message.split())[:200].replace("|", "/")
