"""From a lesson's text source to a notebook without outputs, always the same bytes for the same text.

A source is jupytext Markdown: prose, and code cells between ```java and ```, with tags as in ```java tags=["machine"].
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import paths

SOURCES = paths.NOTEBOOKS / "source"

METADATA = {
    "kernelspec": {"display_name": "Costate (Java 25)", "language": "java", "name": "costate"},
    # Without the JDK's version, which IJava reports and which differs between machines.
    "language_info": {
        "codemirror_mode": "text/x-java",
        "file_extension": ".java",
        "mimetype": "text/x-java-source",
        "name": "java",
        "pygments_lexer": "java",
    },
}

# A cell with this tag shows what depends on the reader's machine: it is run, and its output is not kept.
MACHINE = "machine"
PLACEHOLDER = "(This output depends on the machine and is not kept: run the cell to see yours.)"


class BadSource(Exception):
    """What is wrong with a source, where, and what is expected."""


def sources() -> list[Path]:
    """The lessons' sources in their order."""
    return sorted(SOURCES.glob("[0-9][0-9]-*.md"))


def notebook_of(source: Path) -> Path:
    return paths.NOTEBOOKS / f"{source.stem}.ipynb"


def choose(wanted: list[str]) -> list[Path]:
    """The sources of the lessons with these numbers, or all."""
    found = sources()
    chosen = []
    for name in wanted:
        number = Path(name).name[:2].zfill(2) if not name.isdigit() else name.zfill(2)
        fits = [s for s in found if s.stem.startswith(number)]
        if not fits:
            raise BadSource(f"There is no lesson {name!r}; there are {', '.join(s.stem for s in found)}.")
        chosen += fits
    return chosen or found


def read(source: Path) -> Any:
    """The notebook of a source, without outputs: cells with stable ids, our metadata."""
    import jupytext
    import nbformat

    text = source.read_text(encoding="utf-8")
    if not text.startswith("---\n") or "name: costate" not in text.split("\n---\n")[0]:
        raise BadSource(f"{source.name} must begin with the header that notebooks/source/README.md shows.")
    parsed = jupytext.reads(text, fmt="md")
    seen: Counter[str] = Counter()
    cells = []
    for cell in parsed.cells:
        tags = list(cell.metadata.get("tags", []))
        unknown = set(cell.metadata) - {"tags", "lines_to_next_cell"}  # the latter is jupytext's note on empty lines
        if unknown or set(tags) - {MACHINE}:
            raise BadSource(f"{source.name}: cell {cell.source[:40]!r} has options {dict(cell.metadata)}; known: {MACHINE}.")
        new = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
        made = new(cell.source, metadata={"tags": tags} if tags else {})
        # The id is that of the content, so that adding a cell changes no other cell's id.
        key = hashlib.sha256(f"{cell.cell_type}\0{cell.source}".encode()).hexdigest()[:8]
        seen[key] += 1
        made["id"] = key if seen[key] == 1 else f"{key}-{seen[key]}"
        cells.append(made)
    return nbformat.v4.new_notebook(cells=cells, metadata=METADATA)


def is_machine(cell: Any) -> bool:
    return MACHINE in cell.metadata.get("tags", [])


def code_cells(notebook: Any) -> list[Any]:
    return [c for c in notebook.cells if c.cell_type == "code"]


def same_cells(a: Any, b: Any) -> bool:
    """Whether two notebooks have the same cells, outputs aside."""

    def facts(notebook: Any) -> list[tuple[str, str, str, dict[str, Any]]]:
        return [(c.cell_type, c.get("id", ""), c.source, dict(c.metadata)) for c in notebook.cells]

    return facts(a) == facts(b) and dict(a.metadata) == dict(b.metadata)


def write(notebook: Any, path: Path) -> None:
    """One way to write: sorted keys, one space of indent, a line break at the end; never half a file."""
    import nbformat

    nbformat.validate(notebook)
    # nbformat splits texts into lines as Jupyter does when it saves.
    lines = nbformat.v4.rwbase.split_lines(json.loads(json.dumps(notebook), object_hook=nbformat.from_dict))
    scratch = path.with_suffix(".ipynb.new")
    scratch.write_text(json.dumps(lines, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    scratch.replace(path)


def load(path: Path) -> Any:
    import nbformat

    return nbformat.read(path, as_version=4)


CLAIM = re.compile(r'\bclaim\(\s*"([^"]+)"')


def claims(source: str) -> list[str]:
    """The ids of the claims that a cell makes, in order; lines that are commented out make none."""
    lines = [line for line in source.split("\n") if not line.lstrip().startswith("//")]
    return CLAIM.findall("\n".join(lines))
