"""A lesson walked through once in a kernel, for several tests: each exercise three ways, each claim's mutation."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import book_build
import book_claims
import book_kernel
import book_source
from conftest import missing

# Most cells run a few times only: the second compiler would take more time than it saves, but for wide networks.
FIRST_COMPILER, WIDE = "-XX:TieredStopAtLevel=1", ("02", "06", "09")
# Some of their claims and outputs are made on a device.
ON_DEVICE = ("09",)
NOT_ATTEMPTED, MISTAKE, PASSED = "○ Not attempted · Exercise", "✗ Not yet · Exercise", "✓ Passed · Exercise"


def each() -> list[Any]:
    """Parameters of a test: the lessons, each of which stays in one process, where what its walk found is known."""
    return [pytest.param(s, id=s.stem, marks=pytest.mark.xdist_group(s.stem)) for s in book_source.sources()]


class Walk(NamedTuple):
    """What is wrong, in words.

    `exercises` also has the ids of those that were met.
    """

    claims: list[str]
    exercises: tuple[set[str], list[str]]


@functools.cache
def walk(source: Path) -> Walk:
    number = source.stem[:2]
    cells = [c.source for c in book_source.code_cells(book_source.read(source))]
    done: set[str] = set()
    wrong: list[str] = []
    with book_kernel.session(log=f"walk-{source.stem}.log", jvm="" if number in WIDE else FIRST_COMPILER) as session:
        session.run("1")  # the start-up script runs at the first cell
        if number in ON_DEVICE and "true" in verdict(session, "Gpu.all().isEmpty()"):
            no_device()
        listed = catalogue(session, number)["exercises"]
        exercises = {code(e["starter"]): e for e in listed}

        def try_exercise(cell: str) -> None:
            exercise = exercises.get(code(cell))
            if exercise:
                done.add(exercise["id"])
                wrong.extend(f"exercise {exercise['id']}: {w}" for w in three_ways(session, exercise, cell))
                session.run(cell)  # what it defines is as the cells below expect it

        claims = book_claims.try_all(session, cells, book_claims.mutations(source), try_exercise)
    for e in listed:
        if e["id"] not in done:
            wrong.append(f"exercise {e['id']}: no cell of the lesson is its starter:\n{e['starter']}")
    return Walk(claims, (done, wrong))


def no_device() -> None:
    missing("an OpenCL device", f"apt install {book_build.OPENCL}")


def catalogue(session: book_kernel.Session, number: str) -> dict:
    """What the lesson's class declares, as the library tells it."""
    outputs = session.run(f"System.out.println(org.costate.workbook.Catalogue.json(Lesson{number}.class));")
    assert not book_kernel.error_of(outputs), book_kernel.error_of(outputs)
    return json.loads(book_kernel.text_of(outputs))


def plain(text: str) -> str:
    """Without differences of layout."""
    return " ".join(text.split())


def code(text: str) -> str:
    """Without comments and layout."""
    return plain(re.sub(r"//[^\n]*", "", text))


def verdict(session: book_kernel.Session, cell: str) -> str:
    return "\n".join(verdicts(session, cell))


def verdicts(session: book_kernel.Session, cell: str) -> list[str]:
    """What each output of the cell says."""
    outputs = session.run(cell)
    assert not book_kernel.error_of(outputs), f"{cell}\n{book_kernel.error_of(outputs)}"
    return [book_kernel.text_of([output]) for output in outputs]


def three_ways(session: book_kernel.Session, exercise: dict, starter: str) -> list[str]:
    """What is wrong with an exercise, in words."""
    wrong = []
    asked = [f"hint({n})" for n in range(1, len(exercise["hints"]) + 1)] + ["solution()"]
    *hints, solution = verdicts(session, "".join(f"show({exercise['handle']}.{a});\n" for a in asked))
    for n, (hint, shown) in enumerate(zip(exercise["hints"], hints, strict=True), 1):
        if f"Hint {n} of" not in shown:
            wrong.append(f"hint {n} is not shown: {hint}")
    if len(exercise["hints"]) < 2:
        wrong.append("fewer than two hints")
    if exercise["solution"] not in re.sub(r"^    ", "", solution, flags=re.M):
        wrong.append("solution() does not show the solution")
    said = verdict(session, starter)
    if f"{NOT_ATTEMPTED} {exercise['id']}," not in said:
        wrong.append(f"the starter says {said}")
    for mistake in exercise["mistakes"]:
        said = verdict(session, mistake["cell"])
        if f"{MISTAKE} {exercise['id']}," not in said or plain(mistake["message"]) not in plain(said):
            wrong.append(f"{mistake['cell']}\nshould say: {mistake['message']}\nbut says: {said}")
    said = verdict(session, exercise["solution"])
    if f"{PASSED} {exercise['id']}," not in said:
        wrong.append(f"the solution says {said}")
    return wrong
