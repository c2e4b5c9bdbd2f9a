"""The way of a newcomer, on one fresh copy of the project: an empty HOME, a folder name with a space and letters beyond
ASCII, an old JDK first on PATH, no Maven, and Ctrl-C in the midst of the set-up. The tests run in this order."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import loopback
import maven
import newcomer
import paths
import temurin
from conftest import missing
from test_setup_jdk import make_jdk

pytestmark = pytest.mark.xdist_group("newcomer")  # in one process

ADDRESS = r"(http://127\.0\.0\.1:(\d+)/)lab(?:/tree/(\S+))?\?token=(\w+)"


@pytest.fixture(scope="module")
def real_maven(tmp_path_factory) -> Path:
    """The very archive that the wrapper pins, from Maven Central."""
    version = re.search(r"apache-maven-([\d.]+)-bin", maven.PROPERTIES.read_text(encoding="utf-8"))[1]
    folder = tmp_path_factory.mktemp("maven")
    found = temurin.find_or_install(download=True)
    goal = ["-q", "dependency:copy", f"-Dartifact=org.apache.maven:apache-maven:{version}:tar.gz:bin", f"-DoutputDirectory={folder}"]
    subprocess.run(
        maven.command(maven.find_or_install(download=True), goal), env=maven.environment(found), cwd=paths.CHECKOUT, check=True
    )
    return next(folder.glob("*.tar.gz"))


class Machine:
    def __init__(self, root: Path) -> None:
        self.checkout = newcomer.copy_project(root / "Größe ß 伴随" / "costate")
        self.home = root / "home"
        self.home.mkdir()
        old = make_jdk(root / "old-jdk", "17.0.15")
        # Java asks the system for the home folder, not HOME; this tells it the same.
        self.env = newcomer.environment(self.home, JAVA_TOOL_OPTIONS=f"-Duser.home={self.home}")
        self.env["PATH"] = f"{old / 'bin'}{os.pathsep}{newcomer.path_without('mvn', root)}"
        self.env["PIP_CACHE_DIR"] = str(paths.CACHE / "pip-of-tests")
        repository = maven.repository() or Path(os.path.expanduser("~")) / ".m2" / "repository"
        self.env["MAVEN_OPTS"] = f"{self.env.get('MAVEN_OPTS', '')} -Dmaven.repo.local={repository}"
        self.costate = self.checkout / ".costate"

    def run(self, *line: str, **more: str) -> newcomer.Command:
        return newcomer.Command([self.checkout / "environment" / line[0], *line[1:]], self.checkout, {**self.env, **more})


@pytest.fixture(scope="module")
def machine(real_maven):
    server = loopback.Server(real_maven.name)
    server.body = real_maven.read_bytes()
    with newcomer.scratch() as folder:
        made = Machine(folder)
        made.env["COSTATE_MAVEN_URL"] = server.url
        made.asked_maven = server.ranges
        yield made
    server.close()
    for line in newcomer.processes_mentioning(str(made.checkout)):
        pytest.fail(f"left running: {line}")


@pytest.mark.parametrize("within", ["Python packages …", "Library and its jars …"])
def test_ctrl_c_in_the_set_up_says_how_to_go_on_and_leaves_nothing_running(machine, within):
    command = machine.run("start", "--no-browser")
    try:
        command.until(within)
        assert command.interrupt() == 130
    finally:
        command.kill()
    assert command.output.rstrip().endswith("Stopped. Run the same command again: it goes on where it stopped.")
    assert "Traceback" not in command.output
    assert newcomer.processes_mentioning(str(machine.costate)) == []


def test_the_same_command_goes_on_and_prints_an_address_that_works(machine):
    lesson = ["1"] if any(machine.checkout.glob("notebooks/01*.ipynb")) else []
    command = machine.run("start", *lesson, "--no-browser")
    try:
        url, port, page, token = command.until(ADDRESS).groups()
        assert "Python packages" not in command.output  # finished before the second Ctrl-C
        assert newcomer.get(f"{url}api/status", token)[0] == 200
        assert newcomer.get(f"{url}api/status")[0] == 403
        specs = newcomer.get(f"{url}api/kernelspecs", token)[1]
        assert list(specs["kernelspecs"]) == ["costate"] and specs["default"] == "costate"
        assert newcomer.get(f"{url}lab", token)[0] == 200
        assert not lesson or page.startswith("notebooks/01")
        assert listening(int(port)) == {"127.0.0.1"}
        assert not any(token in line for line in newcomer.processes_mentioning(token))
        assert command.interrupt() == 0
    finally:
        command.kill()
    assert command.output.rstrip().endswith(" ".join(["To go on later: environment/start", *lesson]))
    assert newcomer.processes_mentioning(str(machine.costate)) == []


@pytest.fixture
def ready(machine):
    """The machine after its set-up, which the tests above have done unless only some are selected."""
    if not (machine.costate / "stamps" / "kernelspec").exists():
        command = machine.run("start", "--no-browser")
        try:
            command.until(ADDRESS)
            command.interrupt()
        finally:
            command.kill()
    return machine


def listening(port: int) -> set[str]:
    """The addresses on which something listens to this port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, number = local.split(":")
            if state == "0A" and int(number, 16) == port:
                found.add(".".join(str(b) for b in bytes.fromhex(address)[::-1]) if len(address) == 8 else address)
    return found


def test_the_pinned_maven_was_fetched_once_with_its_digest_checked(ready):
    assert len(ready.asked_maven) == 1
    assert list(ready.costate.glob("maven/*/bin/mvn"))
    command = ready.run("wrapper/mvnw", "--version")
    assert command.end() == 0
    assert re.search(r"Apache Maven 3\.9\.\d+", command.output) and re.search(r"Java version: 2[5-9]", command.output)


def test_a_second_start_is_silent_about_what_is_done_and_ready_within_5_s(ready):
    before = stamps(ready)
    seconds = []
    for _ in range(3):  # a machine that is busy with something else for a moment is given another try
        command = ready.run("start", "--no-browser")
        try:
            command.until(ADDRESS)
            seconds.append(time.monotonic() - command.begin)
            assert command.interrupt() == 0
        finally:
            command.kill()
        assert "Python packages" not in command.output and "Library" not in command.output
        if seconds[-1] < 5:
            break
    # On a machine where others compute, each program gets a share.
    share = max(1, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert min(seconds) < 5 * share, seconds
    assert stamps(ready) == before


def test_start_beside_a_running_server_gives_its_address(ready):
    command = ready.run("start", "--no-browser")
    try:
        first = command.until(ADDRESS)
        again = ready.run("start", "--no-browser")
        assert again.end(20) == 0
        assert re.search(ADDRESS, again.output)[0] == first[0]
        assert command.interrupt() == 0
    finally:
        command.kill()


def stamps(machine: Machine) -> dict[str, int]:
    watched = [*machine.costate.glob("stamps/*"), *machine.costate.glob("classpath/*"), machine.costate / "venv" / "complete"]
    return {str(p): p.stat().st_mtime_ns for p in watched}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["no-such-lesson"], r"No lesson is called 'no-such-lesson'\.\n  Remedy: choose one of: "),
        (["--port", "99999"], r"--port is 99999, expected 1 to 65535\.\n  Remedy: "),
        (["--port", "{taken}"], r"Port \d+ cannot be used .*\n  Remedy: choose another"),
    ],
)
def test_what_cannot_be_is_said_with_a_remedy(machine, line, told):
    server = loopback.Server()
    try:
        line = [word.format(taken=server.httpd.server_port) for word in line]
        command = machine.run("start", "--no-browser", *line)
        assert command.end(20) == 1
        assert re.search(told, command.output), command.output
        assert "Traceback" not in command.output
    finally:
        server.close()


def test_doctor_finds_all_well(ready):
    command = ready.run("doctor")
    assert command.end(60) == 0, command.output
    assert command.output.rstrip().endswith("Next: environment/start")


def test_kernel_for_other_front_ends_comes_and_goes(machine):
    spec = machine.home / ".local" / "share" / "jupyter" / "kernels" / "costate"
    for _ in range(2):
        assert machine.run("install-kernel", "--user").end() == 0
        told = json.loads((spec / "kernel.json").read_text(encoding="utf-8"))
        assert any(str(machine.costate) in word for word in told["argv"])
    (spec / "kernel.json").rename(spec / "kept")
    (spec / "kernel.json").write_text('{"argv": ["java", "-jar", "/another/.costate/kernel/ijava.jar"]}', encoding="utf-8")
    command = machine.run("install-kernel", "--user", "--uninstall")
    assert command.end() == 1 and "belongs to /another" in command.output
    (spec / "kept").rename(spec / "kernel.json")
    for said in ("Removed", "nothing to do"):
        command = machine.run("install-kernel", "--user", "--uninstall")
        assert command.end() == 0 and said in command.output
    assert not spec.exists()
    shutil.rmtree(machine.home / ".local")  # the empty parents, which Jupyter keeps too


def test_lesson_runs_with_the_network_cut_off(ready):
    lessons = sorted(ready.checkout.glob("notebooks/0[1-9]*.ipynb"))
    if not lessons:
        pytest.skip("No lesson yet.")
    if os.geteuid() != 0:
        missing("A network namespace", "run the tests as root")
    if subprocess.run(["unshare", "-n", "true"], check=False).returncode:
        missing("The right to make a network namespace", "run the tests where `unshare -n` is allowed")
    out = ready.home.parent / "offline.ipynb"
    script = "import sys, nbformat, nbclient; n = nbformat.read(sys.argv[1], 4); " \
        "nbclient.NotebookClient(n, timeout=120, kernel_name='costate').execute(); nbformat.write(n, sys.argv[2])"  # fmt: skip
    outside = {k: str(v).replace(str(paths.CHECKOUT), str(ready.checkout)) for k, v in paths.jupyter_env(ready.env).items()}
    # Loopback stays: kernel and client talk over it.
    line = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", ready.costate / "venv/bin/python", "-c", script]
    done = subprocess.run([*line, lessons[0], out], env=outside, cwd=lessons[0].parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert '"image/png"' in out.read_text(encoding="utf-8") or "<img" in out.read_text(encoding="utf-8")


def test_nothing_was_written_to_home(machine):
    assert newcomer.files_below(machine.home) == set()


def test_git_clean_takes_everything_away(machine):
    told = subprocess.run(["git", "status", "--porcelain"], cwd=machine.checkout, capture_output=True, text=True, check=True)
    assert told.stdout == ""
    subprocess.run(["git", "clean", "-xdfq"], cwd=machine.checkout, check=True)
    assert not machine.costate.exists()
    assert not any(machine.checkout.rglob("target"))


def test_no_download_fetches_nothing_and_says_what_is_missing(machine):
    asked = len(machine.asked_maven)
    command = machine.run("start", "--no-browser", "--no-download")
    assert command.end(20) == 1
    assert "Remedy: run it once without --no-download" in command.output
    assert len(machine.asked_maven) == asked and not (machine.costate / "venv").exists()
