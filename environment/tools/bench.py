"""Measures gradients: ours, and the peers' in the same run. See lib/bench/README.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import bench_goals
import bench_gpu
import bench_gpu_plan
import bench_once
import bench_report
import bench_timings
import bench_workers
import jdk
import paths
import provision
import say
import start
import temurin

TIMED = tuple(bench_workers.workloads().WORKLOADS)
ALL = (*TIMED, "W6", "W7")


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="environment/bench",
        description="Measures whole gradients on the workloads W1 to W7, the library's and, with --peers, those of torchdiffeq, "
        "diffrax and a jitted jax.lax.scan in turn with them. lib/bench/README.md says what the workloads are. With --gpu it "
        "measures a GPU instead, in one run of less than ten minutes, and leaves a folder to send back.",
    )
    parser.add_argument("--peers", action="store_true", help="with the peers, which it installs into .costate/peers (7 GB)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers here, too")
    parser.add_argument("--only", metavar="W1,W3", help="these workloads; default: all")
    parser.add_argument("--rounds", type=int, default=12, help="how often each implementation has its turn; default %(default)s")
    parser.add_argument("--chunk", type=float, default=0.25, metavar="S", help="seconds of a turn; default %(default)s")
    parser.add_argument("--warm", type=float, default=4.0, metavar="S", help="seconds of warming up; default %(default)s")
    parser.add_argument("--patience", type=float, default=90, metavar="S", help="of waiting for a quiet machine; default %(default)s")
    parser.add_argument("--repeats", type=int, default=5, help="processes for each number of W6 and W7; default %(default)s")
    parser.add_argument("--curves", metavar="FOLDER", type=Path, help="measure the cost curves, and draw them here")
    parser.add_argument("--gpu", action="store_true", help="a GPU instead, in less than ten minutes: see lib/gpu/README.md")
    parser.add_argument("--device", default="", metavar="NAME", help="with --gpu: its number, or a part of its name; default: the first")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="with --gpu: where the report goes; default: costate-gpu-…, here")
    parser.add_argument("--minutes", type=float, default=9, metavar="M", help="with --gpu: the time in all; default %(default)s")
    parser.add_argument("--python", type=Path, metavar="FILE", help="with --gpu: the Python that has the peers; default: this one")
    parser.add_argument("--readme", action="store_true", help="measure nothing: write lib/bench/recorded.json into the READMEs")
    parser.add_argument("--no-download", action="store_true", help="fetch nothing; say what is missing instead")
    asked = parser.parse_args(argv)
    every = tuple(bench_gpu_plan.WORKLOADS) if asked.gpu else ALL
    names = {name.lower(): name for name in every}
    wanted = asked.only.split(",") if asked.only else every
    if unknown := [name for name in wanted if name.lower() not in names]:
        parser.error(f"--only: got {', '.join(unknown)}, expected some of {','.join(every)}")
    asked.only = [names[name.lower()] for name in wanted]
    if not 0 < asked.minutes <= 9:
        parser.error(f"--minutes: got {asked.minutes:g}, expected more than 0 and at most 9")
    alone = [o for o in ("device", "out", "python") if getattr(asked, o)]
    if alone and not asked.gpu:
        parser.error(f"--{alone[0]}: got it without --gpu, expected it with --gpu")
    if asked.gpu and (asked.curves or asked.readme):
        parser.error("--gpu: got it with --curves or --readme, expected it alone")
    return asked


def machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    try:
        cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("model name\t: ")[1].split("\n")[0]
    except (OSError, IndexError):
        pass
    git = ["git", "-C", str(paths.CHECKOUT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    return dict(cpu=cpu, cores=os.cpu_count(), commit=commit, load_before=os.getloadavg(), date=time.strftime("%F %T"))


def measure(found: jdk.Jdk, asked: argparse.Namespace) -> dict[str, Any]:
    rows: list[dict] = []
    facts, begin = machine(), time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for workload in asked.only:
            with say.Progress(f"{workload} {bench_report.TITLES[workload]}") as progress:
                if workload in TIMED:
                    new, info = bench_timings.measure(workload, found, asked.peers, asked, folder, progress)
                    facts.update(info)
                else:
                    once = bench_once.cold if workload == "W6" else bench_once.memory
                    new = once(found, asked.peers, asked.repeats, folder, progress)
            rows += new
            say.line(bench_report.table(rows, workload))
            say.line()
    facts.update(load_after=os.getloadavg(), seconds=round(time.monotonic() - begin))
    return dict(machine=facts, rows=rows, goals=[vars(g) | dict(verdict=g.verdict) for g in bench_goals.goals(rows)])


def curves(found: jdk.Jdk, folder: Path, *only: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    facts, rows = machine(), []
    with say.Progress("cost curves") as progress:
        for row in bench_workers.answers_of("ours", bench_workers.java(found, "Curves", *only)):
            rows.append(row)
            progress.detail = f"{row['name'].split()[1]} at {row['x']} {row['curve']}"
    file = folder / "curves.json"
    write(file, dict(machine=facts | dict(java=found.text), rows=rows))
    for _ in bench_workers.answers_of("ours", bench_workers.java(found, "CurveFigures", file, folder, pictures=True)):
        pass
    say.line(f"{len(rows)} points: {file}, and a picture of each curve beside it.")


def write(file: Path, run: dict[str, Any]) -> None:
    """A row a line, so that two runs can be compared."""
    rows = ",\n".join("  " + json.dumps(row) for row in run["rows"])
    rest = {key: value for key, value in run.items() if key != "rows"}
    file.write_text(json.dumps(rest, indent=1)[:-2] + f',\n "rows": [\n{rows}\n ]\n}}\n', encoding="utf-8")


def set_up(download: bool, peers: bool) -> jdk.Jdk:
    with provision.only_one():
        try:
            found = temurin.find_or_install(download)
            provision.library(found, download)
            bench_workers.compile_ours(found)
            if peers:
                bench_workers.install_peers(download)
        except OSError as failure:
            raise provision.writing_failed(failure) from failure
    return found


def main() -> int:
    asked = arguments()
    if asked.readme:
        for file, text in bench_report.documents(json.loads(bench_report.RECORDED.read_text(encoding="utf-8"))).items():
            file.write_text(text, encoding="utf-8")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through `finally`, so that no process is left behind
    found = set_up(not asked.no_download, asked.peers)
    if asked.gpu:
        command = " ".join(["environment/bench", *sys.argv[1:]])
        return bench_gpu.measure(found, asked, machine() | dict(command=command))
    if asked.curves:
        curves(found, asked.curves)
        return 0
    run = measure(found, asked)
    say.line(bench_report.goals_table(run["rows"]))
    wrong = [f"{r['workload']} {r['name']}" for r in run["rows"] if "error" in r or not r.get("agrees", True)]
    if asked.json:
        write(asked.json, run)
    if wrong:
        raise say.Failure(f"Wrong, or failed: {', '.join(wrong)}.", "see the lines above")
    return 0


if __name__ == "__main__":
    sys.exit(start.guarded(main, "Stopped."))
