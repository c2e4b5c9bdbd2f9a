"""Binder's files: seen by repo2docker as intended, and their steps carried out by hand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import maven
import newcomer
import paths

BINDER = paths.CHECKOUT / ".binder"


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
