"""Shared by all tests in this folder: the scripts' modules can be imported, and nothing is written beside them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[1] / "tools"
sys.path.insert(0, str(TOOLS))
sys.dont_write_bytecode = True

import jdk  # noqa: E402
import paths  # noqa: E402

# The kernel, the server and every tool that a test starts inherit this: nothing goes to HOME.
os.environ.update(paths.jupyter_env())


@pytest.fixture(scope="session")
def checkout() -> Path:
    return paths.CHECKOUT


@pytest.fixture(scope="session")
def java() -> Path:
    return jdk.find().java


@pytest.fixture(scope="session")
def specs(tmp_path_factory: pytest.TempPathFactory, java: Path) -> Path:
    """A folder of kernelspecs with that of this checkout."""
    import kernelspec

    folder = tmp_path_factory.mktemp("kernels")
    kernelspec.install(folder / "costate", paths.CHECKOUT, java)
    return folder


@pytest.fixture(scope="module")
def kernel(specs: Path, tmp_path_factory: pytest.TempPathFactory):
    """A kernel that the tests of a file share."""
    import kernel_client

    with kernel_client.started("costate", specs, tmp_path_factory.mktemp("log") / "kernel.log") as found:
        yield found


def missing(what: str, remedy: str) -> None:
    """Skips a test for want of a tool, with the remedy."""
    pytest.skip(f"{what} is missing. Remedy: {remedy}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """With CI=true a skip is a failure: there everything is to be installed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI=true forbids: {report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr}"
    return report
