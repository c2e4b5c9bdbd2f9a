"""Sets everything up: JDK, Python packages, library and class path, kernelspec. Each step is skipped when its inputs,
hashed in .costate/stamps, are those of its last success; an interrupted step therefore runs again."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import Callable, Iterator

import jdk
import maven
import paths
import say
import temurin

# Measured on Linux x86_64, rounded up: what the steps leave in .costate. Checked before they begin.
VENV_BYTES = 500_000_000
JARS_BYTES = 250_000_000


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Two set-ups of one checkout at once would spoil each other: the second waits."""
    try:
        paths.COSTATE.mkdir(exist_ok=True)
        lock = (paths.COSTATE / "lock").open("w")
    except OSError as failure:
        raise writing_failed(failure) from failure
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say.line("Another command is setting this checkout up; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def writing_failed(failure: OSError) -> say.Failure:
    if failure.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full()
    if failure.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return say.Failure(
            f"{failure.filename or paths.COSTATE} cannot be written ({failure.strerror}).",
            f"make {paths.CHECKOUT} writable for you, or clone the project into a folder of yours",
        )
    return say.Failure(f"The system refused a step of the set-up: {failure}.", "run environment/doctor")


def disk_full(needed: int = 0) -> say.Failure:
    free = shutil.disk_usage(paths.COSTATE).free
    need = f"; this step needs about {say.bytes_text(needed)}" if needed else ""
    return say.Failure(
        f"The disk that holds {paths.CHECKOUT} is full: {say.bytes_text(free)} free{need}.",
        "free some space, or move the checkout to a larger disk, and run the same command again",
    )


def need_space(needed: int) -> None:
    # For tests: lets a step meet the full disk in the midst of its work.
    if os.environ.get("COSTATE_ASSUME_SPACE"):
        return
    if shutil.disk_usage(paths.COSTATE).free < needed:
        raise disk_full(needed)


def hash_of(*parts: object) -> str:
    """Of texts as they are, and of files and folders by name and content."""
    sum256 = hashlib.sha256()
    for part in parts:
        if not isinstance(part, Path):
            sum256.update(f"{part}\0".encode())
            continue
        files = sorted(p for p in part.rglob("*") if p.is_file()) if part.is_dir() else [part]
        for file in files:
            sum256.update(f"{file.relative_to(paths.CHECKOUT)}\0".encode())
            sum256.update(file.read_bytes() if file.exists() else b"absent")
    return sum256.hexdigest()


def fresh(name: str, inputs: str) -> bool:
    stamp = paths.STAMPS / name
    return stamp.exists() and stamp.read_text(encoding="utf-8") == inputs


def stamp(name: str, inputs: str) -> None:
    paths.STAMPS.mkdir(parents=True, exist_ok=True)
    scratch = paths.STAMPS / f"{name}.new"
    scratch.write_text(inputs, encoding="utf-8")
    scratch.replace(paths.STAMPS / name)


def unstamp(name: str) -> None:
    (paths.STAMPS / name).unlink(missing_ok=True)


class Run:
    """A program whose output goes to a log; the last lines are kept to tell why it failed."""

    def __init__(self, log: str) -> None:
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        self.log = paths.LOGS / log
        self.tail: deque[str] = deque(maxlen=400)

    def __call__(self, command: list[str], env: dict[str, str], each: Callable[[str], None] = lambda line: None) -> int:
        with self.log.open("w", encoding="utf-8") as log:
            # A session of its own: Ctrl-C reaches it once, from here, with all that it started.
            process = subprocess.Popen(
                command, env=env, cwd=paths.CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", start_new_session=True,
            )  # fmt: skip
            try:
                for line in process.stdout or ():
                    log.write(line)
                    self.tail.append(line.rstrip("\n"))
                    each(line)
                return process.wait()
            finally:
                if sys.exc_info()[0] is not None:
                    end_group(process)

    def said(self, pattern: str) -> bool:
        return any(re.search(pattern, line) for line in self.tail)

    def failure(self, what: str, needed: int) -> say.Failure:
        if self.said(r"No space left on device|Errno 28|Disk quota exceeded|[Nn]ot enough space"):
            return disk_full(needed)
        if self.said(
            r"name resolution|Name or service not known|NewConnectionError|nodename nor servname|Network is unreachable"
            r"|UnknownHostException|Connection refused|Unknown host|[Cc]onnect(ion)? timed out|in offline mode"
        ):
            return say.Failure(
                f"{what} failed: the network, or the package server, cannot be reached.",
                f"connect, and run the same command again; what has come is kept. Details: {self.log}",
            )
        shown = [line for line in self.tail if line.strip()][-12:]
        return say.Failure(
            f"{what} failed. The end of {self.log}:\n" + "\n".join(f"  | {line}" for line in shown),
            "see the lines above; CONTRIBUTING tells where to report what looks like the project's fault",
        )


def end_group(process: subprocess.Popen[str]) -> None:
    """Ends the program and all that it started: politely first, and what then still runs by force."""
    for number, patience in ((signal.SIGINT, 5.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 1.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            process.poll()
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:  # the group is empty
                return
            except PermissionError:  # macOS says this of a group of zombies
                return
            time.sleep(0.05)


def python_packages(download: bool, tests: bool = False) -> None:
    """The virtual environment, with exactly the pinned packages."""
    name = "requirements-test.txt" if tests else "requirements.txt"
    both = [paths.ENVIRONMENT / n for n in ("requirements.txt", "requirements-test.txt")]
    base = f"{sys.version_info[:2]} {paths.VENV}"
    inputs = {n.name: hash_of(base, n) for n in both}
    working = paths.venv_python().exists() and (paths.VENV / "complete").exists()
    # The packages for tests include those for lessons.
    if working and (fresh(name, inputs[name]) or fresh("requirements-test.txt", inputs["requirements-test.txt"])):
        return
    if not download:
        raise say.Failure("The Python packages are not installed, and --no-download forbids fetching them.",
                          "run it once without --no-download")  # fmt: skip
    for file in both:
        unstamp(file.name)
    pip_install(paths.VENV, paths.ENVIRONMENT / name, VENV_BYTES, "Python packages")
    stamp(name, inputs[name])


def pip_install(venv: Path, requirements: Path, needed: int, title: str) -> None:
    """These pinned packages in this virtual environment, which is made if it is not there whole."""
    need_space(needed)
    python, complete = venv / "bin" / "python", venv / "complete"
    total = len(re.findall(r"^[\w.-]+==", requirements.read_text(encoding="utf-8"), re.M))
    env = pip_environment()
    run = Run(f"{title.lower().replace(' ', '-')}.log")
    with say.Progress(title) as progress:
        # An interrupted pip can leave half a package that it later takes for whole, so begin anew; its cache is kept.
        if not (python.exists() and complete.exists()) or run([str(python), "-c", "import pip"], env) != 0:
            progress.detail = "making the virtual environment"
            shutil.rmtree(venv, ignore_errors=True)
            if run([sys.executable, "-m", "venv", str(venv)], env) != 0:
                raise run.failure("Making a virtual environment", needed)
        complete.unlink(missing_ok=True)
        count = 0

        def each(line: str) -> None:
            nonlocal count
            if line.startswith("Collecting "):
                count += 1
                progress.detail = f"{count} of up to {total} packages"
            elif line.startswith("Installing"):
                progress.detail = "installing them"

        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
        pip += ["--progress-bar", "off", "--require-hashes", "--only-binary", ":all:", "-r", str(requirements)]
        if run(pip, env, each) != 0:
            raise run.failure(f"Installing the {title}", needed)
    complete.touch()


def pip_environment() -> dict[str, str]:
    env = dict(os.environ)
    for name in ("PIP_REQUIRE_VIRTUALENV", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PYTHONHOME", "PYTHONPATH"):
        env.pop(name, None)
    if not maven.writable(Path(env.get("HOME") or "/nonexistent") / ".cache" / "pip") and "PIP_CACHE_DIR" not in env:
        env["PIP_CACHE_DIR"] = str(paths.CACHE / "pip")
    return env


def build_inputs(found: jdk.Jdk) -> str:
    """The hash of all that the class path is made from."""
    poms = [paths.CHECKOUT / "pom.xml", paths.CHECKOUT / "lib" / "pom.xml", paths.ENVIRONMENT / "kernel" / "pom.xml"]
    sources = [paths.CHECKOUT / "lib" / "src" / "main", paths.ENVIRONMENT / "kernel" / "src" / "main"]
    return hash_of(*poms, *sources, found.text)


def built(inputs: str) -> bool:
    jars = list(paths.CLASSPATH.glob("costate-*.jar")), list(paths.KERNEL.glob("*.jar"))
    return all(jars) and fresh("build", inputs)


def library(found: jdk.Jdk, download: bool) -> None:
    """Library, kernel and every jar that they need, by Maven, without the checks that are the developers'."""
    inputs = build_inputs(found)
    if built(inputs):
        return
    need_space(JARS_BYTES)
    mvn = maven.find_or_install(download)
    forget_old_jars()
    run = Run("library.log")
    with say.Progress("Library and its jars") as progress:
        count = 0

        def each(line: str) -> None:
            nonlocal count
            if line.startswith("Downloaded from"):
                count += 1
                progress.detail = f"{count} files fetched"
            elif "--- compiler:" in line or "--- maven-compiler" in line:
                progress.detail = "compiling"

        goal = ["package", "-Dmaven.test.skip=true", "-Dspotless.check.skip=true", "-Dcostate.quick", "-Dstyle.color=never"]
        if run(maven.command(mvn, goal, download), maven.environment(found), each) != 0:
            raise run.failure("Building the library", JARS_BYTES)
    stamp("build", inputs)
    stamp("quick", inputs)


def forget_old_jars() -> None:
    """Maven adds to the class path and never takes away; a jar of an earlier version would shadow the new one."""
    unstamp("build")
    poms = hash_of(paths.CHECKOUT / "pom.xml", paths.CHECKOUT / "lib" / "pom.xml", paths.ENVIRONMENT / "kernel" / "pom.xml")
    if not fresh("poms", poms):
        shutil.rmtree(paths.CLASSPATH, ignore_errors=True)
        stamp("poms", poms)


def kernel(found: jdk.Jdk) -> None:
    """The kernelspec, in the checkout."""
    source = paths.ENVIRONMENT / "kernel"
    files = [p for p in sorted(source.iterdir()) if p.is_file()]
    inputs = hash_of(*files, Path(__file__).with_name("kernelspec.py"), str(found.java), str(paths.CHECKOUT))
    if (paths.KERNELSPEC / "kernel.json").exists() and fresh("kernelspec", inputs):
        return
    import kernelspec

    kernelspec.install(paths.KERNELSPEC, paths.CHECKOUT, found.java)
    stamp("kernelspec", inputs)


def everything(download: bool, tests: bool = False, build: bool = True) -> jdk.Jdk:
    """All steps; what is already done costs a few milliseconds."""
    with only_one():
        try:
            found = temurin.find_or_install(download)
            python_packages(download, tests)
            if build:
                library(found, download)
            kernel(found)
        except OSError as failure:
            raise writing_failed(failure) from failure
    return found
