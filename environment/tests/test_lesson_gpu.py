"""Lesson 09 where there is no device: it runs from top to bottom, and says what it skipped."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

pytest.importorskip("nbclient")

import book_build  # noqa: E402
import book_kernel  # noqa: E402
import book_source  # noqa: E402
import lesson  # noqa: E402

SECONDS = 60


def test_it_runs_without_a_device_and_says_what_it_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCL_ICD_VENDORS", str(tmp_path))  # no OpenCL platform is registered there
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    (source,) = book_source.choose(list(lesson.ON_DEVICE))
    cells = book_source.code_cells(book_source.read(source))
    said = []
    with book_kernel.session(log="lesson-gpu.log") as session:
        begin = time.monotonic()
        for cell in cells:
            outputs = session.run(cell.source)
            assert not book_kernel.error_of(outputs), f"{cell.source}\n{book_kernel.error_of(outputs)}"
            said.append(book_kernel.text_of(outputs))
        seconds = min(time.monotonic() - begin, session.processor_seconds())
    assert "OpenCL: " in said[0] and "MiB" not in said[0], said[0]
    skipped = {i for i, text in enumerate(said) if book_build.SKIPPED in text}
    # Each cell that tells a device from none says so, and none that does not.
    told = {i for i, cell in enumerate(cells) if "if (device == null)" in cell.source}
    assert told == skipped and len(skipped) > 4
    assert seconds < SECONDS


def test_what_was_skipped_is_not_committed() -> None:
    import nbformat

    (source,) = book_source.choose(list(lesson.ON_DEVICE))
    cell = nbformat.v4.new_code_cell("1")
    text = nbformat.v4.new_output("stream", text=f"{book_build.SKIPPED}: all.")
    with pytest.raises(book_build.Unfit, match="pocl-opencl-icd"):
        book_build.refuse(source, 1, cell, [text])
