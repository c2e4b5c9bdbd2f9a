"""Talks to a kernel by Jupyter's own messages, so that tests see what a front end gets and when."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

import psutil
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

SECONDS = 60


@dataclass
class Answer:
    """What a cell gave: its reply, and its outputs in order as (kind, content)."""

    reply: dict[str, Any]
    outputs: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that a reader of plain text gets."""
        parts = [c["text"] if k == "stream" else c.get("data", {}).get("text/plain", "") for k, c in self.outputs]
        return "\n".join(parts)

    def data(self, mime: str) -> list[str]:
        return [c["data"][mime] for _, c in self.outputs if mime in c.get("data", {})]

    @property
    def lines(self) -> list[str]:
        """The printed error, without its colours."""
        import re

        return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in self.reply.get("traceback", [])]


class Kernel:
    def __init__(self, manager: KernelManager, started: float) -> None:
        self.manager = manager
        self.started = started
        self.client = manager.client()
        self.client.start_channels()

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.manager.provisioner.pid)

    def begin(self, code: str) -> str:
        return self.client.execute(code, allow_stdin=False)

    def end(self, message: str) -> Answer:
        outputs = []
        while True:
            found = self.client.get_iopub_msg(timeout=SECONDS)
            if found["parent_header"].get("msg_id") != message:
                continue
            kind, content = found["msg_type"], found["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            if kind in ("stream", "display_data", "update_display_data", "execute_result", "error"):
                outputs.append((kind, content))
        return Answer(self.reply(message), outputs)

    def reply(self, message: str) -> dict[str, Any]:
        while True:
            found = self.client.get_shell_msg(timeout=SECONDS)
            if found["parent_header"].get("msg_id") == message:
                return found["content"]

    def run(self, code: str) -> Answer:
        return self.end(self.begin(code))

    def ok(self, code: str) -> Answer:
        answer = self.run(code)
        assert answer.reply["status"] == "ok", "\n".join(answer.lines)
        return answer

    def interrupt_after(self, seconds: float, code: str) -> tuple[Answer, float]:
        """Runs a cell, interrupts it, and tells how long after that it ended."""
        message = self.begin(code)
        time.sleep(seconds)
        interrupted = time.monotonic()
        self.manager.interrupt_kernel()
        answer = self.end(message)
        return answer, time.monotonic() - interrupted


@contextlib.contextmanager
def started(name: str, folder: Path, log: Path, **environment: str) -> Iterator[Kernel]:
    """A kernel of this name from this folder of kernelspecs, in the block; what the JVM prints goes to the log."""
    manager = KernelManager(kernel_name=name, kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(folder)]))
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        begin = time.monotonic()
        manager.start_kernel(env={**os.environ, **environment}, stdout=stream, stderr=stream)
        kernel = Kernel(manager, begin)
        try:
            kernel.client.wait_for_ready(timeout=SECONDS)
            yield kernel
        finally:
            kernel.client.stop_channels()
            manager.shutdown_kernel(now=True)
