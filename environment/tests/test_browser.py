"""The lessons in JupyterLab, in a browser: opened by the printed address, run, restarted, interrupted, typed into.
Screenshots are kept in .costate/artefacts."""

from __future__ import annotations

import re
import shutil
import socket
import time
from pathlib import Path

import pytest

import book_build
import book_compare
import book_source
import book_table
import browser
import lesson as lesson_tools
import paths

# One process: JupyterLab opens what another one had open.
pytestmark = pytest.mark.xdist_group("browser")

LESSONS = sorted(p.stem for p in paths.NOTEBOOKS.glob("[01][0-9]-*.ipynb"))
FIGURE = ".jp-OutputArea-output img"
TABLE = ".jp-OutputArea-output table"
PICTURE = re.compile(r"image/png|<img ")


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """JupyterLab, started for lesson 00, in a page of a browser."""
    with browser.chromium(tmp_path_factory.mktemp("home")) as chromium, browser.lab(LESSONS[0], free_port()) as address:
        yield Visit(chromium, address)


class Visit:
    """One after another notebook in the same page: to load JupyterLab takes longer than some lessons do."""

    def __init__(self, chromium, address: str) -> None:
        self._chromium, self._address = chromium, address
        self._page = None

    def open(self, file: Path) -> browser.Notebook:
        first = self._page is None
        if first:
            self._page = self._chromium.new_page(viewport={"width": 1280, "height": 900})
        notebook = browser.Notebook(self._page, file)
        if first:
            notebook.open(self._address.replace(LESSONS[0], file.stem))
        else:
            notebook.open_from_path(f"notebooks/{file.name}")
        return notebook

    def leave(self, notebook: browser.Notebook) -> None:
        """Nothing of the notebook is there for the next one."""
        try:
            notebook.shut_down()
        except Exception:  # whatever a failed test left on the screen
            self._page.close()
            self._page = None


def free_port() -> int:
    """One that the same test in another process does not get."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def lesson(request, visit):
    """A copy of the lesson, open: JupyterLab saves what it runs, and the lesson is not to change."""
    name = f"90-{request.param}"
    file = paths.NOTEBOOKS / f"{name}.ipynb"
    shutil.copyfile(paths.NOTEBOOKS / f"{request.param}.ipynb", file)
    try:
        notebook = visit.open(file)
        yield notebook
        visit.leave(notebook)
    finally:
        file.unlink()
        for leftover in (paths.NOTEBOOKS / ".ipynb_checkpoints").glob(f"{name}*"):
            leftover.unlink()


def clear(notebook: browser.Notebook) -> None:
    """No stored output is to be taken for a new one."""
    notebook.menu("Edit", "Clear Outputs of All Cells")
    notebook.until(lambda: not any(cell.outputs for cell in notebook.cells()), 10)


def outputs(cells) -> list:
    return [output for cell in cells for output in cell.outputs]


def assert_sound(cells) -> None:
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", (cell.source, output.text)


def bundles(cells) -> list[str]:
    return [str(output.data) for output in outputs(cells) if "data" in output]


def assert_as_stored(source: Path, cells: list) -> None:
    """What these cells show is what the committed notebook shows."""
    for number, cell in enumerate(cells, 1):
        book_build.refuse(source, number, cell, cell.outputs)
        book_build.keep(cell, number)
    wrong = book_compare.differing(book_source.code_cells(book_source.load(book_source.notebook_of(source))), cells)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("lesson", LESSONS, indirect=True)
def test_running_it_gives_what_is_stored(lesson):
    assert lesson.page.locator(".Toastify__toast").count() == 0, "JupyterLab asks something at its start"
    clear(lesson)
    begin = time.monotonic()
    lesson.menu("Run", "Run All Cells")
    cells = lesson.wait_done()
    name = lesson.file.stem.removeprefix("90-")
    source = next(s for s in book_source.sources() if s.stem == name)
    seconds = book_table.record(source, time.monotonic() - begin)
    if any(book_build.SKIPPED in str(output) for output in outputs(cells)):
        lesson_tools.no_device()
    assert_as_stored(source, cells)
    assert len(outputs(cells)) > 3
    on_device = source.stem[:2] in lesson_tools.ON_DEVICE
    assert seconds < (book_table.DEVICE_SECONDS if on_device else book_table.SECONDS)
    if any(PICTURE.search(b) for b in bundles(cells)):
        figure = lesson.show(FIGURE)
        assert figure.evaluate("e => e.complete && e.naturalWidth") >= 200
        assert figure.bounding_box()["width"] >= 200
        assert browser.opaque(figure)
        lesson.screenshot(f"{name}-figure")
    else:
        assert name.startswith("00"), "a lesson without a figure"
    if any("<table" in b for b in bundles(cells)):
        table = lesson.show(TABLE)
        assert table.is_visible() and len(table.inner_text().split()) > 3
        lesson.screenshot(f"{name}-table")


@pytest.mark.alone
@pytest.mark.parametrize("lesson", LESSONS[1:2] or LESSONS[:1], indirect=True)
def test_restart_completion_documentation_and_interrupt(lesson):
    page = lesson.page
    clear(lesson)

    lesson.type_cell("int before = 1;")
    page.keyboard.press("Shift+Enter")
    lesson.until(lambda: any(cell.execution_count == 1 for cell in lesson.cells()), 30)
    lesson.menu("Kernel", "Restart Kernel and Run All Cells")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    cells = lesson.wait_done()
    assert_sound(cells)
    # Counted from 1 again: the state from before is gone.
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))

    lesson.type_cell("Backsol")
    page.keyboard.press("Tab")
    lesson.until(lambda: "Backsolve" in last_source(lesson) or page.locator(".jp-Completer-item").count() > 0, 10)
    if page.locator(".jp-Completer-item").count():
        page.locator(".jp-Completer-item", has_text="Backsolve").first.click()
    page.keyboard.type(".")
    page.keyboard.press("Tab")
    lesson.until(lambda: "defaults" in last_source(lesson) or page.locator(".jp-Completer-item", has_text="defaults").count() > 0, 10)
    lesson.screenshot("completion")
    page.keyboard.press("Escape")

    lesson.type_cell("Backsolve.defaults(")
    page.keyboard.press("Shift+Tab")
    page.locator(".jp-Tooltip", has_text="Backsolve").wait_for(timeout=10_000)
    lesson.screenshot("documentation")
    page.keyboard.press("Escape")

    lesson.type_cell('int kept = 7; while (kept > 0) { kept = 7; System.out.println("again"); }')
    page.keyboard.press("Shift+Enter")
    lesson.until(lesson.busy, 20)
    page.wait_for_timeout(1000)
    interrupt = page.locator('[data-command="notebook:interrupt-kernel"], jp-button[title^="Interrupt"]')
    interrupt.first.click()
    assert lesson.until(lambda: not lesson.busy(), 10) < 2
    said = [o for o in outputs(lesson.cells()) if o.output_type == "error"]
    assert len(said) == 1 and "nterrupt" in said[0].ename
    lesson.screenshot("interrupted")
    lesson.type_cell("System.out.print(kept * 6);")
    page.keyboard.press("Shift+Enter")
    lesson.until(lambda: any(o.get("text") == "42" for o in outputs(lesson.cells())), 15)


def last_source(notebook: browser.Notebook) -> str:
    return notebook.page.locator(".jp-Cell .cm-content").last.inner_text()
