"""A newcomer's machine for tests: a fresh copy of the project, an environment of its own, commands run in it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Iterator

import paths

# Set by whoever runs the tests, and not part of what a newcomer has.
_NOT_THEIRS = ("JUPYTER", "IPYTHON", "XDG_", "COSTATE_", "POCL_", "PYTEST", "JAVA_HOME", "VIRTUAL_ENV", "CI", "DISPLAY", "WAYLAND")


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that every user may enter, in memory where there is plenty: a set-up is thousands of small files."""
    memory = Path("/dev/shm")
    plenty = False
    with contextlib.suppress(OSError):
        facts = os.statvfs(memory)
        plenty = facts.f_bavail * facts.f_frsize > 6e9 and not facts.f_flag & getattr(os, "ST_NOEXEC", 0)
    folder = Path(tempfile.mkdtemp(prefix="costate-", dir=memory if plenty else None))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_project(target: Path) -> Path:
    """What a clone of the present working tree would hold, with a git repository around it."""
    listed = subprocess.run(
        ["git", "-C", paths.CHECKOUT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True,
    ).stdout.decode().split("\0")  # fmt: skip
    for name in filter(None, listed):
        source = paths.CHECKOUT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    git = ["git", "-C", target, "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "copy"], check=True)
    return target


def environment(home: Path, **more: str) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_THEIRS)}
    # pip asks `rustc`, where there is one, for its version; rustup's then writes to HOME.
    folders = [p for p in env["PATH"].split(os.pathsep) if not os.path.exists(os.path.join(p, "rustup"))]
    env.update(HOME=str(home), PATH=os.pathsep.join(folders), **more)
    return env


def path_without(program: str, folder: Path) -> str:
    """A PATH on which everything is found but this program."""
    hidden = folder / "bin"
    hidden.mkdir(parents=True)
    kept = []
    for entry in environment(folder)["PATH"].split(os.pathsep):
        if not (Path(entry) / program).exists():
            kept.append(entry)
            continue
        for tool in Path(entry).iterdir():
            if tool.name != program and not (hidden / tool.name).exists():
                (hidden / tool.name).symlink_to(tool)
        if str(hidden) not in kept:
            kept.append(str(hidden))
    return os.pathsep.join(kept)


def _hear_ctrl_c() -> None:
    """What runs in the background of a script inherits deaf ears."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Command:
    """A command of the project, running; its output is collected as it comes."""

    def __init__(self, line: list[str | Path], cwd: Path, env: dict[str, str]) -> None:
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            [str(word) for word in line], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", start_new_session=True, preexec_fn=_hear_ctrl_c,
        )  # fmt: skip
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.output += line

    def until(self, pattern: str, seconds: float = 240) -> re.Match[str]:
        """Waits for this in the output; fails with the whole output if the command ends or the time is up before."""
        while time.monotonic() - self.begin < seconds:
            if match := re.search(pattern, self.output):
                return match
            if self.process.poll() is not None:
                self._reader.join()
                if match := re.search(pattern, self.output):
                    return match
                break
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} was not said within {seconds} s. Status {self.process.poll()}. Said:\n{self.output}")

    def interrupt(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self, seconds: float = 240) -> int:
        status = self.process.wait(timeout=seconds)
        self._reader.join()
        return status

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()  # so that it ends what it started
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def get(url: str, token: str | None = None) -> tuple[int, object]:
    """Status and JSON of a request to a server on this machine."""
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"} if token else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            body = answer.read()
            return answer.status, json.loads(body) if "json" in answer.headers.get("Content-Type", "") else body
    except urllib.error.HTTPError as failure:
        return failure.code, None


def files_below(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


def processes_mentioning(text: str) -> list[str]:
    """Command lines of live processes with this text in them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # ended meanwhile
            continue
        if text in line and int(entry.name) != os.getpid():
            found.append(line)
    return found
