"""What doctor says of machines that are not as they should be, and the commands' search for a Python."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

import doctor
import jdk
import maven
import newcomer
import paths
import start


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The project as cloned, with nothing set up."""
    return newcomer.copy_project(tmp_path_factory.mktemp("doctor") / "costate")


def test_before_set_up_each_missing_thing_is_a_problem_with_a_remedy(copy, tmp_path):
    told = subprocess.run([copy / "environment" / "doctor", "--json"], env=newcomer.environment(tmp_path), capture_output=True, text=True)
    facts = json.loads(told.stdout)
    states = {check["name"]: check for check in facts["checks"]}
    assert told.returncode == 1 and facts["problems"] >= 3
    for name in ("Python packages", "library", "kernel"):
        assert states[name]["state"] == "problem" and "environment/start" in states[name]["remedy"]
    assert states["JDK"]["state"] == "ok"
    assert all(set(check) == {"name", "state", "text", "remedy"} for check in facts["checks"])
    assert all(check["remedy"] for check in facts["checks"] if check["state"] != "ok")
    assert not (copy / ".costate").exists()  # it only looks


def test_everything_is_looked_at_and_well_here():
    told = subprocess.run([paths.ENVIRONMENT / "doctor", "--json"], capture_output=True, text=True, check=False)
    names = {check["name"] for check in json.loads(told.stdout)["checks"]}
    assert {"JDK", "kernel", "SIMD", "memory", "fonts", "GPU", "disk"} <= names
    assert names & {"products", "native libraries"}
    assert told.returncode == 0, told.stdout


def test_a_jdk_with_the_pinning_fault_is_a_warning(monkeypatch):
    old = jdk.Jdk(Path("/opt/jdk-25"), (25, 0, 1), "PATH")
    monkeypatch.setattr(jdk, "search", lambda: (old, []))
    check, found = doctor.check_jdk()
    assert (check.state, found) == ("warning", old)
    assert "JDK-8377811" in check.text and "25.0.3 or newer" in check.remedy


def test_no_jdk_is_a_problem_that_names_what_was_found(monkeypatch):
    monkeypatch.setattr(jdk, "search", lambda: (None, ["/old (PATH): version 17.0.1, needed 25 or newer"]))
    check, found = doctor.check_jdk()
    assert check.state == "problem" and found is None and "version 17.0.1" in check.text and check.remedy


def test_a_full_disk_is_a_problem(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=1))
    assert doctor.check_disk().state == "problem"


def test_too_little_memory_is_a_problem(monkeypatch):
    monkeypatch.setattr(doctor.os, "sysconf", lambda name: 4096 if name == "SC_PAGE_SIZE" else 100_000)
    assert doctor.check_memory().state == "problem"


def test_a_kernel_that_does_not_start_is_a_problem(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "doctor.py"))
    (tmp_path / "ask_kernel.py").write_text("raise SystemExit('no such file: java')", encoding="utf-8")
    (check,) = doctor.check_kernel()
    assert check.state == "problem" and "no such file: java" in check.text and check.remedy


def test_an_old_maven_is_not_taken(tmp_path, monkeypatch):
    for version, taken in (("3.8.5", False), ("3.8.6", True), ("3.10.0", True)):
        home = tmp_path / version
        (home / "lib").mkdir(parents=True)
        (home / "bin").mkdir()
        (home / "lib" / f"maven-core-{version}.jar").touch()
        (home / "bin" / "mvn").touch()
        monkeypatch.setenv("MAVEN_HOME", str(home))
        monkeypatch.setattr(maven.shutil, "which", lambda name: None)
        assert (maven.installed() == home / "bin" / "mvn") is taken


@pytest.mark.parametrize(
    ("told", "pattern"),
    [
        ("exit 1", r"No Python 3\.10 or newer was found on PATH\.\n  Remedy: \S+"),
        ('case "$2" in *ensurepip*) exit 1 ;; esac', r"python3 cannot make virtual environments .*\n  Remedy: \S+"),
    ],
)
def test_missing_python_is_named_with_the_remedy(copy, tmp_path, told, pattern):
    """A PATH with bash's helpers and a Python that is too old, or lacks venv."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("bash", "dirname", "uname", "env"):
        (folder / tool).symlink_to(shutil.which(tool))
    (folder / "python3").write_text(f"#!/bin/bash\n{told}\n", encoding="utf-8")
    (folder / "python3").chmod(0o755)
    env = {"PATH": str(folder), "HOME": str(tmp_path), "COSTATE_PYTHON_ELSEWHERE": ""}
    done = subprocess.run([copy / "environment" / "start"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and re.search(pattern, done.stderr), done.stderr


@pytest.mark.parametrize("wanted", ["0", "00", "00-start-here", "00-start-here.ipynb", "notebooks/00-start-here.ipynb", None])
def test_lesson_is_found_by_number_name_and_path(wanted):
    assert start.lesson(wanted).name == "00-start-here.ipynb"


def test_commands_say_what_they_do(copy):
    for command in ("start", "test", "doctor", "bench", "install-kernel"):
        told = subprocess.run([copy / "environment" / command, "--help"], capture_output=True, text=True, check=True).stdout
        assert f"environment/{command}" in told and len(told) > 150


def test_every_python_file_of_the_scripts_compiles_for_the_oldest_python():
    """Syntax only; which Python runs the tests is another matter."""
    import ast

    for file in (paths.ENVIRONMENT / "tools").glob("*.py"):
        ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 10))
