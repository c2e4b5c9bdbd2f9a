"""JupyterLab in a real Chromium without a screen, used as a person does: by its menus, buttons and keys."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from pathlib import Path
from typing import Callable, Iterator

import nbformat

import newcomer
import paths
from conftest import missing

ADDRESS = r"http://127\.0\.0\.1:\d+/lab(?:/tree/\S+)?\?token=\w+"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# For what comes within a second on a machine that does nothing else, in ms.
PATIENCE = 120_000
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


@contextlib.contextmanager
def chromium(home: Path) -> Iterator[object]:
    """A browser whose own files go to this folder."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), MAC if os.path.exists(MAC) else None)
    if program is None:
        missing("Chromium", "sudo apt install chromium")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses root
    env = {**os.environ, "HOME": str(home)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments, env=env)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def lab(lesson: str, port: int) -> Iterator[str]:
    """The address that environment/start prints for this lesson."""
    line = [paths.ENVIRONMENT / "start", lesson, "--no-browser", "--port", str(port)]
    command = newcomer.Command(line, paths.CHECKOUT, dict(os.environ))
    try:
        yield command.until(ADDRESS)[0]
        command.interrupt()
    finally:
        command.kill()


class Notebook:
    """A notebook that is open in JupyterLab; its content is read from the file that JupyterLab saves."""

    def __init__(self, page, file: Path) -> None:
        self.page, self.file = page, file

    def open(self, address: str) -> None:
        self.page.goto(address)
        self._wait_open()

    def open_from_path(self, path: str) -> None:
        """In a JupyterLab that is open already."""
        self.menu("File", "Open from Path")
        self.page.locator(".jp-Dialog input").fill(path)
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self._wait_open()

    def _wait_open(self) -> None:
        self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook").wait_for(timeout=PATIENCE)
        # Before the kernel is connected, running a cell would ask which kernel to use.
        self.page.locator(".jp-KernelName", has_text="Costate (Java 25)").wait_for(timeout=PATIENCE)
        # A Java kernel says nothing of itself before its first cell: "Unknown" is its idle then.
        self.page.locator(".jp-StatusBar-TextItem", has_text=re.compile(r"Costate \(Java 25\) \| (Unknown|Idle)")).wait_for(timeout=PATIENCE)

    def menu(self, *names: str) -> None:
        """Chooses an entry of the menu bar."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{names[0]}$")).click()
        for name in names[1:]:
            self.page.locator(".lm-Menu-item:not(.lm-mod-disabled)", has_text=re.compile(f"^{name}")).first.click()

    def save(self) -> nbformat.NotebookNode:
        # While the server writes the file it is empty, and before that it is the old one.
        with self.page.expect_response(self._is_saved, timeout=PATIENCE) as saved:
            self.menu("File", "Save Notebook")
        assert saved.value.ok, saved.value.status_text
        return nbformat.read(self.file, 4)

    def _is_saved(self, response) -> bool:
        return response.request.method == "PUT" and response.url.split("?")[0].endswith(f"/api/contents/notebooks/{self.file.name}")

    def cells(self) -> list[nbformat.NotebookNode]:
        return [cell for cell in self.save().cells if cell.cell_type == "code" and cell.source.strip()]

    def shut_down(self) -> None:
        """Closes the notebook and ends its kernel, so that neither is there for the next one."""
        self.menu("File", "Close and Shut Down Notebook")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.page.locator(".jp-NotebookPanel").wait_for(state="detached", timeout=PATIENCE)

    def until(self, true: Callable[[], bool], seconds: float) -> float:
        begin = time.monotonic()
        while not true():
            if time.monotonic() - begin > seconds:
                self.screenshot("gave-up")
                raise AssertionError(f"JupyterLab did not come to it within {seconds} s; see .costate/artefacts")
            self.page.wait_for_timeout(150)
        return time.monotonic() - begin

    def busy(self) -> bool:
        return self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="busy"]').count() > 0

    def wait_done(self, seconds: float = 120) -> list[nbformat.NotebookNode]:
        """The cells, once each has run."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.until(lambda: not self.busy(), end - time.monotonic())
            self.page.wait_for_timeout(500)
            if not self.busy():  # not only between two cells; saving and reading are not for every tenth of a second
                cells = self.cells()
                if all(cell.execution_count for cell in cells):
                    return cells
        self.screenshot("gave-up")
        raise AssertionError(f"not every cell has run within {seconds} s; see .costate/artefacts")

    def screenshot(self, name: str) -> Path:
        paths.ARTEFACTS.mkdir(parents=True, exist_ok=True)
        file = paths.ARTEFACTS / f"browser-{name}.png"
        self.page.screenshot(path=str(file))
        return file

    def show(self, css: str):
        """Scrolls until this is on the screen: JupyterLab renders only cells near to what is seen."""
        from playwright.sync_api import TimeoutError as PlaywrightTimeout

        scroller = self.page.locator(".jp-WindowedPanel-outer").first
        scroller.evaluate("e => e.scrollTo(0, 0)")
        for _ in range(200):
            found = self.page.locator(css)
            if found.count():
                # What was just scrolled out is there for a moment longer, and never comes into view.
                with contextlib.suppress(PlaywrightTimeout):
                    found.first.scroll_into_view_if_needed(timeout=5_000)
                    self.page.wait_for_timeout(500)
                    return found.first
            scroller.evaluate("e => e.scrollBy(0, e.clientHeight / 2)")
            self.page.wait_for_timeout(60)
        self.screenshot("gave-up")
        raise AssertionError(f"nothing on the page is {css}")

    def type_cell(self, source: str) -> None:
        """A new cell at the end, with this typed into it; the cursor stays behind it."""
        scroller = self.page.locator(".jp-WindowedPanel-outer").first
        scroller.evaluate("e => e.scrollTo(0, e.scrollHeight)")
        self.page.wait_for_timeout(500)
        scroller.locator(".jp-Cell").last.locator(".jp-InputPrompt").first.click()
        self.page.keyboard.press("Escape")  # command mode
        self.page.keyboard.press("b")  # a cell below
        self.page.keyboard.press("Enter")
        self.page.keyboard.type(source, delay=20)


def opaque(image) -> bool:
    """Whether no pixel of this `img` lets the page shine through."""
    return image.evaluate(
        """e => {
            const c = document.createElement("canvas");
            c.width = e.naturalWidth; c.height = e.naturalHeight;
            const g = c.getContext("2d");
            g.drawImage(e, 0, 0);
            const bytes = g.getImageData(0, 0, c.width, c.height).data;
            for (let i = 3; i < bytes.length; i += 4) if (bytes[i] !== 255) return false;
            return bytes.length > 0;
        }"""
    )
