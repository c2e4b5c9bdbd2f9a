"""The mutations of a lesson's claims, and how they are tried.

Beside notebooks/source/NN-name.md stands NN-claims.txt: for each claim its id, the text that is replaced (lines after
"- ") and what stands there instead (lines after "+ "; none to delete it). The text is looked for in the claim's own
cell, then in the cells above, nearest first.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Callable, NamedTuple

import book_kernel
import book_source


class Mutation(NamedTuple):
    find: str
    replace: str


def file_of(source: Path) -> Path:
    return source.with_name(f"{source.stem[:2]}-claims.txt")


def mutations(source: Path) -> dict[str, Mutation]:
    """What the file beside a lesson's source says."""
    file = file_of(source)
    found: dict[str, tuple[list[str], list[str]]] = {}
    current: tuple[list[str], list[str]] | None = None
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines() if file.exists() else [], 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(("- ", "+ ")) and current is not None:
            current[line[0] == "+"].append(line[2:])
        elif re.fullmatch(r"[\w.-]+", line) and line not in found:
            current = found[line] = ([], [])
        else:
            raise book_source.BadSource(f"{file.name}, line {number}: {line!r}; expected a new claim's id, '- …' or '+ …'")
    for claim, (old, _) in found.items():
        if not old:
            raise book_source.BadSource(f"{file.name}: {claim} has no line that begins with '- '")
    return {claim: Mutation("\n".join(old), "\n".join(new)) for claim, (old, new) in found.items()}


def try_all(
    session: book_kernel.Session, cells: list[str], wanted: dict[str, Mutation], also: Callable[[str], None] = lambda cell: None
) -> list[str]:
    """Runs the cells of a lesson in order; before each one with claims their mutations, each of which must make its claim
    throw. What is wrong, in words. After the mutations the cells are run as they are, so that those below see what they
    should. `also` gets each cell that has run."""
    wrong = []
    session.run("void unchecked(Object... values) {}")
    for at, cell in enumerate(cells):
        changed = at  # cells from here on are not in the session as they stand in the lesson
        for claim in (c for c in book_source.claims(cell) if c in wanted):
            mutation = wanted[claim]
            begin = next((i for i in range(at, -1, -1) if mutation.find in cells[i]), None)
            if begin is None:
                problem = f"not found in its cell or above: {mutation.find!r}"
            elif mutation.find == mutation.replace:
                problem = f"the mutation changes nothing: {mutation.find!r}"
            else:
                # What follows runs again anyhow, with the next mutation.
                problem = as_they_are(session, cells[changed:begin]) or try_one(session, cells[begin : at + 1], claim, mutation)
                changed = begin
            wrong += [f"claim {claim}: {problem}"] if problem else []
        if problem := as_they_are(session, cells[changed : at + 1]):
            return [*wrong, problem]
        also(cell)
    return wrong


def as_they_are(session: book_kernel.Session, cells: list[str]) -> str | None:
    for cell in cells:
        if error := book_kernel.error_of(session.run(cell)):
            return f"{cell}\nended with {error}"
    return None


def try_one(session: book_kernel.Session, cells: list[str], claim: str, mutation: Mutation) -> str | None:
    """Runs these cells, the first of them mutated; the claim is in the last one."""
    for i, cell in enumerate(cells):
        cell = cell if i else cell.replace(mutation.find, mutation.replace)
        # Other claims may fail as well; here only this one is asked.
        error = book_kernel.error_of(session.run(re.sub(rf'\bclaim\((?=\s*"(?!{re.escape(claim)}"))', "unchecked(", cell)))
        if error is None:
            continue
        if i == len(cells) - 1 and f"claim {claim} does not hold" in error:
            return None
        return f"the mutated lesson did not reach it: {error}"
    return f"it still holds with {mutation.replace!r} in place of {mutation.find!r}"
