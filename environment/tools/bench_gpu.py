"""environment/bench --gpu: the contract tests on a device, then time and memory of gradients there, by the library and by
the peers, as far as the time goes; all into one folder. See lib/gpu/README.md."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Callable

import bench_gpu_plan as plan
import bench_gpu_report
import bench_timings
import bench_workers
import jdk
import paths
import say

Row = dict[str, Any]
PEERS = ("torch", "jax")
EXACT = ("Backprop", "Checkpointed", "torchdiffeq backprop", "jax scan")


class Log:
    """What is asked and answered, and when."""

    def __init__(self, file: Path) -> None:
        self.file, self.begin = file, time.monotonic()
        file.write_text("", encoding="utf-8")

    def __call__(self, text: str) -> None:
        with self.file.open("a", encoding="utf-8") as out:
            out.write(f"{time.monotonic() - self.begin:8.1f} s  {text}\n")


class Stoppable:
    """A worker that is ended, and started anew, if it takes longer than it may."""

    def __init__(self, lib: str, command: list[str]) -> None:
        self.lib, self.command = lib, command
        self.remote: bench_workers.Remote | None = None

    def ask(self, limit: float, **question: object) -> dict[str, Any]:
        self.remote = self.remote or bench_workers.Remote(f"gpu-{self.lib}", self.command)
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            self.remote.process.kill()

        timer = threading.Timer(limit, stop)
        timer.start()
        try:
            return self.remote.ask(**question)
        except (say.Failure, ValueError) as failure:  # it ended, perhaps in the middle of an answer
            remote, self.remote = self.remote, None
            remote.process.kill()
            remote.process.wait()
            if stopped.is_set():
                return dict(outcome="stopped", message=f"stopped after {limit:.0f} s")
            return dict(outcome="crashed", message=f"{failure} {last_line(remote.log)}")
        finally:
            timer.cancel()

    def __enter__(self) -> "Stoppable":
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if self.remote:
            self.remote.__exit__(kind, value, trace)


def last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else ""


class Smi:
    """The driver's own figure of the memory in use, by nvidia-smi; nothing where there is none."""

    ASKED = ["--query-gpu=name,driver_version,memory.used", "--format=csv,noheader,nounits"]

    def __init__(self, device: str) -> None:
        self.device, self.driver, self.process = device, None, None
        self.most = self.last = None
        program = shutil.which("nvidia-smi")
        if program and (now := self.read(subprocess.run([program, *self.ASKED], capture_output=True, text=True, check=False).stdout)):
            self.last = now
            self.process = subprocess.Popen([program, *self.ASKED, "-lms", "50"], stdout=subprocess.PIPE, text=True)
            threading.Thread(target=self.follow, daemon=True).start()

    def read(self, text: str) -> int | None:
        """Bytes in use on the device of this name; the largest, if there are several."""
        used = []
        for line in text.splitlines():
            name, *rest = [part.strip() for part in line.split(",")]
            if name == self.device and len(rest) == 2 and rest[1].isdigit():
                self.driver = rest[0]
                used.append(int(rest[1]) << 20)
        return max(used, default=None)

    def follow(self) -> None:
        for line in self.process.stdout:
            if (now := self.read(line)) is not None:
                self.last, self.most = now, max(now, self.most or 0)

    def measured(self, action: Callable[[], dict]) -> dict:
        before = self.most = self.last
        answer = action()
        if before is not None and answer.get("outcome") == "ok":
            answer["driver_bytes"] = max(0, self.most - before)
        return answer

    def close(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


def show_nvrtc() -> None:
    """Where the library looks for NVRTC's wheel, unless the reader has said it: the JVM of these scripts has no home."""
    if {"COSTATE_NVRTC", "VIRTUAL_ENV", "CONDA_PREFIX"} & set(os.environ):
        return
    for folder in (paths.VENV, Path(sys.prefix), Path.home() / ".local"):
        if any(folder.glob("lib/python*/site-packages/nvidia/*/lib/libnvrtc.so*")):
            os.environ["VIRTUAL_ENV"] = str(folder)
            return


def find_device(told: dict[str, Any], wanted: str) -> dict[str, Any]:
    if "device" in told:
        return told["device"]
    if told["all"]:
        raise say.Failure(f"--device: got {wanted}, expected the number or a part of the name of one of: {'; '.join(told['all'])}.")
    raise say.Failure(f"No GPU and no other OpenCL device was found. {'; '.join(told['missing'])}.",
                      "environment/doctor shows what is needed; lib/gpu/README.md, how to measure")  # fmt: skip


def folder_for(asked: Any, device: dict[str, Any]) -> Path:
    slug = re.sub(r"[^a-z0-9]+", "-", device["name"].lower()).strip("-")
    folder = asked.out or Path(f"costate-gpu-{slug}-{time.strftime('%F')}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise say.Failure(f"--out: {folder} cannot be made: {failure}.", "name a folder that can be written") from failure
    return folder


def find_peers(asked: Any, workers: dict[str, Stoppable], log: Log) -> tuple[dict[str, list[str]], dict, dict[str, str]]:
    """Names of each peer, facts of them, and of those that are not there the reason."""
    python = str(bench_workers.PEERS / "bin" / "python") if asked.peers else str(asked.python or sys.executable)
    names, facts, skipped = {}, {}, {}
    for lib in PEERS:
        workers[lib] = Stoppable(lib, [python, "-B", str(bench_workers.HERE / "peers_gpu.py"), lib, "cuda"])
        try:
            answer = workers[lib].ask(60, do="names")
        except OSError as failure:
            answer = dict(error=str(failure))
        if "names" in answer:
            names[lib] = answer["names"]
            facts.update(answer["info"])
        else:
            skipped[lib] = f"{answer.get('error') or answer.get('message')} ({python})"
            log(f"{lib} is skipped: {skipped[lib]}")
    return names, facts, skipped


class Run:
    """The measurements of one run."""

    def __init__(self, workers: dict[str, Stoppable], smi: Smi, scratch: Path, log: Log, progress: say.Progress) -> None:
        self.workers, self.smi, self.scratch, self.log, self.progress = workers, smi, scratch, log, progress

    def ask(self, p: plan.Point, seconds: float, limit: float, path: Path | None = None) -> dict[str, Any]:
        w = plan.WORKLOADS[p.workload]
        data = bench_workers.write_data("W1" if p.workload == "many" else p.workload, self.scratch, False)
        worker = self.workers["ours" if p.lib == "processor" else p.lib]
        self.progress.detail = f"{p.workload}, {p.curve}, {p.name}, batch {p.batch}" + (f", {p.steps} steps" if p.steps else "")
        answer = self.smi.measured(lambda: worker.ask(
            limit, do="measure", name=p.name.removesuffix(", processor"), workload=w, data=str(data), batch=p.batch,
            steps=p.steps, seconds=seconds, calls=1, device=p.lib != "processor", path=str(path) if path else None,
        ))  # fmt: skip
        if "error" in answer:
            answer = dict(outcome="failed", message=answer["error"])
        self.log(f"{self.progress.detail}: {json.dumps({k: v for k, v in answer.items() if k != 'times'})}")
        return answer

    def own_size(self, points: list[plan.Point], budget: plan.Budget, rounds: int = 3) -> list[Row]:
        """All in turn, round by round. The first round warms up, and its gradients are compared."""
        rows = [p.row() for p in points]
        gradients: dict[int, Path] = {}
        for i in range(rounds):
            for n, (p, row) in enumerate(zip(points, rows)):
                if "outcome" in row and row["outcome"] != "ok":
                    continue
                reason = budget.reason_to_leave_out(p)
                if i and reason:
                    continue
                path = self.scratch / f"gradient-{n}.json" if i == 0 else None
                turn = plan.WARM if i == 0 and p.lib == "processor" else budget.turn((rounds - i) * len(points) - n)
                answer = left_out(reason) if reason else self.ask(p, turn, budget.limit(), path)
                if not reason:
                    budget.known.learn(p, answer)
                if answer["outcome"] == "ok" and path:
                    gradients[n] = path
                if i < 2:
                    row.update(answer, times=[])
                row["times"] += answer.get("times", [])
        self.compare(points, rows, gradients)
        return [summed(row) for row in rows]

    def compare(self, points: list[plan.Point], rows: list[Row], gradients: dict[int, Path]) -> None:
        """Against the processor's exact gradient; `Reversible` takes steps of another method."""
        exact = {p.workload: gradients[n] for n, p in enumerate(points) if p.lib == "processor" and n in gradients}
        for workload, file in exact.items():
            reference = json.loads(file.read_text(encoding="utf-8"))
            for n, p in enumerate(points):
                if p.workload == workload and p.lib != "processor" and n in gradients and not p.name.endswith("Reversible"):
                    its = json.loads(gradients[n].read_text(encoding="utf-8"))
                    rows[n]["grad_difference"] = bench_timings.difference(its, reference)
                    rows[n]["agrees"] = rows[n]["grad_difference"] < close(p)

    def curves(self, points: list[plan.Point], budget: plan.Budget) -> list[Row]:
        rows = []
        for n, p in enumerate(points):
            reason = budget.reason_to_leave_out(p)
            answer = left_out(reason) if reason else self.ask(p, budget.turn(len(points) - n), budget.limit())
            if not reason:
                budget.known.learn(p, answer)
            rows.append(summed(dict(p.row(), **answer)))
        return rows


def close(p: plan.Point) -> float:
    """How near a gradient must come to the processor's exact one."""
    w = plan.WORKLOADS[p.workload]
    exact = any(p.name.endswith(word) for word in EXACT)
    return 1e-4 if "steps" not in w else 1e-2 if not exact else 1e-10 if w["dtype"] == "float64" else 1e-4


def left_out(reason: str) -> dict[str, Any]:
    return dict(outcome="left out", message=reason)


def summed(row: Row) -> Row:
    times = row.pop("times", [])
    return dict(row, **bench_timings.summary([times])) if times else row


def machine(told: dict[str, Any], smi: Smi, facts: dict[str, Any]) -> dict[str, Any]:
    more = dict(java=told["java"], system=f"{platform.system()} {platform.release()}", nvidia_driver=smi.driver)
    return {**facts, **{k: v for k, v in more.items() if v}}


def measure(found: jdk.Jdk, asked: Any, about: dict[str, Any]) -> int:
    """The whole run.

    :param about: of the machine and the checkout
    :return: the exit status
    """
    begin, seconds = time.monotonic(), 60 * asked.minutes
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        show_nvrtc()
        command = bench_workers.java(found, "DeviceWorker", *([asked.device] if asked.device else []), pictures=True)
        workers = {"ours": Stoppable("ours", command)}
        stack.push(lambda *failure: any(worker.__exit__(*failure) for worker in workers.values()))
        told = workers["ours"].ask(120, do="devices")
        if "all" not in told:
            raise say.Failure(f"Devices cannot be looked for: {told.get('message') or told.get('error')}.")
        device = find_device(told, asked.device)
        folder = folder_for(asked, device)
        log = Log(folder / "log.txt")
        log(json.dumps(told))
        smi = Smi(device["name"])
        stack.callback(smi.close)
        progress = stack.enter_context(say.Progress(f"{device['name']}{bench_gpu_report.label(device)}"))
        progress.detail = "contract tests"
        contract = workers["ours"].ask(max(60.0, seconds / 2), do="contract", seconds=plan.CONTRACT * seconds)
        log(f"contract tests: {json.dumps(contract)}")
        progress.detail = "looking for peers"
        peers, facts, skipped = find_peers(asked, workers, log)
        run = Run(workers, smi, scratch, log, progress)
        rest = seconds - plan.REPORT - (time.monotonic() - begin)
        known = plan.Known()
        rows = run.own_size(plan.own_size(asked.only, peers), plan.Budget(plan.OWN_SIZE * rest, known))
        rest = seconds - plan.REPORT - (time.monotonic() - begin)
        rows += run.curves(plan.curves(asked.only, peers), plan.Budget(rest, known))
        made = dict(
            machine=machine(told, smi, dict(about, **facts)), device=device, devices=told["all"], missing=told["missing"],
            command=about["command"], contract=contract, peers_skipped=skipped, minutes=asked.minutes,
            seconds=round(time.monotonic() - begin), label=bench_gpu_report.PROCESSOR if device["is_processor"] else "GPU", rows=rows,
        )  # fmt: skip
        bench_gpu_report.write(found, made, folder)
    if asked.json:
        shutil.copy(folder / "run.json", asked.json)
    say.line(f"{folder / 'report.md'}: {bench_gpu_report.verdict(made)}")
    if bad := bench_gpu_report.wrong(made):
        raise say.Failure(f"Not all is right on this device; the measurements are marked so. First: {bad[0].splitlines()[0][:500]}",
                          f"send {folder} back as lib/gpu/README.md says: that is worth more than a good number")  # fmt: skip
    return 0
