"""Sets everything up and runs every test: Maven's, then those of environment/tests. Ends with one line over both."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass
from pathlib import Path

import jdk
import maven
import paths
import provision
import say
import start


@dataclass(frozen=True)
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="environment/test", description="Sets up what is missing and runs every test.")
    parser.add_argument("part", nargs="?", choices=["java", "python"], help="only this part; default: both")
    parser.add_argument(
        "--full", action="store_true",
        help="also the whole matrix of gradients on a device, and every kernel by NVRTC; takes an hour longer",
    )  # fmt: skip
    parser.add_argument(
        "-k", metavar="EXPR", dest="only",
        help="only tests that match: for python as in pytest -k, for java as in mvn -Dtest=",
    )  # fmt: skip
    parsed = parser.parse_args()
    if parsed.only and not parsed.part:
        parser.error("-k needs the part that it selects from: environment/test java -k EXPR, or python -k EXPR")
    return parsed


def count(report: Path) -> Count:
    """Of one report in JUnit's XML, as Surefire and pytest write it."""
    total = Count()
    for suite in xml.parse(report).getroot().iter("testsuite"):
        numbers = {n: int(suite.get(n, 0)) for n in ("tests", "failures", "errors", "skipped")}
        failed = numbers["failures"] + numbers["errors"]
        total += Count(numbers["tests"] - failed - numbers["skipped"], failed, numbers["skipped"])
    return total


def java_tests(found: jdk.Jdk, only: str | None, full: bool) -> Count:
    """`mvn verify`: formatter, static analysis, tests, packages."""
    inputs = provision.build_inputs(found)
    mvn = maven.find_or_install(download=True)
    modules = [paths.CHECKOUT / "lib", paths.ENVIRONMENT / "kernel"]
    for module in modules:
        shutil.rmtree(module / "target" / "surefire-reports", ignore_errors=True)
        # Maven would take what a quick build compiled for up to date, and so leave it without static analysis.
        if (paths.STAMPS / "quick").exists():
            shutil.rmtree(module / "target" / "classes", ignore_errors=True)
    provision.unstamp("quick")
    provision.forget_old_jars()
    goal = ["verify", "-Dmaven.test.failure.ignore=true", "-Dstyle.color=never"]
    # The build's own flags, and those that keep the tests' JVM from writing to HOME.
    goal.append("-Dcostate.jvm.flags=" + " ".join(f'"{flag}"' if " " in flag else flag for flag in paths.JVM_FLAGS))
    # In two processes: some tests are of one thread only. More would take more memory than they would save time.
    goal.append(f"-DforkCount={min(os.cpu_count() or 1, 2)}")
    if full:
        goal.append("-Dcostate.excluded=none")
    if only:
        goal += [f"-Dtest={only}", "-Dsurefire.failIfNoSpecifiedTests=false"]
    run = provision.Run("java-tests.log")
    told: list[str] = []
    with say.Progress("Java tests") as progress:

        def each(line: str) -> None:
            if line.startswith("[ERROR]"):
                told.append(line.rstrip())
            elif match := re.search(r"Tests run: (\d+).*-- in (\S+)", line):
                progress.detail = f"{match[2].rsplit('.', 1)[-1]} ran"

        env = {**maven.environment(found), "XDG_CACHE_HOME": str(paths.CACHE)}
        status = run(maven.command(mvn, goal), env, each)
    total = sum((count(r) for m in modules for r in (m / "target" / "surefire-reports").glob("TEST-*.xml")), Count())
    if status == 0:
        provision.stamp("build", inputs)
    elif not total.failed:  # does not compile, or the formatter or the analysis objects
        total += Count(failed=1)
    if total.failed:
        for line in told[:80] or list(run.tail)[-30:]:
            say.line(line)
        say.line(f"All of it: {run.log}")
    say.line(f"Java: {total}")
    return total


def python_tests(found: jdk.Jdk, only: str | None) -> Count:
    """First those that do not disturb one another, some at a time, then the others."""
    total = Count()
    # One more than processors: two left them idle for a quarter of the time, waiting for kernels, pages and downloads.
    at_a_time = min(os.cpu_count() or 1, 3) + 1
    for name, which in (("together", ["-m", "not alone", "-n", str(at_a_time), "--dist=loadgroup"]), ("alone", ["-m", "alone"])):
        total += pytest(found, name, which + (["-k", only] if only else []))
    return total


def pytest(found: jdk.Jdk, name: str, which: list[str]) -> Count:
    report = paths.LOGS / f"python-tests-{name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    env = paths.jupyter_env()
    env.update(JAVA_HOME=str(found.home), PYTHONDONTWRITEBYTECODE="1")
    command = [str(paths.venv_python()), "-m", "pytest", str(paths.ENVIRONMENT / "tests"), f"--junitxml={report}"]
    command += ["-o", f"cache_dir={paths.CACHE / 'pytest'}", "--durations=8", "--durations-min=5", *which]
    status = subprocess.run(command, env=env, cwd=paths.CHECKOUT, stdin=subprocess.DEVNULL, check=False).returncode
    total = count(report) if report.exists() else Count()
    # 0: all passed, 1: some failed, 5: nothing was selected. Anything else is pytest's own trouble.
    if status not in (0, 1, 5) or (status == 1 and not total.failed):
        total += Count(failed=1)
    return total


def main() -> int:
    asked = arguments()
    begin = time.monotonic()
    # Maven builds the library for its tests, so a separate build would be done twice.
    found = provision.everything(download=True, tests=True, build=asked.part == "python")
    total = Count()
    if asked.part != "python":
        total += java_tests(found, asked.only, asked.full)
    if asked.part != "java":
        total += python_tests(found, asked.only)
    say.line(f"{time.monotonic() - begin:.0f} s")
    ran = total.passed + total.failed
    if not ran:
        say.error("No test ran.")
    if total.skipped and os.environ.get("CI") == "true":
        say.error("With CI=true a skipped test is a failure.")
    say.line(str(total))
    return 1 if total.failed or not ran or (total.skipped and os.environ.get("CI") == "true") else 0


if __name__ == "__main__":
    sys.exit(start.guarded(main, "Stopped."))
