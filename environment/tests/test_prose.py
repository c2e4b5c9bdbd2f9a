"""The prose of lessons and READMEs: British spelling, by two spelling checkers and the word list beside this file."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

import book_source
import paths
from conftest import missing

LISTED = Path(__file__).with_name("words.txt")
TEXTS = sorted(
    p for folder in (".", ".github", "notebooks/source", "notebooks/data", "lib", "lib/bench", "lib/gpu", "lib/gpu/results", "environment/site")
    for p in (paths.CHECKOUT / folder).glob("*.md") if p.name != "full-matrix.md"  # a table that a test writes
)  # fmt: skip
# What JupyterLab shows of a cell in a window of usual width.
WIDTH = 126
# What is not prose: the header, cells and listings, formulas, code, addresses, tags.
NOT_PROSE = re.compile(
    r"\A---\n.*?\n---\n|^```.*?^```|\$\$.*?\$\$|\$[^$\n]+(?:\n[^$\n]+)?\$|`[^`\n]+(?:\n[^`\n]+)?`|<!--.*?-->|<[^>\n]+>"
    r"|(?<=\])\([^)\s]+\)|https?://\S+",
    re.M | re.S,
)
WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+(?:'[a-z]+)*")


def prose(text: str) -> str:
    """The text with spaces in place of what is not prose, so that lines keep their numbers."""
    return NOT_PROSE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def listed() -> set[str]:
    lines = LISTED.read_text(encoding="utf-8").splitlines()
    return {line.lower() for line in lines if line and not line.startswith("#")}


@functools.cache
def dictionary():
    return pytest.importorskip("spellchecker").SpellChecker()


def unknown(text: str) -> list[str]:
    """Words that are neither in an English dictionary nor in the list, with their lines."""
    known, found = listed(), []
    for number, line in enumerate(prose(text).split("\n"), 1):
        for word in WORD.findall(line):
            plain = word.lower().removesuffix("'s")
            if len(plain) > 1 and plain not in known and plain not in dictionary():
                found.append(f"line {number}: {word}")
    return found


def misspelt(text: str, folder: Path) -> list[str]:
    """What is known to be wrong, or American."""
    program = Path(sysconfig.get_path("scripts")) / "typos"
    if not program.exists():
        missing("typos", "run the tests by environment/test, which installs it")
    words = "".join(f'"{w}" = "{w}"\n' for w in sorted(listed()) if w.isascii())
    settings = folder / "typos.toml"
    settings.write_text(f'[default]\nlocale = "en-gb"\n[default.extend-words]\n{words}', encoding="utf-8")
    own = re.split(r"^## References$", prose(text), flags=re.M)[0]  # titles are spelt as their authors spelt them
    ran = subprocess.run(
        [program, "--isolated", "--config", settings, "--format", "json", "-"],
        input=own, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert ran.returncode in (0, 2), ran.stderr
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    return [f"line {f['line_num']}: {f['typo']}, perhaps {' or '.join(f['corrections'])}" for f in found if f["type"] == "typo"]


def clumsy(text: str) -> list[str]:
    """Slips that a spelling checker does not see."""
    found = []
    # Code and formulas count as a word each.
    words = NOT_PROSE.sub(lambda match: "x" + "\n" * match[0].count("\n"), text)
    for number, said in enumerate(words.split("\n"), 1):
        if said != said.rstrip():
            found.append(f"line {number}: spaces at the end")
        if not said.startswith("|") and re.search(r"\S  +\S", said):
            found.append(f"line {number}: two spaces")
    for twice in re.finditer(r"\b([^\W\d_]{2,})[ \n]\1\b", words, re.I):
        found.append(f"line {words.count(chr(10), 0, twice.start()) + 1}: {twice[1]} twice")
    return found


def names(texts: list[Path]) -> list[str]:
    return [str(t.relative_to(paths.CHECKOUT)) for t in texts]


@pytest.mark.parametrize("text", TEXTS, ids=names(TEXTS))
def test_words_are_spelt_in_the_british_way(text: Path, tmp_path: Path) -> None:
    content = text.read_text(encoding="utf-8")
    assert not misspelt(content, tmp_path)
    assert not unknown(content), f"correct them, or add them to {LISTED.name}"


@pytest.mark.parametrize("text", TEXTS, ids=names(TEXTS))
def test_style(text: Path) -> None:
    assert not clumsy(text.read_text(encoding="utf-8"))


@pytest.mark.parametrize("source", book_source.sources(), ids=names(book_source.sources()))
def test_lines_of_cells_need_no_scrolling(source: Path) -> None:
    cells = re.findall(r"^```java[^\n]*\n(.*?)^```", source.read_text(encoding="utf-8"), re.M | re.S)
    assert not [line for cell in cells for line in cell.split("\n") if len(line) > WIDTH]


def test_slips_are_found(tmp_path: Path) -> None:
    assert unknown("The solvr\nsteps.") == ["line 1: solvr"]
    assert [f.split(",")[0] for f in misspelt("Grey.\nThe color of\nrecieve", tmp_path)] == ["line 2: color", "line 3: recieve"]
    assert [f.split(",")[0] for f in misspelt("We organize.", tmp_path)] == ["line 1: organize"]
    assert misspelt("Colour\n\n## References\n\nOn color", tmp_path) == []
    assert clumsy("a step  back") == ["line 1: two spaces"]
    assert clumsy("one \nthe\nthe other") == ["line 1: spaces at the end", "line 2: the twice"]
    text = "---\nx: solvr\n---\n`solvr` $solvr$ [it](solvr.md)\n\n```java\nsolvr\n```\n$$\nsolvr$$"
    assert unknown(text) == [] and prose(text).count("\n") == text.count("\n")
