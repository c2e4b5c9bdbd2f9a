"""environment/bench --gpu: a whole run with a device that is played, a small one on PoCL, its plan, its report, its refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

import bench
import bench_gpu
import bench_gpu_plan as plan
import bench_gpu_report
import bench_workers
import paths
import say

pytestmark = pytest.mark.xdist_group("bench")

BENCH = paths.ENVIRONMENT / "bench"

# Answers as org.costate.bench.DeviceWorker does: a card of which one check and one gradient are wrong, whose W3 does not fit, which hangs at
# 1000 steps of Backsolve, and ends at 10 steps of Interpolating.
PLAYED = """
import json, sys, time
facts = dict(name="NVIDIA H100 80GB HBM3", api="CUDA", version="9.0", driver="13020", memory_bytes=80 << 30,
             local_bytes=49152, units=132, float64=True, is_processor=False)
if "CurveFigures" in sys.argv:
    sys.exit(0)
for line in sys.stdin:
    q = json.loads(line)
    if q["do"] == "devices":
        a = dict(all=[facts["name"]], missing=["OpenCL: none"], java="25", device=facts)
    elif q["do"] == "contract":
        a = dict(checks=3, of=9, seconds=1.5, worst=dict(FLOAT64=1e-15), wrong=WRONG)
    elif q["workload"]["D"] == 64:
        a = dict(outcome="MEMORY_BUDGET", message="this call needs | too much")
    else:
        if q["name"] == "costate Backsolve" and q["steps"] == 1000:
            time.sleep(60)
        if q["name"] == "costate Interpolating" and q["steps"] == 10:
            print('{"outcome": "o', end="", flush=True)
            sys.exit(3)
        if q.get("path"):
            off = 1e-14 * q["device"] + 1e-3 * (bool(WRONG) and q["name"] == "costate Checkpointed")
            open(q["path"], "w").write(json.dumps(dict(x0=[[1.0, 2.0 + off]])))
        seconds = 1e-7 * q["batch"] * (q["steps"] or 50)
        a = dict(outcome="ok", first_s=0.1, times=[seconds, seconds], peak_bytes=8 * q["batch"])
    print(json.dumps(a), flush=True)
"""


def played(tmp_path, monkeypatch, wrong: list[str]) -> None:
    program = tmp_path / "played.py"
    program.write_text(PLAYED.replace("WRONG", repr(wrong)), encoding="utf-8")
    monkeypatch.setattr(bench_workers, "java", lambda found, main, *rest, pictures=False: [sys.executable, str(program), main])
    monkeypatch.setattr(plan, "LONGEST", 8)
    monkeypatch.setattr(plan, "OF_THE_REST", 0.01)


def asked(tmp_path, *more: str):
    return bench.arguments(["--gpu", "--out", str(tmp_path / "out"), "--json", str(tmp_path / "copy.json"), "--minutes", "2", *more])


ABOUT = dict(cpu="A CPU", cores=2, commit="abc1234", date="2026-01-02 03:04:05", command="environment/bench --gpu")


def test_a_whole_run_with_a_failing_check_is_told_and_marked(tmp_path, monkeypatch):
    played(tmp_path, monkeypatch, ["Matrix(1): theta differs"])
    with pytest.raises(say.Failure, match="Not all is right on this device.* First: Matrix"):
        bench_gpu.measure(None, asked(tmp_path, "--only", "w1,W3"), ABOUT)
    run = json.loads((tmp_path / "copy.json").read_text(encoding="utf-8"))
    assert run == json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    rows = {(r["curve"], r["name"], r.get("x")): r for r in run["rows"]}
    assert rows["W1 own size", "costate Backprop", None]["agrees"]
    assert not rows["W1 own size", "costate Checkpointed", None]["agrees"]
    assert rows["W1 steps", "costate Backprop", 100]["median_ms"] == pytest.approx(0.2)
    assert rows["W1 batch", "costate Checkpointed", 10_000]["peak_bytes"] == 80_000
    assert rows["W1 steps", "costate Backsolve", 1000]["outcome"] == "stopped"
    assert rows["W1 steps", "costate Backsolve", 10_000]["message"] == "a smaller one did not succeed"
    assert rows["W1 steps", "costate Interpolating", 10]["outcome"] == "crashed"
    assert rows["W1 steps", "costate Backprop", 10_000]["message"] == "another mode was stopped at this size"
    assert rows["W3 own size", "costate Backprop", None]["outcome"] == "MEMORY_BUDGET"
    assert rows["W1 batch", "costate Backprop", 1_000_000]["message"].startswith("would take about 10 s")
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    for words in ("Checks failed on this device", "Matrix(1): theta differs", "environment/bench --gpu", "MEMORY_BUDGET: this call needs / too much",
                  "torchdiffeq was skipped", "5.0e-04 WRONG", "1,000 steps | stopped", "commit abc1234", "OpenCL: none", "W1-batch-time.png"):  # fmt: skip
        assert words in report, words
    assert "not a GPU" not in report
    assert run["label"] == "GPU"
    assert "MEMORY_BUDGET" in (tmp_path / "out" / "log.txt").read_text(encoding="utf-8")


def test_a_run_without_a_fault_ends_well(tmp_path, monkeypatch, capsys):
    played(tmp_path, monkeypatch, [])
    monkeypatch.setattr(plan, "STEPS", (10, 100))
    monkeypatch.setattr(plan, "BATCH", (1, 10))
    assert bench_gpu.measure(None, asked(tmp_path, "--only", "W1"), ABOUT) == 0
    assert "all checks passed" in capsys.readouterr().out
    assert "**Checks failed" not in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


def test_a_small_run_on_a_processor_measures_and_says_what_it_is(tmp_path, monkeypatch):
    """A few points with time enough; one check of the contract."""
    for name, value in dict(CONTRACT=1e-6, MODES=("Backprop", "Backsolve"), STEPS=(10, 20), BATCH=(1, 2)).items():
        monkeypatch.setattr(plan, name, value)
    found = bench.set_up(download=False, peers=False)
    out = tmp_path / "out"
    options = bench.arguments(["--gpu", "--only", "W1", "--out", str(out), "--python", str(tmp_path / "no-python")])
    assert bench_gpu.measure(found, options, ABOUT) == 0
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert run["label"] == "OpenCL on a processor, not a GPU"
    assert run["device"]["is_processor"] and run["contract"]["checks"] == 1 and run["contract"]["wrong"] == []
    rows = {(r["curve"], r["name"], r.get("x")): r for r in run["rows"]}
    assert len(rows) == 3 + 2 * (2 + 2) and all(r["outcome"] == "ok" for r in rows.values()), rows
    backprop = rows["W1 own size", "costate Backprop", None]
    assert backprop["agrees"] and 0 < backprop["min_ms"] <= backprop["median_ms"] <= backprop["max_ms"]
    kept = 4 * 20 * 2 * 8  # bytes of the arguments of a step
    assert 100 * kept < backprop["peak_bytes"] < 150 * kept
    more = [rows["W1 steps", "costate Backprop", n]["peak_bytes"] for n in (10, 20)]
    assert 10 * kept <= more[1] - more[0] < 11 * kept
    assert all("no-python" in reason for reason in run["peers_skipped"].values()) and len(run["peers_skipped"]) == 2
    report = (out / "report.md").read_text(encoding="utf-8")
    assert report.count("OpenCL on a processor, not a GPU") > 1 and "0 failed" in report and "every point was measured" in report
    assert len(run["figures"]) == 4
    for figure in run["figures"]:
        assert (out / f"{figure['file']}.png").stat().st_size > 5000 and "not a GPU" in figure["note"]


def test_without_a_device_it_says_so_in_a_sentence(tmp_path):
    env = dict(os.environ, OCL_ICD_VENDORS=str(tmp_path), OCL_ICD_FILENAMES="")
    told = subprocess.run([BENCH, "--gpu", "--no-download", "--out", tmp_path / "out"], env=env, cwd=tmp_path,
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert told.returncode == 1
    assert "No GPU and no other OpenCL device was found. CUDA: " in told.stderr and "Traceback" not in told.stderr
    assert not (tmp_path / "out").exists()


def test_a_device_that_is_not_there_is_named_with_those_that_are():
    told = dict(all=["This card", "That card"], missing=[])
    with pytest.raises(say.Failure, match="--device: got Other, expected .* This card; That card"):
        bench_gpu.find_device(told, "Other")


@pytest.mark.parametrize(("options", "said"), [
    (["--gpu", "--minutes", "0"], "--minutes: got 0, expected more than 0 and at most 9"),
    (["--gpu", "--minutes", "12"], "--minutes: got 12, expected more than 0"),
    (["--gpu", "--only", "W5"], "--only: got W5, expected some of W1,W2,W3,W4,many"),
    (["--device", "T4"], "--device: got it without --gpu"),
    (["--gpu", "--readme"], "--gpu: got it with --curves or --readme"),
])  # fmt: skip
def test_what_is_asked_wrongly_is_named(options, said, capsys):
    with pytest.raises(SystemExit):
        bench.arguments(options)
    assert said in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(say.Failure, match="--out: .*file/out cannot be made"):
        bench_gpu.folder_for(SimpleNamespace(out=tmp_path / "file" / "out"), dict(name="A card"))


def test_the_folder_is_named_by_device_and_date(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = bench_gpu.folder_for(SimpleNamespace(out=None), dict(name="NVIDIA A100-SXM4 (40GB)"))
    assert folder.name == f"costate-gpu-nvidia-a100-sxm4-40gb-{time.strftime('%F')}" and folder.is_dir()


def test_small_sizes_come_first_and_large_ones_are_left_out():
    points = plan.curves(["W1", "W2", "many"], {"jax": ["jax scan"]})
    ranks = [plan.STEPS.index(p.steps) / 5 if p.curve == "steps" else plan.BATCH.index(p.batch) / 7 for p in points]
    assert ranks == sorted(ranks)
    assert {p.batch for p in points if p.workload == "many"} == {plan.MANY}
    assert not [p for p in points if p.workload == "W2" and (p.curve == "steps" or "scan" in p.name)]
    budget = plan.Budget(100, plan.Known())
    p = next(p for p in points if p.curve == "steps")
    assert budget.reason_to_leave_out(p) is None
    budget.known.learn(p, dict(times=[3.0, 1.0]))
    p.steps *= 4
    assert budget.known.expected(p) == 4 and budget.reason_to_leave_out(p) is None
    p.steps *= 4
    assert budget.reason_to_leave_out(p) == "would take about 16 s a call"
    budget.known.learn(p, dict(outcome="MEMORY_BUDGET"))
    assert budget.reason_to_leave_out(p) == "a smaller one did not succeed"
    other = plan.Point("W1", "costate Backprop", "ours", 20, 100, "own size")
    budget.known.learn(other, dict(outcome="stopped"))
    assert budget.reason_to_leave_out(plan.Point("W1", "costate Backsolve", "ours", 50, 100, "batch")) == "another mode was stopped at this size"
    for batch, steps in ((10, 100), (50, 10)):
        assert budget.reason_to_leave_out(plan.Point("W1", "costate Backsolve", "ours", batch, steps, "batch")) is None
    assert plan.Budget(0, plan.Known()).reason_to_leave_out(points[-1]) == "the time was over"


def test_the_drivers_own_figure_is_read_where_there_is_one(tmp_path, monkeypatch):
    program = tmp_path / "nvidia-smi"
    program.write_text("""#!/bin/sh
while :; do
    echo "Another card, 1.2, 9000"; echo "A card, 570.1, $(cat "$USED")"
    case "$*" in *lms*) sleep 0.02;; *) exit;; esac
done
""", encoding="utf-8")  # fmt: skip
    program.chmod(0o755)
    used = tmp_path / "used"
    used.write_text("100", encoding="utf-8")
    monkeypatch.setenv("USED", str(used))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    smi = bench_gpu.Smi("A card")
    try:
        assert smi.driver == "570.1"

        def call() -> dict:
            for mib in (350, 100):
                used.write_text(str(mib), encoding="utf-8")
                end = time.monotonic() + 60
                while smi.last != mib << 20:
                    assert time.monotonic() < end
                    time.sleep(0.01)
            return dict(outcome="ok")

        assert smi.measured(call)["driver_bytes"] == 250 << 20
    finally:
        smi.close()
    monkeypatch.setenv("PATH", "/nowhere")
    assert "driver_bytes" not in bench_gpu.Smi("A card").measured(lambda: dict(outcome="ok"))


def test_nvrtc_is_found_in_the_projects_environment_unless_the_reader_has_said_where(tmp_path, monkeypatch):
    for name in ("COSTATE_NVRTC", "VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.setenv(name, "")  # so that it is as before in the end
        monkeypatch.delenv(name)
    monkeypatch.setattr(bench_gpu.paths, "VENV", tmp_path)
    library = tmp_path / "lib" / "python3.12" / "site-packages" / "nvidia" / "cuda_nvrtc" / "lib" / "libnvrtc.so.12"
    library.parent.mkdir(parents=True)
    library.write_text("", encoding="utf-8")
    bench_gpu.show_nvrtc()
    assert os.environ["VIRTUAL_ENV"] == str(tmp_path)
    monkeypatch.setenv("VIRTUAL_ENV", "mine")
    bench_gpu.show_nvrtc()
    assert os.environ["VIRTUAL_ENV"] == "mine"


def test_the_prediction_of_a_card_is_found_by_its_name():
    least = {name: bench_gpu_report.predicted(dict(name=name)) for name in ("Tesla T4", "NVIDIA A100-SXM4-40GB", "Other")}
    assert least["Other"] == {}
    assert least["Tesla T4"]["many", "costate Backprop"] > least["NVIDIA A100-SXM4-40GB"]["many", "costate Backprop"] > 1


def test_a_wrong_gradient_is_marked():
    row = dict(workload="W1", name="costate Backprop", lib="ours", curve="own size", outcome="ok", median_ms=1.0, min_ms=1.0,
               max_ms=2.0, calls=3, peak_bytes=7, grad_difference=1e-3, agrees=False)  # fmt: skip
    run = dict(contract=dict(checks=1, of=1, seconds=1, worst={}, wrong=[]), rows=[row], device=dict(name="A card", is_processor=False),
               peers_skipped={}, seconds=1)  # fmt: skip
    assert bench_gpu_report.wrong(run) == ["W1, costate Backprop: its gradient is off by 1.0e-03"]
    assert "1.0e-03 WRONG" in bench_gpu_report.own_size_text(run)
    run["contract"] = dict(outcome="crashed", message="it ended")
    assert "the contract tests did not end: it ended" in bench_gpu_report.wrong(run)


def test_a_peer_that_is_not_there_says_why(tmp_path):
    ask = "import json; print(json.dumps(dict(do='names')))"
    for lib, module in (("torch", "torch"), ("jax", "jax")):
        command = f"'{sys.executable}' -c \"{ask}\" | '{sys.executable}' -B '{bench_workers.HERE / 'peers_gpu.py'}' {lib} cuda"
        told = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120, check=True).stdout
        assert "error" in json.loads(told) and ("No module" in told or f"{module} sees no CUDA device" in told)
