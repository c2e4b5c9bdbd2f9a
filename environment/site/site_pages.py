"""What is done to a page that Sphinx has made: the library's classes become links to their reference, and no formula is
parted from the comma behind it."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

NAME = re.compile(r'<code class="docutils literal notranslate"><span class="pre">(\w+)</span></code>(?!</a>)')
FORMULA = re.compile(r'(\(?)(<span class="math [^>]*>[^<]*</span>)([,.;:!?)]*)')


@functools.cache
def classes(reference: Path) -> dict[str, str]:
    """The address of each class below the reference, by its simple name; names that two packages have are left out."""
    text = (reference / "type-search-index.js").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for entry in json.loads(text[text.index("[") : text.rindex("]") + 1]):
        if "p" in entry:
            found.setdefault(entry["l"], []).append(f"{entry['p'].replace('.', '/')}/{entry['l']}.html")
    return {name: places[0] for name, places in found.items() if len(places) == 1}


def finish(app, page, template, context, doctree) -> None:  # noqa: ANN001
    known = classes(Path(app.srcdir) / "extra" / "api")
    root = "../" * page.count("/")

    def link(match: re.Match[str]) -> str:
        place = known.get(match[1])
        return f'<a class="reference" href="{root}api/{place}">{match[0]}</a>' if place else match[0]

    def join(match: re.Match[str]) -> str:
        return f'<span class="unparted">{match[0]}</span>' if match[1] or match[3] else match[0]

    if "body" in context:
        context["body"] = FORMULA.sub(join, NAME.sub(link, context["body"]))
