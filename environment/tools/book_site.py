"""Makes the static site of the lessons in .costate/site, from the notebooks as they are, and serves it on loopback.

Plain standard library: what makes the pages lives in an environment of its own, which is installed on demand.
"""

from __future__ import annotations

import functools
import html
import http.server
import json
import os
import re
import shutil
import urllib.parse
from pathlib import Path

import jdk
import paths
import provision
import say
import start
import temurin

SITE = paths.COSTATE / "site"
SPHINX = paths.COSTATE / "sphinx"
REQUIREMENTS = paths.ENVIRONMENT / "requirements-site.txt"
SPHINX_BYTES = 300_000_000  # measured on Linux x86_64, rounded up
SETTINGS = paths.ENVIRONMENT / "site"
LIBRARY = paths.CHECKOUT / "lib" / "src" / "main" / "java"
WORK = paths.CACHE / "site"
REFERENCE = WORK / "api"
SOURCE = WORK / "source"
ONLINE = "https://github.com/costate/costate/blob/main/"

LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
HREF = re.compile(r"""(?<=\bhref=")([^"]+)(?=")""")


def make(download: bool) -> Path:
    """The site; what is there already is left if nothing has changed."""
    with provision.only_one():
        try:
            found = temurin.find_or_install(download)
            inputs = hash_of_inputs(found)
            if provision.fresh("site", inputs) and (SITE / "index.html").exists():
                return SITE
            provision.library(found, download)
            install(download)
            reference(found)
            stage()
            pages()
        except OSError as failure:
            raise provision.writing_failed(failure) from failure
        provision.stamp("site", inputs)
    return SITE


def hash_of_inputs(found: jdk.Jdk) -> str:
    notebooks = [*sorted(paths.NOTEBOOKS.glob("*.ipynb")), paths.NOTEBOOKS / "data"]
    return provision.hash_of(*notebooks, SETTINGS, REQUIREMENTS, Path(__file__), LIBRARY, found.text, str(SITE))


def install(download: bool) -> None:
    inputs = provision.hash_of(str(SPHINX), REQUIREMENTS)
    if provision.fresh(REQUIREMENTS.name, inputs) and (SPHINX / "complete").exists():
        return
    if not download:
        raise say.Failure("The packages that make the site are not installed, and --no-download forbids fetching them.",
                          "run it once without --no-download")  # fmt: skip
    provision.unstamp(REQUIREMENTS.name)
    provision.pip_install(SPHINX, REQUIREMENTS, SPHINX_BYTES, "Packages for the site")
    provision.stamp(REQUIREMENTS.name, inputs)


def reference(found: jdk.Jdk) -> None:
    """The library's Javadoc."""
    command = [str(found.home / "bin" / "javadoc"), "-d", str(REFERENCE), "-sourcepath", str(LIBRARY), "-subpackages", "org.costate"]
    command += ["-classpath", paths.class_path(), "--add-modules", "jdk.incubator.vector", "-encoding", "UTF-8", "-quiet"]
    command += ["-notimestamp", "-Xdoclint:all,-missing", "-windowtitle", "Costate", "-doctitle", "Costate, the library"]
    command += ["-header", '<a href="{@docRoot}/../index.html" style="color: inherit">Lessons</a>']
    command += ["--add-stylesheet", str(SETTINGS / "reference.css")]
    inputs = provision.hash_of(LIBRARY, SETTINGS / "reference.css", *command)
    if provision.fresh("reference", inputs) and (REFERENCE / "index.html").exists():
        return
    shutil.rmtree(REFERENCE, ignore_errors=True)
    run = provision.Run("reference.log")
    with say.Progress("Reference of the library"):
        if run(command, dict(os.environ)) != 0:
            raise run.failure("Javadoc", 0)
    provision.stamp("reference", inputs)


def stage() -> None:
    """Lessons and settings in one folder, as Sphinx wants to have them."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.copytree(SETTINGS, SOURCE, ignore=shutil.ignore_patterns("__pycache__", "reference.css"))
    shutil.copytree(REFERENCE, SOURCE / "extra" / "api")
    shutil.copytree(paths.NOTEBOOKS / "data", SOURCE / "data")
    script = next(SPHINX.glob("lib/python*/site-packages/sphinx-mathjax-offline/static/mathjax/tex-svg.js"))
    shutil.copyfile(script, SOURCE / "static" / "mathjax.js")
    shutil.copyfile(paths.ENVIRONMENT / "kernel" / "logo-svg.svg", SOURCE / "static" / "logo.svg")
    # What browsers ask for on pages that name none, as those of the reference; they take a PNG by this name.
    shutil.copyfile(paths.ENVIRONMENT / "kernel" / "logo-32x32.png", SOURCE / "extra" / "favicon.ico")
    for notebook in start.lessons():
        content = json.loads(notebook.read_text(encoding="utf-8"))
        for cell in content["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = finished(LINK.sub(lambda match: link(match[1]), "".join(cell["source"])))
                continue
            if title := figure_title(cell):
                cell["metadata"]["mystnb"] = {"image": {"alt": title}}
            for bundle in (output.get("data", {}) for output in cell["outputs"]):
                if "text/html" in bundle:
                    bundle["text/html"] = finished("".join(bundle["text/html"]))
        (SOURCE / notebook.name).write_text(json.dumps(content), encoding="utf-8")


def link(address: str) -> str:
    """A link of a lesson, as it is to be on the site: other lessons by the site's anchors, the rest online."""
    path, _, anchor = address.partition("#")
    if re.match(r"\w+:", address):
        return address
    target = (paths.NOTEBOOKS / path).resolve() if path else None
    if target and not (target in start.lessons() or target.is_relative_to(paths.NOTEBOOKS / "data")):
        return ONLINE + target.relative_to(paths.CHECKOUT).as_posix() + (f"#{anchor}" if anchor else "")
    # JupyterLab's anchors keep capitals and dots, the site's, like those of the repository's browser, do not.
    anchor = re.sub(r"[^\w-]", "", urllib.parse.unquote(anchor).lower())
    return path + (f"#{anchor}" if anchor else "")


def finished(markup: str) -> str:
    """With links as the pages have them: what is HTML already is not looked at by Sphinx."""
    return HREF.sub(lambda match: html.escape(re.sub(r"\.ipynb(?=#|$)", ".html", link(html.unescape(match[1])))), markup)


def figure_title(cell: dict) -> str:
    """What is to be seen on the picture that a cell shows: how the description below it begins."""
    for output in cell["outputs"]:
        text = "".join(output.get("data", {}).get("text/plain", ""))
        if said := re.match(r"(?:Figure(?: of \d+ panels)?: |(?=Animation of ))(.+?)\. ", text):
            return said[1]
    return ""


def pages() -> None:
    new = WORK / "new"
    shutil.rmtree(new, ignore_errors=True)
    command = [str(SPHINX / "bin" / "python"), "-B", "-m", "sphinx", "-b", "html", "-q", "-W", "--keep-going"]
    command += ["-d", str(WORK / "doctrees"), "-E", str(SOURCE), str(new)]
    run = provision.Run("site.log")
    with say.Progress("Site"):
        if run(command, paths.jupyter_env()) != 0:
            raise run.failure("Making the site", 0)
    shutil.rmtree(SITE, ignore_errors=True)
    os.replace(new, SITE)


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def serve(port: int | None) -> None:
    """Until Ctrl-C. For this machine only."""
    handler = functools.partial(Handler, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", start.port(port)), handler) as server:
        start.tell(f"http://127.0.0.1:{server.server_port}/", browser=False, note="Ctrl-C here ends it.")
        server.serve_forever()


def main(serving: bool, download: bool) -> int:
    folder = make(download)
    if serving:
        try:
            serve(None)
        except KeyboardInterrupt:
            say.line("\nStopped.")
    else:
        say.line(f"The site: {folder / 'index.html'}. To read it with its search: environment/book --serve")
    return 0
