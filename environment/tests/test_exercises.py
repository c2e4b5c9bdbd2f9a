"""Every exercise three ways in a real kernel, within its lesson: the starter is not attempted, each likely mistake gets
the message that names it, the solution passes. Hints and predictions are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("nbclient")

import book_kernel  # noqa: E402
import book_source  # noqa: E402
import lesson  # noqa: E402
from lesson import catalogue, plain, three_ways, verdict  # noqa: E402

LESSONS = book_source.sources()
AT_LEAST = {"00": 2}  # exercises; 4 in every other lesson


@pytest.fixture(scope="module")
def shelf():
    """A kernel for what needs none of a lesson's cells."""
    with book_kernel.session(log="exercises-shelf.log") as session:
        session.run("1")  # the start-up script runs at the first cell
        yield session


@pytest.mark.timeout(600)
@pytest.mark.parametrize("source", lesson.each())
def test_exercises_three_ways(source: Path) -> None:
    done, wrong = lesson.walk(source).exercises
    assert not wrong, "\n\n".join(wrong)
    assert len(done) >= AT_LEAST.get(source.stem[:2], 4)


@pytest.mark.parametrize("source", LESSONS, ids=[s.stem for s in LESSONS])
def test_exercises_are_announced(source: Path) -> None:
    """The text calls each exercise by its number, and no exercise that there is not."""
    text = source.read_text(encoding="utf-8")
    number = source.stem[:2]
    java = source_of_lesson(number).read_text(encoding="utf-8")
    declared = set(re.findall(rf'"({number}\.\d+)"', java))
    assert declared == set(re.findall(rf"\*\*Exercise ({number}\.\d+)", text))


def source_of_lesson(number: str) -> Path:
    import paths

    return paths.CHECKOUT / f"lib/src/main/java/org/costate/workbook/Lesson{number}.java"


@pytest.mark.parametrize("source", LESSONS, ids=[s.stem for s in LESSONS])
def test_predictions_come_before_their_results(source: Path, shelf: book_kernel.Session) -> None:
    number = source.stem[:2]
    notebook = book_source.read(source)
    listed = catalogue(shelf, number)["predictions"]
    assert listed, "a lesson without a prediction"
    for prediction in listed:
        guess = re.compile(rf"var (\w+) = {re.escape(prediction['handle'])}\.predict\('\?'\);")
        at, name = next(
            ((i, m.group(1)) for i, c in enumerate(notebook.cells) if c.cell_type == "code" and (m := guess.search(c.source))),
            (-1, ""),
        )  # fmt: skip
        assert at > 0, f"no cell is `var … = {prediction['handle']}.predict('?');`"
        before = plain("\n".join(c.source for c in notebook.cells[:at] if c.cell_type == "markdown"))
        for letter, option in zip("abc", prediction["options"]):
            assert f"({letter}) {plain(option)}" in before, f"{prediction['id']}: the text lacks ({letter}) {option}"
        after = [c for c in notebook.cells[at + 1 :] if c.cell_type == "code"]
        assert after and f"{name}.reveal()" in after[0].source, f"{prediction['id']}: the next cell does not reveal it"
        # Each option gets an answer of its own.
        answers = {verdict(shelf, f"{prediction['handle']}.predict('{letter}').reveal()") for letter in "abc"}
        assert len(answers) == 3 and sum("✓ You predicted" in a for a in answers) == 1, answers


def test_the_three_ways_are_told_apart(shelf: book_kernel.Session) -> None:
    """A starter that passes, a solution that fails and a mistake that passes are each reported."""
    slope = next(e for e in catalogue(shelf, "00")["exercises"] if e["handle"] == "Lesson00.slope")
    assert three_ways(shelf, slope, slope["starter"]) == []
    broken = dict(slope, solution=slope["mistakes"][0]["cell"])
    assert any("the solution says" in w for w in three_ways(shelf, broken, slope["starter"]))
    assert any("the starter says" in w for w in three_ways(shelf, slope, slope["solution"]))
    lenient = dict(slope, mistakes=[{"cell": slope["solution"], "message": "no"}])
    assert any("but says" in w for w in three_ways(shelf, lenient, slope["starter"]))
    other = dict(slope, mistakes=[dict(slope["mistakes"][0], message=slope["mistakes"][1]["message"])])
    assert any("but says" in w for w in three_ways(shelf, other, slope["starter"]))
