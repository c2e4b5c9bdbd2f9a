"""Runs Maven: an installed one from 3.8.6 on, else the pinned one. As a program: `mvn` with the project's JDK."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path

import fetch
import jdk
import paths
import say
import temurin

NEEDED = (3, 8, 6)
PROPERTIES = paths.ENVIRONMENT / "wrapper" / "maven-wrapper.properties"


def pinned() -> tuple[str, str]:
    """Address and digest of the wrapper's Maven. COSTATE_MAVEN_URL names a mirror; the digest stays the pinned one."""
    facts = dict(re.findall(r"^(\w+)=(.*)$", PROPERTIES.read_text(encoding="utf-8"), re.M))
    url = os.environ.get("COSTATE_MAVEN_URL", facts["distributionUrl"])
    return url, os.environ.get("COSTATE_MAVEN_SHA256", facts["distributionSha256Sum"])


def version(home: Path) -> tuple[int, ...]:
    """From the name of its core jar: asking the program itself would start a JVM."""
    for folder in (home / "lib", home / "libexec" / "lib"):
        for jar in folder.glob("maven-core-*.jar"):
            digits = re.match(r"maven-core-(\d+\.\d+\.\d+)", jar.name)  # Debian calls it maven-core-3.x.jar
            if digits:
                return tuple(map(int, digits.group(1).split(".")))
    return ()


def installed() -> Path | None:
    """The `mvn` on PATH, or in MAVEN_HOME, if it is new enough."""
    program = shutil.which("mvn")
    for mvn in filter(None, (os.environ.get("MAVEN_HOME", "") and Path(os.environ["MAVEN_HOME"]) / "bin" / "mvn", program)):
        real = Path(mvn).resolve()
        known = version(real.parent.parent)
        if not known and os.path.exists(real):  # a distribution's own layout, or a launcher script (asdf, mise)
            known = ask(real)
        if known >= NEEDED:
            return Path(mvn)
    return None


def ask(mvn: Path) -> tuple[int, ...]:
    found, _ = jdk.search()
    env = environment(found) if found else None  # without any JDK it could not answer
    try:
        told = subprocess.run([mvn, "--version"], env=env, capture_output=True, text=True, timeout=60, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    digits = re.search(r"Apache Maven (\d+(?:\.\d+)*)", told)
    return tuple(map(int, digits.group(1).split("."))) if digits else ()


def find_or_install(download: bool) -> Path:
    there = installed()
    if there:
        return there
    url, sha256 = pinned()
    target = paths.MAVEN / f"maven-{sha256[:12]}"
    program = target / "bin" / "mvn"
    if not program.exists():
        if not download:
            raise say.Failure("No Maven 3.8.6 or newer was found.", remedy())
        fetch.unpack(fetch.archive(url, sha256, paths.CACHE / "download", "Maven", remedy()), target)
    return program


def remedy() -> str:
    if sys.platform == "darwin":
        return "brew install maven, or sudo port install maven3"
    return {
        "debian": "sudo apt install maven",
        "fedora": "sudo dnf install maven",
    }.get(jdk.linux_family(), "install Maven from https://maven.apache.org")


def repository() -> Path | None:
    """The folder for Maven's downloads where its usual one cannot be written, else None."""
    homes = {Path(os.environ.get("HOME") or "/nonexistent")}
    try:
        homes.add(Path(pwd.getpwuid(os.getuid()).pw_dir))  # Java asks the system, not HOME
    except KeyError:  # a user id without an account, as in containers
        pass
    if all(writable(home / ".m2" / "repository") for home in homes):
        return None
    return paths.CACHE / "m2"


def writable(folder: Path) -> bool:
    """Whether this folder can be written, or made if it is not there."""
    while not os.path.exists(folder) and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)


def command(mvn: Path, arguments: list[str], download: bool = True) -> list[str]:
    extra = [] if download else ["--offline"]
    elsewhere = repository()
    if elsewhere and "-Dmaven.repo.local" not in os.environ.get("MAVEN_OPTS", ""):
        extra.append(f"-Dmaven.repo.local={elsewhere}")
    return [str(mvn), "-B", *extra, *arguments]


def environment(found: jdk.Jdk) -> dict[str, str]:
    env = paths.utf8(dict(os.environ))
    env["JAVA_HOME"] = str(found.home)
    # Maven's own Guava still uses it; without the flag every run begins with four lines of warning.
    env["MAVEN_OPTS"] = f"{env.get('MAVEN_OPTS', '')} --sun-misc-unsafe-memory-access=allow".strip()
    return env


def main() -> int:
    try:
        found = temurin.find_or_install(download=True)
        mvn = find_or_install(download=True)
    except (say.Failure, jdk.Missing) as failure:
        say.error(str(failure))
        return 1
    line = command(mvn, sys.argv[1:])
    os.execve(line[0], line, environment(found))


if __name__ == "__main__":
    sys.exit(main())
