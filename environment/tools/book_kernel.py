"""A kernel to run cells in, one after another: for making the notebooks and for testing them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Iterator

import paths

# Longer than any cell may take: past this the kernel is taken for hung.
CELL_SECONDS = 120


class Session:
    """A started kernel. Cells share its state as in JupyterLab."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, source: str, cell: Any = None) -> list[Any]:
        """Runs a cell and gives its outputs, an error among them if there was one."""
        import nbformat

        cell = cell or nbformat.v4.new_code_cell(source)
        cell.outputs = []
        if not any(cell is c for c in self._client.nb.cells):
            self._client.nb.cells.append(cell)
        index = next(i for i, c in enumerate(self._client.nb.cells) if c is cell)
        self._client.execute_cell(cell, index, store_history=True)
        return list(cell.outputs)

    def processor_seconds(self) -> float:
        """What the kernel has computed so far. Unlike the time that passed it does not depend on other programs."""
        import psutil

        times = psutil.Process(self._client.km.provisioner.pid).cpu_times()
        return times.user + times.system


@contextlib.contextmanager
def session(kernel: str = "costate", notebook: Any = None, log: str = "kernel.log", jvm: str = "") -> Iterator[Session]:
    """A fresh kernel that ends with the block. Lessons run in the folder of the notebooks, as in JupyterLab."""
    import nbformat
    from nbclient import NotebookClient

    paths.LOGS.mkdir(parents=True, exist_ok=True)
    (paths.JUPYTER / "runtime").mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook or nbformat.v4.new_notebook(),
        kernel_name=kernel,
        timeout=CELL_SECONDS,
        startup_timeout=60,
        allow_errors=True,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder())}},
    )
    with (paths.LOGS / log).open("wb") as stream:
        # What the JVM itself prints belongs to no cell.
        env = paths.jupyter_env(dict(os.environ)) | ({"JAVA_TOOL_OPTIONS": jvm} if jvm else {})
        with client.setup_kernel(env=env, stdout=stream, stderr=stream):
            yield Session(client)


def folder() -> Path:
    return paths.NOTEBOOKS if paths.NOTEBOOKS.is_dir() else paths.CHECKOUT


def text_of(outputs: list[Any]) -> str:
    """All that outputs say, as plain text: printed lines, texts of results, errors."""
    parts = []
    for output in outputs:
        if output.output_type == "stream":
            parts.append(output.text)
        elif output.output_type == "error":
            parts.append("\n".join([output.ename, output.evalue, *output.traceback]))
        else:
            parts.append(output.data.get("text/plain", ""))
    return "\n".join(parts)


def error_of(outputs: list[Any]) -> str | None:
    """Name and message of the error among outputs, if there is one."""
    for output in outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}\n" + "\n".join(output.traceback)
    return None
