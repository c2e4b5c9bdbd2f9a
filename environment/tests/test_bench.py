"""environment/bench: a run with tiny turns, what is judged of its rows, and that it ends when asked to."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import time

import psutil
import pytest

import bench
import bench_goals
import bench_report
import bench_timings
import bench_workers
import newcomer
import paths
import say

pytestmark = pytest.mark.xdist_group("bench")  # in one process: what is measured with is compiled once

BENCH = paths.ENVIRONMENT / "bench"


def row(workload: str, name: str, lib: str, ms: float, **more: object) -> dict:
    return dict(workload=workload, name=name, lib=lib, min_ms=ms, median_ms=ms, max_ms=ms, **more)


ROWS = [
    row("W1", "costate Solve", "ours", 0.5),
    row("W1", "costate Backprop", "ours", 1.5, grad_difference=1e-15, agrees=True),
    row("W1", "costate Backsolve", "ours", 6.0, grad_difference=1e-11, agrees=True),
    row("W1", "costate Gauss", "ours", 0.1, grad_difference=1, agrees=False),
    row("W1", "diffrax Backsolve", "jax", 4.5, grad_difference=1e-11, agrees=True),
    row("W1", "torchdiffeq backprop", "torch", 60.0, grad_difference=0, agrees=True),
    row("W4", "costate Products", "ours", 300.0),
    row("W4", "costate Backprop", "ours", 400.0, grad_difference=1e-7, agrees=True),
    row("W5", "costate Backprop lambdas", "ours", 0.05, grad_difference=1e-7, agrees=True),
    row("W5", "costate Backprop traced", "ours", 0.2, grad_difference=1e-7, agrees=True),
    row("W5", "diffrax Tsit5 Backsolve", "jax", 0.1, grad_difference=1e-7, agrees=True),
    row("W6", "costate Backprop", "ours", 500.0),
    row("W6", "torchdiffeq backprop", "torch", 2000.0),
    row("W6", "diffrax Dopri5 Backsolve", "jax", 5000.0),
    row("W7", "costate Backsolve", "ours", 300.0, live_mib=0.1),
]


def test_a_short_run_measures_and_agrees(tmp_path):
    file = tmp_path / "run.json"
    short = ["--rounds", "2", "--chunk", "0.01", "--warm", "0.01", "--patience", "0", "--no-download"]
    told = subprocess.run([BENCH, "--only", "W5", *short, "--json", file], capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    run = json.loads(file.read_text(encoding="utf-8"))
    assert {"cpu", "cores", "date", "java", "kernels", "load_before"} <= set(run["machine"])
    names = {r["name"] for r in run["rows"]}
    modes = ("Backprop", "Backsolve", "Checkpointed", "Forward")
    assert {f"costate {mode} {kind}" for mode in modes for kind in ("traced", "lambdas")} <= names
    for r in run["rows"]:
        assert r["workload"] == "W5" and r["lib"] == "ours" and len(r["round_medians_ms"]) == 2
        assert 0 < r["min_ms"] <= r["median_ms"] <= r["max_ms"]
        if "Solve" not in r["name"]:
            # Every solve stops within its tolerance of the reference, and none is the reference itself.
            assert r["agrees"] and 0 < r["grad_difference"] < 1e-5 and r["nfe_total"] >= r["nfe_forward"] > 500
        assert r["name"] in told.stdout


def test_the_worker_answers_errors_and_goes_on(java, tmp_path):
    found = bench.set_up(download=False, peers=False)
    data = bench_workers.write_data("W1", tmp_path, peers=False)
    with bench_workers.Remote("ours", bench_workers.java(found, "Worker", "W1", data)) as worker:
        assert "Nonsense" in worker.ask(do="prepare", name="costate Nonsense")["error"]
        assert "expected names" in worker.ask(do="dance")["error"]
        rows, info = bench_timings.prepare("W1", {"ours": worker}, say.Progress(""))
        assert "products" in info["kernels"] and "costate Checkpointed 13 states" in {r["name"] for r in rows}
        bench_timings.compare(rows, bench_workers.workloads().WORKLOADS["W1"], {"ours": worker}, False, tmp_path, say.Progress(""))
        judged = {r["name"]: r for r in rows if "agrees" in r}
        assert len(judged) == 7 and all(r["agrees"] for r in judged.values()), judged
        assert judged["costate Backsolve"]["grad_difference"] > 0
        assert len(worker.ask(do="time", name="costate Backprop", seconds=0)["times"]) == 1
    assert worker.process.returncode == 0


def test_curves_are_measured_and_drawn(tmp_path):
    bench.curves(bench.set_up(download=False, peers=False), tmp_path, "below=20", "steps")
    run = json.loads((tmp_path / "curves.json").read_text(encoding="utf-8"))
    assert len(run["rows"]) == 7 and all(r["x"] == 10 and r["peak_bytes"] > 1000 and r["min_ms"] > 0 for r in run["rows"])
    assert {p.name for p in tmp_path.glob("*.png")} == {"steps-time.png", "steps-bytes.png"}


def is_worker(process: psutil.Process) -> bool:
    try:
        return "org.costate.bench.Worker" in process.cmdline()
    except psutil.Error:  # ended meanwhile
        return False


def test_ctrl_c_ends_it_with_all_that_it_started(tmp_path):
    command = newcomer.Command([BENCH, "--only", "W1", "--patience", "0", "--no-download"], tmp_path, dict(os.environ))
    try:
        end = time.monotonic() + 60
        started: list[psutil.Process] = []
        while not any(is_worker(p) for p in started):
            assert time.monotonic() < end and command.process.poll() is None, command.output
            time.sleep(0.1)
            started = psutil.Process(command.process.pid).children(recursive=True)
        assert command.interrupt() == 130
        assert command.output.strip().endswith("Stopped.") and "Traceback" not in command.output
        assert not psutil.wait_procs(started, timeout=10)[1]
    finally:
        command.kill()


def test_a_wrong_gradient_disagrees():
    w = bench_workers.workloads().WORKLOADS["W1"]
    right = {"x0": [[1.0, 2.0]], "b1": [0.5]}
    for factor, name, agrees in (
        (1 + 1e-14, "costate Backprop", True), (1 + 1e-9, "costate Backprop", False),
        (1 + 1e-9, "costate Backsolve", True), (1.1, "costate Backsolve", False), (float("nan"), "costate Backprop", False),
    ):  # fmt: skip
        judged = dict(name=name)
        bench_timings.judge(judged, w, {"x0": [[1.0, 2.0]], "b1": [[0.5 * factor]]}, right, None)
        assert judged["agrees"] is agrees, (factor, name)
    judged = dict(name="costate Backsolve")
    bench_timings.judge(judged, w, {"x0": [[1.0, 2.0]], "b1": [0.5]}, right, {"x0": [[1.0, 2.0 + 1e-9]], "b1": [0.5]})
    assert not judged["agrees"]  # another scheme than that of torchdiffeq
    with pytest.raises(say.Failure, match="b1 has 2 numbers, expected 1"):
        bench_timings.difference({"x0": [1, 2], "b1": [1, 2]}, right)


def test_goals_follow_from_the_rows():
    found = {(g.workload, g.what): (round(g.value, 9), g.verdict) for g in bench_goals.goals(ROWS)}
    assert found == {
        ("W1", "costate Backprop against diffrax Backsolve"): (3.0, "SHORT"),  # what disagrees does not count
        ("W1", "same mode: costate Backsolve against diffrax Backsolve"): (0.75, "SHORT"),
        ("W1", "Backprop: reverse time over forward time"): (2.0, "must reached"),
        ("W4", "Backprop: share of the products alone"): (0.75, "aim missed"),
        ("W5 traced", "costate Backprop traced against diffrax Tsit5 Backsolve"): (0.5, "SHORT"),
        ("W5 lambdas", "costate Backprop lambdas against diffrax Tsit5 Backsolve"): (2.0, "must reached"),
        ("W6", "costate Backprop against torchdiffeq backprop"): (4.0, "SHORT"),
        ("W6", "costate Backprop against diffrax Dopri5 Backsolve"): (10.0, "aim reached"),
        ("W7", "costate Backsolve, live MiB"): (0.1, "must reached"),
    }
    assert bench_goals.Goal("W1", "", 8.0, 4, 8).verdict == "aim reached"


def test_the_readme_says_where_a_peer_is_faster():
    run = dict(machine=dict(date="2026-01-02 03:04:05", cpu="A CPU", cores=2, java="25", jax="1.0", load_before=[0.1]), rows=ROWS)
    table = bench_report.readme_table(run)
    assert "| diffrax Backsolve | 4.5 (4.5–4.5) | Backprop | 1.5 (1.5–1.5) | **3** |" in table
    assert "2026-01-02, A CPU, 2 cores, Java 25, jax 1.0" in table
    assert "W5 traced: diffrax Tsit5 Backsolve, 2 times; W1: diffrax Backsolve than costate Backsolve, 1.3 times." in table
    everything = bench_report.full_table(run)
    assert all(r["name"] in everything for r in ROWS) and "DISAGREES" in everything and "SHORT" in everything


def test_tables_are_set_between_the_marks(tmp_path):
    file = tmp_path / "README.md"
    file.write_text("before\n<!-- bench: made by environment/bench --readme -->\nold\n<!-- bench: end -->\nafter\n", encoding="utf-8")
    text = bench_report.fill(file, r"new \1")
    assert text == file.read_text(encoding="utf-8").replace("old", r"new \1")
    file.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="has no line"):
        bench_report.fill(file, "new")


def test_what_is_asked_wrongly_is_named(capsys):
    with pytest.raises(SystemExit):
        bench.arguments(["--only", "W1,W9"])
    assert "got W9, expected some of W1,W2" in capsys.readouterr().err


def test_an_old_python_is_told_before_anything_is_fetched(monkeypatch, tmp_path):
    monkeypatch.setattr(bench_workers, "PEERS", tmp_path / "peers")
    monkeypatch.setattr(bench_workers.sys, "version_info", (3, 10, 1))
    with pytest.raises(say.Failure, match=r"need Python 3\.11"):
        bench_workers.install_peers(download=True)
    monkeypatch.setattr(bench_workers.sys, "version_info", (3, 13, 0))
    with pytest.raises(say.Failure, match="forbids fetching"):
        bench_workers.install_peers(download=False)
    assert not (tmp_path / "peers").exists()


def test_both_ways_to_draw_the_numbers_give_the_same_shapes(tmp_path):
    """Without torch: the shapes and the spread that peers.py asks of torch."""
    w = bench_workers.workloads().WORKLOADS["W3"]
    data = json.loads(bench_workers.write_data("W3", tmp_path, peers=False).read_text(encoding="utf-8"))
    shapes = {name: (len(a), len(a[0]) if isinstance(a[0], list) else None) for name, a in data.items()}
    d, h = w["D"], w["H"]
    assert shapes == dict(x0=(w["B"], d), target=(w["B"], d), W1=(d, h), b1=(h, None), W2=(h, d), b2=(d, None))
    weights = list(bench_timings.flat(data["W1"]))
    assert 0.095 < (sum(x * x for x in weights) / len(weights)) ** 0.5 < 0.105


def test_the_peers_programs_compile_for_their_python():
    for file in bench_workers.HERE.glob("*.py"):
        ast.parse(file.read_text(encoding="utf-8"), feature_version=bench_workers.PEERS_PYTHON)


def test_the_readmes_show_the_recorded_run() -> None:
    run = json.loads(bench_report.RECORDED.read_text(encoding="utf-8"))
    for file, text in bench_report.documents(run).items():
        assert file.read_text(encoding="utf-8") == text, f"{file}: run environment/bench --readme"


def test_the_recorded_run_has_all_workloads_and_falls_nowhere_short() -> None:
    run = json.loads(bench_report.RECORDED.read_text(encoding="utf-8"))
    assert {r["workload"] for r in run["rows"]} == set(bench.ALL)
    assert {r["lib"] for r in run["rows"]} == {"ours", "torch", "jax"}
    assert not [r["name"] for r in run["rows"] if "error" in r or not r.get("agrees", True)]
    assert not [g for g in bench_goals.goals(run["rows"]) if g.verdict == "SHORT"]
