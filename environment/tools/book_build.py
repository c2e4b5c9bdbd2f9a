"""Runs the lessons and writes their notebooks. Needs the virtual environment; environment/book starts it."""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path
from typing import Any

import book_compare
import book_kernel
import book_source
import book_table


# What an object without a text shows as its value, and the id that display() returns: they mean nothing to a reader.
NO_TEXT = re.compile(r"an object of \S+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A class and a hash code, as such an object prints: differs in every run.
HASH = re.compile(r"\S+@[0-9a-f]{5,8}\b(?!\.\w)")
# What a lesson says in place of what it computes on a device, where there is none.
SKIPPED = "Skipped, since there is no device"
OPENCL = "pocl-opencl-icd ocl-icd-libopencl1"


class Unfit(Exception):
    """A cell that may not be committed as it ran."""


def run(source: Path, kernel: str = "costate") -> Any:
    """The notebook of a source with its outputs, as they are kept."""
    begin = time.monotonic()
    notebook = book_source.read(source)
    with book_kernel.session(kernel, notebook, log=f"book-{source.stem}.log") as session:
        for number, cell in enumerate(book_source.code_cells(notebook), 1):
            outputs = session.run(cell.source, cell)
            refuse(source, number, cell, outputs)
            keep(cell, number)
        if kernel == "costate":  # where other programs slowed it down, what it computed counts
            book_table.record(source, min(time.monotonic() - begin, session.processor_seconds()))
    return notebook


def refuse(source: Path, number: int, cell: Any, outputs: list[Any]) -> None:
    where = f"{source.name}, code cell {number}:\n{indent(cell.source)}\n"
    error = book_kernel.error_of(outputs)
    if error:
        raise Unfit(f"{where}ended with an error:\n{indent(error)}")
    for output in outputs:
        if output.output_type == "stream" and output.name == "stderr":
            raise Unfit(f"{where}wrote to the error stream, which shows red in a notebook:\n{indent(output.text)}")
        text = output.text if output.output_type == "stream" else output.data.get("text/plain", "")
        if SKIPPED in text:
            raise Unfit(f"{where}says {text.strip()!r}: make this lesson where there is one, such as PoCL (apt install {OPENCL}).")
        if NO_TEXT.fullmatch(text):
            raise Unfit(f"{where}shows {text}: end the cell with a call that returns nothing.")
        if found := HASH.search(text):
            raise Unfit(f"{where}shows {found[0]}, which differs in every run: show or print something with a text.")


def keep(cell: Any, number: int) -> None:
    """Makes what is stored the same on every machine and in every run."""
    import nbformat

    cell.execution_count = number
    if book_source.is_machine(cell):
        cell.outputs = [nbformat.v4.new_output("display_data", data={"text/plain": book_source.PLACEHOLDER})]
    for output in cell.outputs:
        if output.output_type == "execute_result":
            output["execution_count"] = number


def indent(text: str) -> str:
    return "\n".join(f"  | {line}" for line in text.splitlines())


def unchanged(stored: Path, made: Any) -> bool:
    if not stored.exists():
        return False
    old = book_source.load(stored)
    if not book_source.same_cells(old, made):
        return False
    return not book_compare.differing(book_source.code_cells(old), book_source.code_cells(made))


def stale(source: Path) -> bool:
    """Whether the notebook is missing or has other cells than its source."""
    target = book_source.notebook_of(source)
    return not target.exists() or not book_source.same_cells(book_source.load(target), book_source.read(source))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="environment/book")
    parser.add_argument("lessons", nargs="*")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--table", action="store_true")
    asked = parser.parse_args(argv)
    try:
        chosen = book_source.choose(asked.lessons)
        if asked.check:
            behind = [s.name for s in chosen if stale(s)]
            print(f"Not made from their sources: {', '.join(behind)}. Run environment/book." if behind else "In step.")
            return 1 if behind else 0
        if asked.table:
            found = book_table.rows(chosen)
            print(book_table.text(found), *(problem for r in found for problem in r.problems()), sep="\n")
            return 0
        for source in chosen:
            begin = time.monotonic()
            print(f"{source.stem} … ", end="", flush=True)
            made = run(source)
            target = book_source.notebook_of(source)
            changed = asked.force or not unchanged(target, made)
            if changed:
                book_source.write(made, target)
            print(f"{'written' if changed else 'unchanged'}, {time.monotonic() - begin:.0f} s", flush=True)
    except (book_source.BadSource, Unfit) as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
