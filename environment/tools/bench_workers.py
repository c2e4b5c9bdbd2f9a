"""What environment/bench starts: our programs in Java, the peers' in a Python environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import jdk
import paths
import provision
import say

HERE = paths.CHECKOUT / "lib" / "bench"
SOURCES = paths.CHECKOUT / "lib" / "src" / "test" / "java" / "org" / "costate" / "bench"
# What runs the contract of devices without JUnit; the worker calls it.
CONTRACT = ("Close", "graph/OpSamples", "gpu/AllPairs", "gpu/Answers", "gpu/Contract", "gpu/Matrix", "gpu/Operations")
CLASSES = paths.COSTATE / "bench" / "classes"
PEERS = paths.COSTATE / "peers"
REQUIREMENTS = paths.ENVIRONMENT / "requirements-peers.txt"
# Measured on Linux x86_64, rounded up. PyPI's torch brings CUDA's libraries there, used or not.
PEERS_BYTES = 7_000_000_000
PEERS_PYTHON = (3, 11)


class Remote:
    """A process that answers each line of JSON with a line of JSON."""

    def __init__(self, lib: str, command: list[str]) -> None:
        self.lib = lib
        self.log = paths.LOGS / f"bench-{lib}.log"
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        with self.log.open("w", encoding="utf-8") as log:
            # A session of its own: Ctrl-C reaches the driver alone, which ends it.
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8",
                start_new_session=True,
            )  # fmt: skip

    def ask(self, **question: object) -> dict:
        try:
            self.process.stdin.write(json.dumps(question) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            status = self.process.wait()
            raise say.Failure(f"The process that measures {self.lib} ended with status {status}.", f"see {self.log}")
        return json.loads(line)

    def __enter__(self) -> "Remote":
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if kind is not None:
            self.process.kill()
        self.process.stdin.close()
        self.process.wait()


def answers_of(lib: str, command: list[str]) -> Iterator[dict]:
    """The lines of JSON that a program prints."""
    with Remote(lib, command) as remote:
        for line in remote.process.stdout:
            yield json.loads(line)
        if remote.process.wait():
            raise say.Failure(f"{' '.join(command[-3:])} ended with status {remote.process.returncode}.", f"see {remote.log}")


def compile_ours(found: jdk.Jdk) -> None:
    sources = [p for p in sorted(SOURCES.glob("*.java")) if not p.name.endswith("Test.java")]
    sources += [SOURCES.parent / f"{name}.java" for name in CONTRACT]
    inputs = provision.hash_of(*sources, provision.build_inputs(found))
    if provision.fresh("bench", inputs):
        return
    run = provision.Run("bench-compile.log")
    command = [str(found.home / "bin" / "javac"), "-encoding", "UTF-8", "-d", str(CLASSES), "-cp", paths.class_path()]
    if run([*command, *map(str, sources)], dict(os.environ)) != 0:
        raise run.failure("Compiling the benchmark", 0)
    provision.stamp("bench", inputs)


def java(found: jdk.Jdk, main: str, *arguments: object, pictures: bool = False) -> list[str]:
    """The command of one of our programs, with the class path that the README tells users to have."""
    jars = [str(jar) for name in ("costate-*", "openblas-*") for jar in sorted(paths.CLASSPATH.glob(name))]
    if pictures:
        jars = [paths.class_path()]
    return [
        str(found.java), *paths.JVM_FLAGS, "-cp", os.pathsep.join([str(CLASSES), *jars]), f"org.costate.bench.{main}",
        *map(str, arguments),
    ]  # fmt: skip


def peer(*arguments: object) -> list[str]:
    return [str(PEERS / "bin" / "python"), "-B", str(HERE / "peers.py"), *map(str, arguments)]


def install_peers(download: bool) -> None:
    inputs = provision.hash_of(str(PEERS), REQUIREMENTS)
    if provision.fresh(REQUIREMENTS.name, inputs) and (PEERS / "complete").exists():
        return
    if sys.version_info < PEERS_PYTHON and not (PEERS / "complete").exists():
        raise say.Failure(
            f"The peers need Python {'.'.join(map(str, PEERS_PYTHON))} or newer, and this is {sys.version.split()[0]}.",
            "put a newer python3 first on PATH, or run environment/bench without --peers",
        )
    if not download:
        raise say.Failure("The peers are not installed, and --no-download forbids fetching them.",
                          "run it once without --no-download")  # fmt: skip
    say.line(f"PyTorch, JAX and what they bring take about {say.bytes_text(PEERS_BYTES)} in {PEERS}.")
    provision.unstamp(REQUIREMENTS.name)
    provision.pip_install(PEERS, REQUIREMENTS, PEERS_BYTES, "peers' packages")
    provision.stamp(REQUIREMENTS.name, inputs)


def write_data(workload: str, folder: Path, peers: bool) -> Path:
    """The file of a workload's arrays: as torch draws them, or where there is no torch, as Python does."""
    path = folder / f"{workload}.json"
    if not path.exists():
        if peers:
            subprocess.run(peer("--data", workload, path), check=True, start_new_session=True)
        else:
            path.write_text(json.dumps(workloads().make_data(workloads().WORKLOADS[workload])), encoding="utf-8")
    return path


def workloads():  # noqa: ANN201
    sys.path.insert(0, str(HERE))
    import workloads as module

    sys.path.remove(str(HERE))
    return module
