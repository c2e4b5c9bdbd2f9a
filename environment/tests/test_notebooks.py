"""The committed notebooks: made from their sources, clean, small, and what they show is what running them shows."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")

import book_build  # noqa: E402
import book_compare  # noqa: E402
import book_kernel  # noqa: E402
import book_source  # noqa: E402
import jdk  # noqa: E402
import kernelspec  # noqa: E402
import paths  # noqa: E402
from conftest import missing  # noqa: E402

LESSONS = book_source.sources()
# These run on the other Java kernel too.
ALSO_ON_JJAVA = [s for s in LESSONS if s.stem[:2] in ("00", "05", "10")]
WITHIN = 6  # code cells
PLOT_BYTES, FIGURE_BYTES, ANIMATION_BYTES, MANY_CURVES = 60_000, 150_000, 600_000, 10


def names(sources: list[Path]) -> list[str]:
    return [s.stem for s in sources]


def stored(source: Path):
    target = book_source.notebook_of(source)
    assert target.exists(), f"{target.name} is missing: run environment/book {source.stem[:2]}"
    return book_source.load(target)


def test_every_notebook_has_a_source() -> None:
    made = {book_source.notebook_of(s) for s in LESSONS}
    assert made, "no lesson found"
    there = {p for p in paths.NOTEBOOKS.glob("*.ipynb") if not p.name.startswith("90-")}  # copies, see test_browser
    assert there == made


@pytest.mark.parametrize("source", LESSONS, ids=names(LESSONS))
def test_in_step_with_its_source(source: Path) -> None:
    assert book_source.same_cells(stored(source), book_source.read(source)), f"run environment/book {source.stem[:2]}"


@pytest.mark.parametrize("source", LESSONS, ids=names(LESSONS))
def test_every_cell_has_run_in_order_and_cleanly(source: Path) -> None:
    notebook = stored(source)
    cells = book_source.code_cells(notebook)
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
    for number, cell in enumerate(cells, 1):
        book_build.refuse(source, number, cell, cell.outputs)
        if book_source.is_machine(cell):
            assert [o.data for o in cell.outputs] == [{"text/plain": book_source.PLACEHOLDER}]


@pytest.mark.parametrize("source", LESSONS, ids=names(LESSONS))
def test_bytes_do_not_depend_on_when_they_were_written(source: Path, tmp_path: Path) -> None:
    target = book_source.notebook_of(source)
    again = tmp_path / target.name
    book_source.write(stored(source), again)
    assert again.read_bytes() == target.read_bytes()
    assert not re.search(r'"iopub|"execution"|\d{4}-\d\d-\d\dT\d\d', target.read_text(encoding="utf-8"))


@pytest.mark.parametrize("source", LESSONS, ids=names(LESSONS))
def test_figures_are_described_and_small(source: Path) -> None:
    for number, cell in enumerate(book_source.code_cells(stored(source)), 1):
        for image, digest, curves in book_compare.figures(cell.outputs):
            where = f"{source.name}, code cell {number}"
            assert digest, f"{where}: a figure without the digest of its data"
            moving = b"acTL" in image[:64]  # the chunk by which a PNG says that it is an animation
            limit = ANIMATION_BYTES if moving else FIGURE_BYTES if curves > MANY_CURVES else PLOT_BYTES
            assert len(image) <= limit, f"{where}: a figure of {len(image)} bytes, at most {limit}"


def rerun(source: Path, kernel: str) -> None:
    """On the project's own kernel, test_browser does it."""
    wrong = book_compare.differing(book_source.code_cells(stored(source)), book_source.code_cells(book_build.run(source, kernel)))
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def jjava():
    """The name of a kernelspec for JJava that lives as long as the tests: learners are not to choose between two."""
    jars = sorted(Path(sys.prefix, "share", "jupyter", "kernels").rglob("jjava.jar"))
    if not jars:
        missing("the kernel JJava", "run the tests by environment/test, which installs it")
    target = paths.KERNELSPEC.parent / "costate-jjava"
    kernelspec.install_jjava(target, paths.CHECKOUT, jdk.find().java, jars[0])
    yield target.name
    shutil.rmtree(target)


@pytest.mark.xdist_group("jjava")  # one at a time has the kernelspec
@pytest.mark.parametrize("source", ALSO_ON_JJAVA, ids=names(ALSO_ON_JJAVA))
def test_running_it_on_jjava_gives_what_is_stored(source: Path, jjava: str) -> None:
    rerun(source, jjava)


LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<(?:a|img)\s[^>]*(?:href|src)=\"([^\"]+)\"")


def links(text: str) -> list[str]:
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    return [a or b for a, b in LINK.findall(text)]


def headings(text: str) -> set[str]:
    """The anchors of a text's headings, as JupyterLab and as the repository's browser write them."""
    found = set()
    for title in re.findall(r"^#+\s+(.*)$", text, re.M):
        found.add(title.strip().replace(" ", "-"))
        found.add(re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-"))
    return found


@pytest.mark.parametrize("source", LESSONS, ids=names(LESSONS))
def test_links_lead_somewhere(source: Path) -> None:
    own = source.read_text(encoding="utf-8")
    for link in links(own):
        if re.match(r"(https|mailto):", link):
            continue
        assert not re.match(r"\w+:", link), f"{source.name}: {link} is not https"
        path, _, anchor = link.partition("#")
        target = (paths.NOTEBOOKS / path).resolve() if path else book_source.notebook_of(source)
        assert target.exists(), f"{source.name}: {link} leads to nothing"
        assert target.is_relative_to(paths.CHECKOUT), f"{source.name}: {link} leads out of the project"
        if anchor:
            text = target.read_text(encoding="utf-8")
            if target.suffix == ".ipynb":
                text = "\n\n".join(c.source for c in book_source.load(target).cells if c.cell_type == "markdown")
            assert anchor in headings(text), f"{source.name}: {link}: no such heading"


@pytest.mark.parametrize("source", LESSONS, ids=names(LESSONS))
def test_formulas_are_evaluated(source: Path) -> None:
    """After each displayed equation a cell soon claims that it holds."""
    cells = book_source.read(source).cells
    for at, cell in enumerate(cells):
        if cell.cell_type == "markdown" and "$$" in cell.source:
            soon = [c for c in cells[at + 1 :] if c.cell_type == "code"][:WITHIN]
            assert any(book_source.claims(c.source) for c in soon), cell.source


@pytest.mark.parametrize("source", LESSONS, ids=names(LESSONS))
def test_neighbours_are_linked(source: Path) -> None:
    """From each lesson to the one before and the one after, where there is one."""
    found = {link.partition("#")[0] for link in links(source.read_text(encoding="utf-8"))}
    at = LESSONS.index(source)
    for neighbour in LESSONS[max(0, at - 1) : at] + LESSONS[at + 1 : at + 2]:
        assert f"{neighbour.stem}.ipynb" in found, f"{source.name} has no link to {neighbour.stem}"


def test_the_map_in_lesson_00_leads_to_every_lesson() -> None:
    found = set(links(LESSONS[0].read_text(encoding="utf-8")))
    assert not {f"{s.stem}.ipynb" for s in LESSONS[1:]} - found


# What the tests above rely on, itself tested: each of these must be found to differ.


def output(**data: str):
    return nbformat.v4.new_output("execute_result", data={k.replace("_", "/"): v for k, v in data.items()})


@pytest.mark.parametrize(
    "a, b",
    [
        ("x = 1.0", "x = 1.00001"),
        ("x = 1.0", "y = 1.0"),
        ("x = 1.0", "x = 1.0 s"),
        ("v1.2.3", "v1.2.4"),
        ("0", "1e-20"),
        ("Data digest 12345678", "Data digest 12345679"),
        ("1 2", "1 2 3"),
        ("− 3", "3"),
        ("-3", "3"),
    ],
)
def test_the_comparison_sees(a: str, b: str) -> None:
    assert list(book_compare.differences([output(text_plain=a)], [output(text_plain=b)]))


@pytest.mark.parametrize(
    "a, b",
    [
        ("x = 1.0", "x = 1.0000000001"),
        ("1e-3 ≈ 0.0010", "0.001 ≈ 1.0e-3"),
        ("<img src='data:image/png;base64,AAAA'> Data digest abcdef12", "<img src='data:image/png;base64,BBBB'> Data digest abcdef12"),
        ("−3.0", "-3"),
    ],
)  # fmt: skip
def test_the_comparison_lets_pass(a: str, b: str) -> None:
    assert not list(book_compare.differences([output(text_plain=a)], [output(text_plain=b)]))


def test_the_comparison_sees_missing_and_other_kinds_of_outputs() -> None:
    line = nbformat.v4.new_output("stream", text="1")
    assert list(book_compare.differences([line], []))
    assert list(book_compare.differences([line], [output(text_plain="1")]))
    assert list(book_compare.differences([output(text_plain="1")], [output(text_plain="1", text_html="1")]))


def test_figures_are_found_wherever_they_are() -> None:
    words = "Figure. A: 5 points, first 1, last 2. 11 more curves without a name. Data digest 0123abcd."
    png = output(image_png="AAAA", text_plain="Figure, described below")
    html = output(text_html='<img alt="" src="data:image/png;base64,AAAAAAAA">', text_plain=words)
    found = book_compare.figures([png, output(text_plain=words), html])
    assert [(len(image), digest, curves) for image, digest, curves in found] == [(3, "0123abcd", 12), (6, "0123abcd", 12)]
    assert book_compare.figures([png])[0][1] == ""
    assert book_compare.figures([png, output(text_plain="no digest")])[0][1] == ""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A way to make a notebook of a few cells in a folder of its own."""
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(book_source, "SOURCES", tmp_path)
    header = LESSONS[0].read_text(encoding="utf-8").split("\n---\n")[0] + "\n---\n"

    def write(*cells: str) -> Path:
        source = tmp_path / "98-toy.md"
        body = "".join(c if c.startswith("```") else f"\n```java\n{c}\n```\n" for c in cells)
        source.write_text(f"{header}\n# Toy\n{body}", encoding="utf-8")
        return source

    return write


def test_book_is_idempotent_and_follows_the_source(toy, capsys) -> None:
    source = toy('System.out.println("one");', '```java tags=["machine"]\nSystem.nanoTime()\n```\n')
    assert book_build.main([]) == 0
    first = book_source.notebook_of(source).read_bytes()
    assert b"\"execution_count\": 2" in first and book_source.PLACEHOLDER.encode() in first
    assert book_build.main(["98", "--force"]) == 0
    assert book_source.notebook_of(source).read_bytes() == first
    assert book_build.main(["98"]) == 0 and "unchanged" in capsys.readouterr().out
    assert book_build.main(["--check"]) == 0
    toy('System.out.println("two");')
    assert book_build.main(["--check"]) == 1
    assert book_source.notebook_of(source).read_bytes() == first
    assert book_build.main([]) == 0
    assert book_source.notebook_of(source).read_bytes() != first


def test_book_refuses_what_may_not_be_committed(toy, capsys) -> None:
    source = toy("int x = 1;", "int y = 1 / 0;")
    assert book_build.main([]) == 1
    said = capsys.readouterr().err
    assert "code cell 2" in said and "ended with an error" in said and "by zero" in said
    assert not book_source.notebook_of(source).exists()
    with book_kernel.session(log="refuse.log") as session:
        for cell, word in {
            "int x = nothing;": "ended with an error",
            'System.err.println("red");': "error stream",
            "new Object()": "an object of Object: end the cell with a call that returns nothing",
            "System.out": "returns nothing",
            "display(1)": "returns nothing",
            'System.out.println("It is " + new Object() + ".");': "java.lang.Object@[0-9a-f]+, which differs",
            "Runnable r = () -> {};\nSystem.out.println(r);": "Lambda.*, which differs",
            "System.out.println(new double[2][]);": r"\[\[D@.*, which differs",
            "List.of(new int[1]).toString()": r"\[I@.*, which differs",
        }.items():
            made = nbformat.v4.new_code_cell(cell)
            with pytest.raises(book_build.Unfit, match=word):
                book_build.refuse(source, 1, made, session.run(cell, made))
        for cell in ('System.out.println("write to me@decade.org");', "new int[1]", "List.of(1.5)", "show(new double[2])"):
            made = nbformat.v4.new_code_cell(cell)
            book_build.refuse(source, 1, made, session.run(cell, made))


def test_book_refuses_unknown_options_and_lessons(toy, capsys) -> None:
    toy('```java tags=["machin"]\n1\n```\n')
    assert book_build.main([]) == 1 and "machin" in capsys.readouterr().err
    assert book_build.main(["77"]) == 1 and "no lesson '77'" in capsys.readouterr().err


def test_a_changed_output_is_noticed(toy) -> None:
    source = toy('System.out.println("x = " + 0.5);')
    assert book_build.main([]) == 0
    target = book_source.notebook_of(source)
    text = target.read_text(encoding="utf-8")
    target.write_text(text.replace("x = 0.5\\n", "x = 0.6\\n"), encoding="utf-8")
    with pytest.raises(AssertionError, match="number stored 0.6, found 0.5"):
        rerun(source, "costate")
