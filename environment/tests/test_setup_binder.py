"""Binder's files: seen by repo2docker as intended, their steps carried out by hand, and a session's memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.blocking import BlockingKernelClient

import maven
import newcomer
import paths

BINDER = paths.CHECKOUT / ".binder"
PEAK_MB = 900


def test_repo2docker_takes_the_python_build_pack_with_our_files():
    tool = paths.VENV / "bin" / "jupyter-repo2docker"
    line = [sys.executable, tool, "--no-build", "--debug", paths.CHECKOUT]
    # The Dockerfile goes to stderr or stdout, as the version has it.
    done = subprocess.run(line, capture_output=True, text=True, check=False, env=newcomer.environment(paths.CACHE / "home"))
    told = done.stdout + done.stderr
    assert done.returncode == 0, told[-2000:]
    assert "Building conda environment for python=3.12" in told  # PythonBuildPack, and runtime.txt
    packages = (BINDER / "apt.txt").read_text(encoding="utf-8").split()
    installed = re.search(r"apt-get install --yes --no-install-recommends (.*) &&", told)[1].split()
    assert sorted(packages) == installed
    copied, pip = told.index("COPY --chown=0:0 src/ ${REPO_DIR}/"), told.index('-r ".binder/requirements.txt"')
    assert copied < pip  # requirements.txt points into environment/, so that must be there first
    assert re.search(r"RUN \./\.binder/postBuild|\.binder/postBuild", told) and re.search(r"\.binder/start", told)


def test_binder_files_only_point_into_environment():
    assert sorted(p.name for p in BINDER.iterdir()) == ["apt.txt", "postBuild", "requirements.txt", "runtime.txt", "start"]
    for file in BINDER.iterdir():
        assert file.is_file() and not file.is_symlink() and file.stat().st_size < 200, file
    assert all(os.access(BINDER / name, os.X_OK) for name in ("postBuild", "start"))
    assert (BINDER / "start").read_text(encoding="utf-8").rstrip().endswith('exec "$@"')


@pytest.fixture
def empty_folder():
    with newcomer.scratch() as folder:
        yield folder


def test_steps_by_hand_give_a_kernel_that_needs_no_network(empty_folder):
    checkout = newcomer.copy_project(empty_folder / "repository")
    home, prefix = empty_folder / "home", empty_folder / "prefix"
    home.mkdir()
    env = newcomer.environment(home, NB_PYTHON_PREFIX=str(prefix), PIP_CACHE_DIR=str(paths.CACHE / "pip-of-tests"))
    env["JAVA_TOOL_OPTIONS"] = f"-Duser.home={home}"
    repository = maven.repository() or Path(os.path.expanduser("~")) / ".m2" / "repository"
    env["MAVEN_OPTS"] = f"{env.get('MAVEN_OPTS', '')} -Dmaven.repo.local={repository}"

    def run(*line: str | Path, **more: object) -> str:
        done = subprocess.run(line, cwd=checkout, env=env, capture_output=True, text=True, check=False, **more)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    run(sys.executable, "-m", "venv", prefix)
    env["PATH"] = f"{prefix / 'bin'}{os.pathsep}{env['PATH']}"
    run(prefix / "bin" / "pip", "install", "-q", "-r", ".binder/requirements.txt")
    run(checkout / ".binder" / "postBuild")
    cells = json.dumps(["System.out.print(21 * 2);"])
    ask = [".binder/start", prefix / "bin" / "python", "-B", paths.ENVIRONMENT / "tools" / "ask_kernel.py", "costate"]
    offline = []
    if os.geteuid() == 0 and subprocess.run(["unshare", "-n", "true"], check=False).returncode == 0:
        offline = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    told = json.loads(run(*offline, *ask, input=cells).splitlines()[-1])
    assert told["answers"] == [{"text": "42", "error": ""}]
    specs = json.loads(run(".binder/start", prefix / "bin" / "jupyter", "kernelspec", "list", "--json"))["kernelspecs"]
    assert specs["costate"]["resource_dir"].startswith(str(prefix))


def test_server_and_kernel_stay_within_binders_memory_in_lesson_02(tmp_path):
    lessons = sorted(paths.NOTEBOOKS.glob("02*.ipynb"))
    if not lessons:
        pytest.skip("Lesson 02 is not written yet.")
    notebook = nbformat.read(lessons[0], 4)
    command = newcomer.Command([paths.ENVIRONMENT / "start", "--no-browser", "--port", "8777"], paths.CHECKOUT, dict(os.environ))
    try:
        url, _, _, token = command.until(r"(http://127\.0\.0\.1:(\d+)/)lab(?:/tree/(\S+))?\?token=(\w+)").groups()
        kernel = start_kernel(url, token, lessons[0])
        client = BlockingKernelClient(connection_file=str(paths.JUPYTER / "runtime" / f"kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        failed = []
        for cell in notebook.cells:
            if cell.cell_type == "code":
                reply = client.execute_interactive(cell.source, timeout=120, allow_stdin=False, output_hook=lambda message: None)
                if reply["content"]["status"] != "ok":
                    failed.append(cell.source)
        peaks = {line: peak_mb(pid) for pid, line in descendants(command.process.pid) if "start.py" not in line}
        client.stop_channels()
        command.interrupt()
    finally:
        command.kill()
    assert not failed
    assert any("jupyterlab" in line for line in peaks) and any("java" in line for line in peaks)
    print(f"peak resident set: {sum(peaks.values()):.0f} MB, {sorted(peaks.values())}")
    # The sum of the peaks is no less than the peak of the sum.
    assert sum(peaks.values()) < PEAK_MB, peaks


def start_kernel(url: str, token: str, notebook: Path) -> str:
    """As JupyterLab does when a notebook is opened."""
    import urllib.request

    wanted = {"path": str(notebook.relative_to(paths.CHECKOUT)), "type": "notebook", "name": "", "kernel": {"name": "costate"}}
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}api/sessions", json.dumps(wanted).encode(), headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return json.load(answer)["kernel"]["id"]


def descendants(pid: int) -> list[tuple[int, str]]:
    import psutil

    process = psutil.Process(pid)
    return [(p.pid, " ".join(p.cmdline())) for p in [process, *process.children(recursive=True)]]


def peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
