"""The table over all lessons: printed, and within the limits that a lesson has."""

from __future__ import annotations

import pytest

pytest.importorskip("nbformat")

import book_build  # noqa: E402
import book_source  # noqa: E402
import book_table  # noqa: E402

# After the tests that run the lessons, so that their seconds are there.
pytestmark = pytest.mark.alone


def test_every_lesson_is_within_its_limits(capsys) -> None:
    assert book_build.main(["--table"]) == 0
    with capsys.disabled():
        print(f"\n{capsys.readouterr().out}")
    found = book_table.rows(book_source.sources())
    assert [r.lesson for r in found] == [s.stem for s in book_source.sources()]
    assert not [problem for r in found for problem in r.problems()]
    if all(r.seconds for r in found):
        assert sum(r.seconds for r in found) < book_table.ALL_SECONDS


def test_what_is_outside_is_named() -> None:
    good = book_table.Row("04-toy", 2000, 30, (60, 8), 2, 4, 9, 12.0, 3, 90_000, 40_000)
    assert good.problems() == []
    for wrong, words in {
        good._replace(words=1499): "1499 words, expected 1500 to 2500",
        good._replace(words=2501): "2501 words",
        good._replace(cells=24): "24 code cells",
        good._replace(cells=41): "41 code cells",
        good._replace(longest=(61, 8)): "61 lines in the longest cell",
        good._replace(longest=(60, 9)): "9 lines in the longest cell but one",
        good._replace(exercises=3): "3 exercises",
        good._replace(predictions=0): "0 predictions",
    }.items():
        assert len(wrong.problems()) == 1 and words in wrong.problems()[0]
    assert good._replace(lesson="10-toy", words=9000, exercises=0).problems() == []


def test_the_table_counts() -> None:
    first = book_source.sources()[1]
    row = book_table.rows([first])[0]
    text = first.read_text(encoding="utf-8")
    assert row.exercises == text.count("**Exercise 01.") and row.cells == text.count("\n```java") and row.figures >= 3
    assert first.stem in book_table.text([row]).split("\n")[1]
