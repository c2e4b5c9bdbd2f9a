"""Finds a JDK that can run the project. Reads its `release` file instead of starting it: a search takes milliseconds."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import paths

NEEDED = 25
# Earlier releases of 25 are reported to corrupt objects that a native call pins while G1 collects.
SAFE = (25, 0, 3)
SAFE_WHY = "JDK-8377811: earlier releases are reported to corrupt objects that native calls pin under G1"
# Without these: no compiler in the kernel, no Vector API.
MODULES = ("jdk.compiler", "jdk.jshell", "jdk.incubator.vector", "java.desktop")


class Missing(Exception):
    """No JDK fits; the message says what was looked at and what to install."""


@dataclass(frozen=True)
class Jdk:
    home: Path
    version: tuple[int, ...]
    found_by: str

    @property
    def java(self) -> Path:
        return self.home / "bin" / "java"

    @property
    def text(self) -> str:
        return ".".join(map(str, self.version))

    @property
    def safe(self) -> bool:
        return self.version >= SAFE


def examine(home: Path, found_by: str = "") -> Jdk | str:
    """The JDK in this folder, or why it cannot be used."""
    release = home / "release"
    # os.path, here and below: pathlib raises where this user may not look.
    if not os.path.exists(home / "bin" / "java"):
        return "no bin/java"
    try:
        facts = dict(re.findall(r'^(\w+)="?([^"\n]*)"?', release.read_text(encoding="utf-8", errors="replace"), re.M))
    except OSError:
        return "no readable file `release`, so the version is unknown"
    digits = re.match(r"\d+(?:\.\d+)*", facts.get("JAVA_VERSION", ""))
    if not digits:
        return "its file `release` names no version"
    parts = [int(n) for n in digits.group().split(".")]
    version = tuple(parts[1:] if parts[0] == 1 else parts)  # 1.8.0 is 8
    text = ".".join(map(str, version))
    if version[0] < NEEDED:
        return f"version {text}, needed {NEEDED} or newer"
    if not os.path.exists(home / "bin" / "javac"):
        return f"version {text}, but without javac: a JRE, not a JDK"
    modules = facts.get("MODULES", "").split()
    absent = [m for m in MODULES if modules and m not in modules]
    if absent:
        return f"version {text}, but without {', '.join(absent)}"
    return Jdk(home, version, found_by)


def candidates(env: dict[str, str] | None = None) -> Iterator[tuple[Path, str]]:
    """Folders that may be a JDK, what the user chose first."""
    env = dict(os.environ) if env is None else env
    if env.get("JAVA_HOME"):
        yield Path(env["JAVA_HOME"]), "JAVA_HOME"
    for folder in env.get("PATH", "").split(os.pathsep):
        program = Path(folder or ".") / "java"
        if os.path.isfile(program) and os.access(program, os.X_OK):
            yield real_home(program), "PATH"
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if env.get(name):
            yield from ((Path(env[name]) / tail, name) for tail in ("", "lib/jvm", "Library"))
    for tail in ("", "lib/jvm"):
        yield Path(sys.prefix) / tail, "the environment of this Python"
    yield from ((p, str(p.parent)) for p in usual_folders(env))


def real_home(program: Path) -> Path:
    """`/usr/bin/java` is a link into the JDK; on macOS it is a stub, and then this folder holds no release file."""
    return program.resolve().parent.parent


def usual_folders(env: dict[str, str]) -> Iterator[Path]:
    home = Path(env.get("HOME") or "/nonexistent")
    patterns = [
        (paths.JDK, ["*", "*/Contents/Home"]),
        (home, [".jdks/*", ".jdk/*", ".sdkman/candidates/java/*", ".asdf/installs/java/*"]),
        (home, [".local/share/mise/installs/java/*", ".gradle/jdks/*", ".gradle/jdks/*/*", ".jbang/cache/jdks/*"]),
    ]
    if platform.system() == "Darwin":
        patterns += [
            (Path("/Library/Java/JavaVirtualMachines"), ["*/Contents/Home"]),
            (home, ["Library/Java/JavaVirtualMachines/*/Contents/Home"]),
            (Path("/opt/homebrew/opt"), ["openjdk*/libexec/openjdk.jdk/Contents/Home"]),
            (Path("/usr/local/opt"), ["openjdk*/libexec/openjdk.jdk/Contents/Home"]),
            (Path("/opt/local/Library/Java/JavaVirtualMachines"), ["*/Contents/Home"]),
        ]
    else:
        patterns += [
            (Path("/usr/lib/jvm"), ["*"]),
            (Path("/usr/java"), ["*"]),
            (Path("/opt"), ["java/*", "*jdk*", "jvm/*"]),
            (Path("/usr/local"), ["*jdk*", "java/*", "lib/jvm/*"]),
            (Path("/home/linuxbrew/.linuxbrew/opt"), ["openjdk*/libexec"]),
        ]
    for folder, globs in patterns:
        for pattern in globs:
            try:
                yield from sorted(folder.glob(pattern))
            except OSError:  # a folder that this user may not read
                continue


def search(env: dict[str, str] | None = None) -> tuple[Jdk | None, list[str]]:
    """The JDK to use, and one line for each Java that was looked at and passed over."""
    passed: list[str] = []
    found: list[Jdk] = []
    seen: set[Path] = set()
    for folder, found_by in candidates(env):
        try:
            real = folder.resolve()
        except OSError:
            continue
        if real in seen:
            continue
        seen.add(real)
        verdict = examine(folder, found_by)
        if isinstance(verdict, Jdk):
            if found_by in ("JAVA_HOME", "PATH"):  # chosen by the user: not weighed against others
                return verdict, passed
            found.append(verdict)
        elif verdict != "no bin/java" or found_by == "JAVA_HOME":
            passed.append(f"{folder} ({found_by}): {verdict}")
    # Of those that merely lie about: the series that the project is tested on, then the newest.
    found.sort(key=lambda j: (j.version[0] == NEEDED, j.version), reverse=True)
    return (found[0] if found else None), passed


def find(env: dict[str, str] | None = None) -> Jdk:
    jdk, passed = search(env)
    if jdk is None:
        raise missing(passed)
    return jdk


def missing(passed: list[str]) -> Missing:
    looked = "".join(f"\n  passed over: {line}" for line in passed)
    return Missing(f"No JDK {NEEDED} or newer was found.{looked}\n  Remedy: {remedy()}")


def remedy() -> str:
    """How to install a JDK on this platform, in one line."""
    if platform.system() == "Darwin":
        if not shutil.which("brew") and shutil.which("port"):
            return "sudo port install openjdk25-temurin"
        return "brew install --cask temurin@25"
    kind = linux_family()
    if kind == "debian":
        return (
            "sudo apt install openjdk-25-jdk where your release has it (Debian 14, Ubuntu 24.04 and newer), "
            "else temurin-25-jdk from https://adoptium.net/installation/linux"
        )
    if kind == "fedora":
        return "sudo dnf install java-25-openjdk-devel"
    return "install Temurin 25 from https://adoptium.net, or set JAVA_HOME to a JDK that you have"


def linux_family(os_release: Path = Path("/etc/os-release")) -> str:
    """debian, fedora or other; a Linux under Windows (WSL) is the Linux that it is."""
    try:
        text = os_release.read_text(encoding="utf-8")
    except OSError:
        return "other"
    names = " ".join(re.findall(r'^ID(?:_LIKE)?="?([^"\n]*)', text, re.M)).split()
    for kind, members in (("debian", {"debian", "ubuntu"}), ("fedora", {"fedora", "rhel", "centos"})):
        if members & set(names):
            return kind
    return "other"
