"""One table over all lessons: how long each is, and what a reader's time and disk are asked for."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import book_compare
import book_source
import paths

# Of the lessons that derive and build; 00 and 10 are for looking things up.
RULED = [f"{n:02}" for n in range(1, 10)]
WORDS, CELLS, EXERCISES = (1500, 2500), (25, 40), 4
# A cell has 2 to 8 lines, but one of a lesson, its subject, which may have more.
LINES, SUBJECT_LINES = 8, 60
SECONDS, ALL_SECONDS = 30, 180
# Of a lesson that compiles kernels for a device.
DEVICE_SECONDS = 60
RECORDS = paths.CACHE / "seconds"


class Row(NamedTuple):
    lesson: str
    words: int
    cells: int
    longest: tuple[int, int]  # lines of the two longest cells
    predictions: int
    exercises: int
    claims: int
    seconds: float | None  # of the last run in this checkout
    figures: int
    figure_bytes: int
    largest: int

    def problems(self) -> list[str]:
        found = []

        def hold(what: str, got: int, least: int, most: int) -> None:
            if not least <= got <= most:
                found.append(f"{self.lesson}: {got} {what}, expected {least} to {most}")

        if self.lesson[:2] in RULED:
            hold("words", self.words, *WORDS)
            hold("code cells", self.cells, *CELLS)
            hold("exercises", self.exercises, EXERCISES, 99)
            hold("predictions", self.predictions, 1, 99)
        hold("lines in the longest cell", self.longest[0], 1, SUBJECT_LINES)
        hold("lines in the longest cell but one", self.longest[1], 1, LINES)
        return found


def record(source: Path, seconds: float) -> float:
    """Kept for the table, since a run takes longer than a reader of the table would wait. Gives what is kept."""
    share = max(1, os.getloadavg()[0] / (os.cpu_count() or 1))  # on a machine where others compute
    RECORDS.mkdir(parents=True, exist_ok=True)
    (RECORDS / source.stem).write_text(f"{seconds / share:.1f}", encoding="utf-8")
    return seconds / share


def recorded(source: Path) -> float | None:
    file = RECORDS / source.stem
    return float(file.read_text(encoding="utf-8")) if file.exists() else None


def row(source: Path, notebook: Any) -> Row:
    prose = "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    cells = book_source.code_cells(notebook)
    lines = sorted((sum(1 for line in c.source.split("\n") if line.strip()) for c in cells), reverse=True)
    images = [len(image) for c in cells for image, _, _ in book_compare.figures(c.outputs)]
    return Row(
        lesson=source.stem,
        words=len(prose.split()),
        cells=len(cells),
        longest=(lines[0], lines[1]),
        predictions=sum(c.source.count(".predict(") for c in cells),
        exercises=len(re.findall(r"\*\*Exercise \d\d\.\d", prose)),
        claims=sum(len(book_source.claims(c.source)) for c in cells),
        seconds=recorded(source),
        figures=len(images),
        figure_bytes=sum(images),
        largest=max(images, default=0),
    )


def rows(chosen: list[Path]) -> list[Row]:
    return [row(s, book_source.load(book_source.notebook_of(s))) for s in chosen]


def text(found: list[Row]) -> str:
    head = ["lesson", "words", "cells", "longest", "predictions", "exercises", "claims", "seconds", "figures", "KB", "largest KB"]
    body = [
        [
            r.lesson, r.words, r.cells, "{}, {}".format(*r.longest), r.predictions, r.exercises, r.claims,
            "not run here" if r.seconds is None else f"{r.seconds:.0f}", r.figures, f"{r.figure_bytes / 1000:.0f}",
            f"{r.largest / 1000:.0f}",
        ]
        for r in found
    ]  # fmt: skip
    total = ["all", *(sum(getattr(r, n) for r in found) for n in ("words", "cells")), ""]
    total += [sum(getattr(r, n) for r in found) for n in ("predictions", "exercises", "claims")]
    total += [f"{sum(r.seconds or 0 for r in found):.0f}", sum(r.figures for r in found)]
    total += [f"{sum(r.figure_bytes for r in found) / 1000:.0f}", ""]
    lines = [[str(x) for x in line] for line in [head, *body, total]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(x.ljust(w) if i == 0 else x.rjust(w) for i, (x, w) in enumerate(zip(line, widths))).rstrip() for line in lines
    )
