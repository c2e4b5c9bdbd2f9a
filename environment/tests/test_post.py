"""Lesson 10's lists: every statement of the post with its verdict and a way to the cell that shows it, the glossary, the
ten questions."""

from __future__ import annotations

import csv
import html
import re
from urllib.parse import unquote

import pytest

nbformat = pytest.importorskip("nbformat")

import book_source  # noqa: E402
import paths  # noqa: E402
from test_notebooks import headings  # noqa: E402

LESSON = "10-the-post-corrected"
STATEMENTS = [f"C{n}" for n in range(1, 59)]
# A date, and the wording of another library's interface.
NOT_COMPUTED = {"C1", "C24"}
VERDICTS = {"holds", "corrected", "does not hold", "missing"}
WORDS = 12
# Terms that are also everyday words: an earlier lesson may use them as such.
EVERYDAY = {"order", "price", "stiff"}


def rows(name: str) -> list[dict[str, str]]:
    with (paths.NOTEBOOKS / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def prose() -> dict[str, str]:
    """The lessons' texts by name, without their headers."""
    return {s.stem: s.read_text(encoding="utf-8").split("\n---\n", 1)[1] for s in book_source.sources()}


def section_of(text: str, claim: str) -> str | None:
    """The heading above a claim's call."""
    at = re.search(rf'\bclaim\(\s*"{re.escape(claim)}"', text)
    return re.findall(r"^## (.*)$", text[: at.start()], re.M)[-1] if at else None


def problems(listed: list[dict[str, str]], texts: dict[str, str]) -> list[str]:
    """What is wrong with a list of the post's statements, in words."""
    if [r["claim"] for r in listed] != STATEMENTS:
        return [f"not C1 to C58, once each and in order: {[r['claim'] for r in listed]}"]
    wrong = []
    for r in listed:
        name, lesson, cell = r["claim"], r["lesson"], r["cell"]
        if not 0 < len(r["the post says"].split()) <= WORDS:
            wrong.append(f"{name}: {len(r['the post says'].split())} words: {r['the post says']}")
        if r["verdict"] not in VERDICTS:
            wrong.append(f"{name}: verdict {r['verdict']}")
        if r["verdict"] != "holds" and not r["in fact"]:
            wrong.append(f"{name}: {r['verdict']}, but nothing says what is so in fact")
        if lesson not in texts:
            wrong.append(f"{name}: no lesson {lesson}")
        elif not re.search(rf"^## {re.escape(r['section'])}$", texts[lesson], re.M):
            wrong.append(f"{name}: {lesson} has no heading {r['section']}")
        elif not cell and name not in NOT_COMPUTED:
            wrong.append(f"{name}: no cell shows it")
        elif not cell and not re.search(rf"\b{name}\b", texts[lesson]):
            wrong.append(f"{name}: {lesson} does not speak of it")
        elif cell and not re.fullmatch(rf"{lesson[:2]}\.{name}(-[\w-]+)?", cell):
            wrong.append(f"{name}: {cell} is not a claim of its in {lesson}")
        elif cell and section_of(texts[lesson], cell) != r["section"]:
            wrong.append(f"{name}: {cell} stands under {section_of(texts[lesson], cell)}, not under {r['section']}")
    return wrong


def test_every_statement_of_the_post_leads_to_the_cell_that_shows_it() -> None:
    assert problems(rows("the-post.csv"), prose()) == []


def changed(name: str, **values: str) -> list[dict[str, str]]:
    return [dict(r, **values) if r["claim"] == name else r for r in rows("the-post.csv")]


@pytest.mark.parametrize(
    "listed, word",
    [
        (rows("the-post.csv")[:-1], "not C1 to C58"),
        (rows("the-post.csv") + [rows("the-post.csv")[0]], "not C1 to C58"),
        (changed("C9", **{"the post says": "word " * 13}), "C9: 13 words"),
        (changed("C9", **{"the post says": " "}), "C9: 0 words"),
        (changed("C9", verdict="holds, perhaps"), "C9: verdict"),
        (changed("C9", **{"in fact": ""}), "C9: does not hold, but"),
        (changed("C9", lesson="33-nowhere"), "C9: no lesson 33-nowhere"),
        (changed("C9", section="Random signs, again"), "C9: 03-running-time-backwards has no heading"),
        (changed("C9", section="The bill"), "C9: 03.C9 stands under Random signs"),
        (changed("C9", cell=""), "C9: no cell"),
        (changed("C9", cell="03.C8"), "C9: 03.C8 is not"),
        (changed("C9", cell="03.C9-nowhere"), "C9: 03.C9-nowhere stands under None"),
    ],
)
def test_what_is_wrong_with_the_list_is_found(listed: list[dict[str, str]], word: str) -> None:
    found = problems(listed, prose())
    assert len(found) == 1 and found[0].startswith(word), found


def numbers(text: str) -> list[str]:
    """C3 and C14–C16 as C3, C14, C15, C16."""
    found = []
    for first, last in re.findall(r"\bC(\d+)(?:–C(\d+))?", text):
        found += [f"C{n}" for n in range(int(first), int(last or first) + 1)]
    return found


def test_the_verdicts_are_those_of_the_lessons() -> None:
    """Each lesson ends with a table of verdicts; none contradicts the list."""
    words = {"hold": "holds", "hold as corrected": "corrected", "missing": "missing"}
    words |= {"do not hold as they": "does not hold", "does not hold as it": "does not hold"}
    given = {r["claim"]: r["verdict"] for r in rows("the-post.csv")}
    asked, wrong = set(), []
    for lesson, text in prose().items():
        table = re.search(r"^\| of the post \| verdict \|\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.M)
        for which, verdict in re.findall(r"^\| (.*?) \| (.*?) \|$", table[1] if table else "", re.M):
            said = next(words[w] for w in sorted(words, key=len, reverse=True) if verdict.startswith(w))
            asked |= set(numbers(which))
            wrong += [f"{n}: {given[n]}, in {lesson}: {said}" for n in numbers(which) if given[n] != said]
    assert not wrong
    assert len(asked) > 50, "the lessons' tables of verdicts were not found"


def shown() -> list[str]:
    """The rows of all tables that the stored notebook shows."""
    notebook = book_source.load(paths.NOTEBOOKS / f"{LESSON}.ipynb")
    tables = [o.data["text/html"] for c in book_source.code_cells(notebook) for o in c.outputs if "text/html" in o.get("data", {})]
    return [html.unescape(row) for table in tables for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)]


def test_the_stored_tables_show_each_with_its_link() -> None:
    found = shown()
    texts = prose()
    for r in rows("the-post.csv"):
        mine = [row for row in found if f">{r['claim']}</td>" in row and r["the post says"] in row and r["verdict"] in row]
        assert len(mine) == 1, f"{r['claim']} is in {len(mine)} rows"
        (link,) = re.findall(r'<a href="([^"]*)"', mine[0])
        lesson, _, anchor = unquote(link).partition(".ipynb#")
        assert (paths.NOTEBOOKS / f"{lesson}.ipynb").exists(), link
        assert lesson in texts and anchor in headings(texts[lesson]), link
    for r in rows("glossary.csv"):
        mine = [row for row in found if f">{r['term']}</td>" in row and r["meaning"] in row]
        assert len(mine) == 1 and f'<a href="{r["lesson"]}.ipynb">' in mine[0], r["term"]


def test_the_glossary_is_in_order_and_names_the_lesson_where_a_term_first_appears() -> None:
    terms = rows("glossary.csv")
    names = [r["term"] for r in terms]
    assert names == sorted(set(names), key=str.lower)
    texts = prose()
    # Links and the map name what is to come.
    bare = {
        lesson: re.sub(r"## The map\n.*?(?=\n## )", "", re.sub(r"\[[^\]]*\]\([^)]*\)", "", text), flags=re.S)
        for lesson, text in texts.items()
    }
    wrong = []
    for r in terms:
        if not re.fullmatch(r"\S.*\.", r["meaning"]) or len(r["meaning"].split()) > 40:
            wrong.append(f"{r['term']}: {r['meaning']}: one or two plain sentences, please")
        word = r["term"].split(" (")[0]
        pattern = re.compile(r"(?<!\w)" + r"\s+".join(re.escape(w) for w in word.split()), re.I)
        uses = [lesson for lesson, text in bare.items() if pattern.search(text)]
        if r["lesson"] not in uses or uses[0] != r["lesson"] and word not in EVERYDAY:
            wrong.append(f"{r['term']}: listed for {r['lesson']}, found in {uses}")
    assert not wrong, "\n".join(wrong)


def test_the_ten_questions_of_the_text_are_those_that_are_answered() -> None:
    java = (paths.CHECKOUT / "lib/src/main/java/org/costate/workbook/Questions.java").read_text(encoding="utf-8")
    literals = re.findall(r'new Question\(\s*((?:"[^"]*"\s*\+?\s*)+),', java)
    answered = ["".join(re.findall(r'"([^"]*)"', literal)) for literal in literals]
    text = prose()[LESSON]
    section = text[text.index("## Ten questions") : text.index("## Glossary")]
    asked = [" ".join(q.split()) for q in re.findall(r"^\d+\. (.*(?:\n   .*)*)$", section, re.M)]
    assert len(asked) == 10 and asked == answered
