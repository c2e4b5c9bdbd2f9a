"""The site of the lessons, in a browser: quiet, whole, without the network, on a phone, in the dark, on paper."""

from __future__ import annotations

import contextlib
import html.parser
import os
import re
import urllib.parse
from pathlib import Path
from typing import Iterator

import pytest

import book_compare
import book_site
import book_source
import browser
import newcomer
import paths
import start

pytestmark = pytest.mark.xdist_group("site")  # one process makes the site

LESSONS = [p.stem for p in start.lessons()]
PAGES = ["index.html", *(f"{name}.html" for name in LESSONS), "search.html", "data/README.html"]
REFERENCE = ["api/index.html", "api/org/costate/Ode.html"]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser.chromium(tmp_path_factory.mktemp("home")) as it:
        yield it


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where environment/book --serve says that it serves the site, which it has made."""
    command = newcomer.Command([paths.ENVIRONMENT / "book", "--serve"], paths.CHECKOUT, dict(os.environ))
    try:
        yield command.until(r"http://127\.0\.0\.1:\d+/")[0]
        assert command.interrupt() == 0
    finally:
        command.kill()


@contextlib.contextmanager
def opened(chromium, address: str, name: str, scheme: str = "light", width: int = 1280):
    """A page of the site and what went wrong on it, as soon as its formulas are set."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, troubles = context.new_page(), []
    page.on("console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(f"failed: {request.url}"))
    page.on("response", lambda answer: troubles.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    page.on("request", lambda r: None if r.url.startswith((address, "data:")) else troubles.append(f"leaves: {r.url}"))
    page.goto(address + name, wait_until="load")
    page.evaluate("() => window.MathJax && MathJax.startup.promise")
    page.wait_for_load_state("networkidle")
    try:
        yield page, troubles
    finally:
        context.close()


# What is wider than the page and lies in no box of its own that scrolls: the theme scrolls or hides all of the text.
CUT_OFF = """() => {
    const scrolls = e => e && !e.matches("article, main") && (/auto|scroll/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    return [...document.querySelectorAll("article *, main *")]
        .filter(e => e instanceof HTMLElement && e.getBoundingClientRect().right > innerWidth + 1)
        .filter(e => !e.closest("mjx-assistive-mml, .toc-drawer") && !scrolls(e))
        .map(e => `${e.tagName}.${e.className}`).slice(0, 9);
}"""


@pytest.mark.parametrize("name", [*PAGES, *REFERENCE])
def test_a_page_is_quiet_and_fits_a_phone(chromium, address, name):
    with opened(chromium, address, name) as (page, troubles):
        assert not troubles
        assert page.title() and page.locator("h1").count() == (name != "search.html")
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert not page.evaluate(CUT_OFF)
        assert not troubles


# axe takes half a minute for a page of ten thousand elements. Most are parts of formulas, for which readers of the screen
# get MathML, and words of code, whose colours are the same in all lessons: those of one lesson are looked at.
THINNER = """code => {
    for (const picture of document.querySelectorAll("mjx-container > svg")) picture.replaceChildren();
    if (!code) for (const box of document.querySelectorAll("pre")) box.textContent = box.textContent;
}"""


# In the dark only colours differ, and those of two pages are those of all.
@pytest.mark.parametrize("name, scheme", [*((name, "light") for name in PAGES), *((name, "dark") for name in [*PAGES[:2], *REFERENCE])])
def test_a_page_has_no_barriers(chromium, address, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"], **({"runOnly": ["color-contrast"]} if scheme == "dark" else {})}
    with opened(chromium, address, name, scheme) as (page, _):
        page.evaluate(THINNER, name == f"{LESSONS[0]}.html")
        found = Axe().run(page, options=options).response["violations"]
    grave = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not [f"{v['id']}, {v['help']}: {n['html'][:200]}" for v in grave for n in v["nodes"]]


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_whole(chromium, address, name):
    """Each cell, each figure with words for who cannot see it, each formula."""
    notebook = book_source.load(paths.NOTEBOOKS / f"{name}.ipynb")
    code = book_source.code_cells(notebook)
    with opened(chromium, address, f"{name}.html") as (page, _):
        assert page.locator(".cell_input").count() == len(code)
        pictures = page.locator(".cell_output img")
        assert pictures.count() == sum(len(book_compare.figures(c.outputs)) for c in code)
        for picture in pictures.all():
            assert picture.evaluate("e => e.naturalWidth") > 200
            assert re.search(r"\w \w", picture.get_attribute("alt"))
        source = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
        formulas = page.locator(".math > mjx-container > svg").count()
        assert formulas == page.locator(".math").count() >= source.count("$$") // 2
        assert page.locator("[data-mjx-error]").count() == 0
        assert "$" not in page.locator("article").inner_text()


def test_search_finds_a_word(chromium, address):
    with opened(chromium, address, "index.html") as (page, troubles):
        page.locator("input[name=q]").first.fill("adjoint")
        page.keyboard.press("Enter")
        found = page.locator("#search-results li a", has_text="adjoint ODE")
        found.first.wait_for(timeout=10_000)
        page.wait_for_load_state("networkidle")  # so that leaving the page cuts off nothing
        found.first.click()
        page.wait_for_load_state("load")
        assert re.search(r"/05-the-adjoint-ode\.html", page.url) and not troubles


def background(page) -> int:
    """How light the page is, from 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return max(map(int, re.findall(r"\d+", colour)[:3]))


def test_it_can_be_dark(chromium, address):
    with opened(chromium, address, f"{LESSONS[1]}.html") as (page, _):
        assert background(page) > 230
        page.locator(".theme-toggle:visible").first.click()  # from the system's choice to the other one
        page.wait_for_timeout(200)
        assert background(page) < 60
        page.screenshot(path=screenshot("dark-by-button"))
    for name in (f"{LESSONS[1]}.html", *REFERENCE):
        with opened(chromium, address, name, "dark") as (page, _):
            assert background(page) < 60
            page.screenshot(path=screenshot("dark-" + name.rpartition("/")[2].removesuffix(".html")))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_prints(chromium, address, scheme):
    with opened(chromium, address, f"{LESSONS[1]}.html", scheme) as (page, _):
        page.emulate_media(media="print", color_scheme=scheme)
        assert background(page) > 230, "ink for every page"
        assert not page.locator(".sidebar-drawer").is_visible()
        pictures = page.locator(".cell_output img").count()
        made = page.pdf(path=screenshot(f"print-{scheme}", "pdf"), format="A4")
        page.add_style_tag(content=".cell_output img { display: none !important; }")
        without = page.pdf(format="A4")
    assert made.startswith(b"%PDF-")
    image = b"/Subtype /Image"  # shadows are some, too
    assert made.count(image) - without.count(image) == pictures > 0


def screenshot(name: str, kind: str = "png") -> Path:
    paths.ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return paths.ARTEFACTS / f"site-{name}.{kind}"


class Reader(html.parser.HTMLParser):
    """The addresses on a page, and the places on it that others can lead to."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.parts: list[str] = []
        self.places: set[str] = {"", "top"}
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        self.places |= {facts[n] for n in ("id", "name") if facts.get(n)}
        found = facts.get("href") if tag in ("a", "link") else facts.get("src")
        if found:
            (self.links if tag == "a" else self.parts).append(found)


def test_links_lead_somewhere(address):
    site = book_site.SITE
    read = {file: Reader(file) for file in site.rglob("*.html")}
    broken, lessons = [], set()
    for file, page in read.items():
        for link in [*page.links, *page.parts]:
            where = f"{file.relative_to(site)}: {link}"
            if re.match(r"\w+:", link):
                # What the page itself needs lies beside it; only readers go elsewhere.
                if link in page.parts and not link.startswith("data:") or not re.match(r"https:|data:|mailto:", link):
                    broken.append(where)
                continue
            path, _, anchor = link.partition("#")
            path = urllib.parse.unquote(path.partition("?")[0])
            target = (file.parent / path).resolve() if path else file
            if target.is_dir():
                target /= "index.html"
            if not target.is_relative_to(site) or not target.is_file():
                broken.append(where)
            elif anchor and target in read and urllib.parse.unquote(anchor) not in read[target].places:
                broken.append(f"{where} (no such place)")
            elif target.parent == site and file.stem in LESSONS:
                lessons.add((file.stem, target.stem))
    assert not broken, "\n".join(broken[:40])
    for one, other in zip(LESSONS, LESSONS[1:]):
        assert {(one, other), (other, one)} <= lessons
    assert any("api/org/costate/" in link for name in LESSONS for link in read[site / f"{name}.html"].links)


def test_links_of_lessons_are_rewritten():
    assert book_site.link("01-three-euler-steps.ipynb#Sum-or-mean") == "01-three-euler-steps.ipynb#sum-or-mean"
    assert book_site.link("#The-post's-claim.") == "#the-posts-claim"
    assert book_site.link("data/README.md") == "data/README.md"
    assert book_site.link("../lib/README.md#a") == f"{book_site.ONLINE}lib/README.md#a"
    assert book_site.link("https://doi.org/10") == "https://doi.org/10"
    cell = '<a class="x" href="01-three-euler-steps.ipynb#The-post&#x27;s-step,-back">'
    assert book_site.finished(cell) == '<a class="x" href="01-three-euler-steps.html#the-posts-step-back">'
