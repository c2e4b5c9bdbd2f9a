"""Lesson 02, the largest, fits a free Binder: server and kernel together stay below 900 MB."""

from __future__ import annotations

import json
import secrets
import threading
import time
import urllib.request

import pytest

nbformat = pytest.importorskip("nbformat")
psutil = pytest.importorskip("psutil")

import book_source  # noqa: E402
import paths  # noqa: E402
import start  # noqa: E402
from jupyter_client.blocking import BlockingKernelClient  # noqa: E402

LIMIT = 900e6  # Binder guarantees 1 GB
SAMPLE_EVERY = 0.1
CELL_SECONDS = 120


class Watch(threading.Thread):
    """The most memory that a process and its descendants had resident at once."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(process)
        self._end = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._end.wait(SAMPLE_EVERY):
            total = 0
            for one in [self._process, *self._process.children(recursive=True)]:
                try:
                    total += one.memory_info().rss
                except psutil.Error:  # ended meanwhile
                    pass
            self.peak = max(self.peak, total)

    def stop(self) -> int:
        self._end.set()
        self.join()
        return self.peak


def start_kernel(url: str, token: str) -> BlockingKernelClient:
    """As JupyterLab does: the server starts it."""
    request = urllib.request.Request(
        f"{url}api/kernels", json.dumps({"name": "costate", "path": "notebooks"}).encode(),
        {"Authorization": f"token {token}", "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        kernel = json.load(answer)["id"]
    client = BlockingKernelClient()
    client.load_connection_file(str(paths.JUPYTER / "runtime" / f"kernel-{kernel}.json"))
    client.start_channels()
    end = time.monotonic() + 60
    while True:
        try:
            client.wait_for_ready(timeout=60)
            return client
        except RuntimeError:  # takes a kernel for dead that has not come up within a second
            if time.monotonic() > end:
                raise


def test_lesson_02_within_the_memory_of_binder() -> None:
    (lesson,) = book_source.choose(["02"])
    cells = [c.source for c in book_source.code_cells(book_source.read(lesson))]
    assert len(cells) > 10
    token = secrets.token_hex(16)
    number = start.port(None)
    url = f"http://127.0.0.1:{number}/"
    with start.server(number, token) as server:
        start.wait_ready(server, url, token)
        watch = Watch(server.pid)
        watch.start()
        client = start_kernel(url, token)
        try:
            for cell in cells:
                reply = client.execute_interactive(cell, output_hook=lambda m: None, timeout=CELL_SECONDS)["content"]
                assert reply["status"] == "ok", f"{reply.get('ename')}: {reply.get('evalue')}\n{cell}"
        finally:
            client.stop_channels()
            peak = watch.stop()
    print(f"server and kernel: {peak / 1e6:.0f} MB at most")
    assert 100e6 < peak < LIMIT
