"""What the scripts tell: progress of long steps, and failures in one sentence with the remedy."""

from __future__ import annotations

import shutil
import sys
import threading
import time

# A step is silent for this long; a plain log then gets a line this often.
QUIET = 2.0
LOG_EVERY = 15.0


class Failure(Exception):
    """What went wrong in one sentence, and what to do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n  Remedy: {remedy}" if remedy else what)
        self.what, self.remedy = what, remedy


def line(text: str = "") -> None:
    print(text, flush=True)


def error(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Progress:
    """`with Progress("Python packages") as p: p.detail = "3 of 90"`: a line in place on a terminal, else plain lines."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.detail = ""
        self.in_place = sys.stdout.isatty()
        self._stop = threading.Event()
        self._shown = False

    def __enter__(self) -> "Progress":
        self._begin = time.monotonic()
        self._thread = threading.Thread(target=self._tick, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._shown:
            end = "done" if kind is None else "not finished"
            self._write(f"{self.title}: {end} after {time.monotonic() - self._begin:.0f} s", last=True)

    def _tick(self) -> None:
        wait = QUIET
        while not self._stop.wait(wait):
            detail = f", {self.detail}" if self.detail else ""
            self._write(f"{self.title} … {time.monotonic() - self._begin:.0f} s{detail}", last=False)
            wait = 0.5 if self.in_place else LOG_EVERY

    def _write(self, text: str, last: bool) -> None:
        self._shown = True
        if not self.in_place:
            line(text)
            return
        width = shutil.get_terminal_size().columns - 1
        sys.stdout.write("\r\x1b[2K" + text[:width] + ("\n" if last else ""))
        sys.stdout.flush()


def bytes_text(n: float) -> str:
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"
