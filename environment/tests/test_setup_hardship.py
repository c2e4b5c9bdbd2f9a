"""Machines that make it hard: HOME without write permission, a full disk, a plain log instead of a terminal."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import maven
import newcomer
import paths
import provision
import say
from conftest import missing
from test_setup_newcomer import ADDRESS

NOBODY = 65534


@pytest.fixture
def open_folder():
    with newcomer.scratch() as folder:
        yield folder


def share(source: Path, target: Path) -> None:
    """What is downloaded already, by links where the file system allows them; the folders are new."""

    def link(one: str, other: str) -> None:
        try:
            os.link(one, other)
        except OSError:
            shutil.copy2(one, other)

    if source.is_dir():
        shutil.copytree(source, target, copy_function=link, ignore=shutil.ignore_patterns("*.part", "*.lock", "*.tmp"))


def test_home_that_cannot_be_written(open_folder):
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        missing("setpriv", "sudo apt install util-linux")
    home = open_folder / "home"
    home.mkdir()
    home.chmod(0o555)
    checkout = newcomer.copy_project(open_folder / "costate")
    share(maven.repository() or Path(os.path.expanduser("~")) / ".m2" / "repository", checkout / ".costate" / "cache" / "m2")
    as_user: list[str] = []
    if os.geteuid() == 0:
        for folder, _, files in os.walk(checkout):
            os.chown(folder, NOBODY, NOBODY)
            for name in files if ".costate" not in folder else []:  # those there are links to somebody's
                os.chown(Path(folder) / name, NOBODY, NOBODY, follow_symlinks=False)
        as_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        if subprocess.run([*as_user, "/usr/bin/python3", "-c", "import ensurepip"], check=False, capture_output=True).returncode:
            missing("A Python for all users", "sudo apt install python3-venv")
    command = newcomer.Command([*as_user, checkout / "environment" / "start", "--no-browser"], checkout, newcomer.environment(home))
    try:
        url, _, _, token = command.until(ADDRESS).groups()
        assert newcomer.get(f"{url}api/kernelspecs", token)[0] == 200
        log = (checkout / ".costate" / "logs" / "server.log").read_text(encoding="utf-8")
        assert command.interrupt() == 0
    finally:
        command.kill()
    assert "Permission denied" not in command.output and "Permission denied" not in log
    assert newcomer.files_below(home) == set()
    doctor = [*as_user, checkout / "environment" / "doctor"]
    told = subprocess.run(doctor, env=newcomer.environment(home), capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert newcomer.files_below(home) == set()


def test_checkout_that_cannot_be_written_is_said(open_folder):
    checkout = newcomer.copy_project(open_folder / "costate")
    checkout.chmod(0o555)
    as_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
    command = newcomer.Command([*as_user, checkout / "environment" / "start"], checkout, newcomer.environment(open_folder))
    assert command.end(20) == 1
    assert re.search(r"cannot be written \(Permission denied\)\.\n  Remedy: make .* writable", command.output), command.output


@pytest.fixture
def small_disk(tmp_path):
    if os.geteuid() != 0:
        missing("The right to mount a small disk", "run the tests as root")
    mount = tmp_path / "disk"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", mount], check=False).returncode:
        missing("The right to mount a small disk", "run the tests where mounting a tmpfs is allowed")
    yield mount
    subprocess.run(["umount", "-l", mount], check=True)


def test_disk_full(small_disk, tmp_path):
    checkout = newcomer.copy_project(small_disk / "costate")
    home = tmp_path / "home"
    home.mkdir()
    repository = maven.repository() or Path(os.path.expanduser("~")) / ".m2" / "repository"
    env = newcomer.environment(home, PIP_CACHE_DIR=str(paths.CACHE / "pip-of-tests"))
    env["MAVEN_OPTS"] = f"{env.get('MAVEN_OPTS', '')} -Dmaven.repo.local={repository}"
    full = r"The disk that holds .* is full: \d+ MB free.*\n  Remedy: free some space"

    def run(*line: str, **more: str) -> newcomer.Command:
        command = newcomer.Command([checkout / "environment" / line[0], *line[1:]], checkout, {**env, **more})
        command.end()
        assert "Traceback" not in command.output, command.output
        return command

    before = run("start", "--no-browser")  # seen beforehand
    assert before.process.returncode == 1 and re.search(full, before.output), before.output
    assert "Python packages" not in before.output
    within = run("start", "--no-browser", COSTATE_ASSUME_SPACE="1")  # met by pip
    assert within.process.returncode == 1 and re.search(full, within.output), within.output
    shutil.rmtree(checkout / ".costate" / "venv")
    library = ["install-kernel", "--prefix", str(tmp_path / "prefix")]
    within = run(*library, COSTATE_ASSUME_SPACE="1")  # met by Maven
    assert within.process.returncode == 1 and re.search(full, within.output), within.output
    subprocess.run(["mount", "-o", "remount,size=600m", small_disk], check=True)
    after = run(*library)  # with room, the same command goes on
    assert after.process.returncode == 0, after.output


def test_progress_is_one_line_on_a_terminal_and_plain_lines_in_a_log(tmp_path):
    script = "import say, time\nsay.QUIET = 0.1\nwith say.Progress('Work') as p:\n    p.detail = '1 of 2'; time.sleep(1)\n"
    run = [sys.executable, "-B", "-c", script]
    log = subprocess.run(run, cwd=paths.ENVIRONMENT / "tools", capture_output=True, text=True, check=True).stdout
    assert log.splitlines() == ["Work … 0 s, 1 of 2", "Work: done after 1 s"]
    leader, follower = pty.openpty()
    subprocess.run(run, cwd=paths.ENVIRONMENT / "tools", stdout=follower, check=True)
    os.close(follower)
    shown = os.read(leader, 10_000).decode()
    os.close(leader)
    assert shown.count("\n") == 1 and shown.count("\r\x1b[2K") >= 2 and "1 of 2" in shown
    assert shown.rstrip().endswith("Work: done after 1 s")


def test_short_steps_are_silent(capsys):
    with say.Progress("Work"):
        pass
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("java.io.IOException: No space left on device", "is full"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28]", "is full"),
        ("Temporary failure in name resolution", "cannot be reached"),
        ("Cannot access central in offline mode", "cannot be reached"),
        ("cannot find symbol", "cannot find symbol"),
    ],
)
def test_failures_of_pip_and_maven_are_named(said, expected):
    run = provision.Run("test.log")
    run.tail.append(said)
    failure = run.failure("The step", 1_000_000)
    assert expected in failure.what and failure.remedy


def test_changed_inputs_and_only_those_make_a_step_stale(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CHECKOUT", tmp_path)
    monkeypatch.setattr(paths, "STAMPS", tmp_path / "stamps")
    file = tmp_path / "folder" / "input"
    file.parent.mkdir()
    file.write_text("1", encoding="utf-8")
    inputs = provision.hash_of("x", file.parent)
    assert not provision.fresh("step", inputs)
    provision.stamp("step", inputs)
    assert provision.fresh("step", provision.hash_of("x", file.parent))
    assert not provision.fresh("step", provision.hash_of("y", file.parent))
    file.write_text("2", encoding="utf-8")
    assert not provision.fresh("step", provision.hash_of("x", file.parent))
