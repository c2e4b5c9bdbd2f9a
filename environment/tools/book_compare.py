"""Whether two runs of a cell say the same: words exactly, numbers to a relative 1e-6, figures by the data drawn."""

from __future__ import annotations

import base64
import math
import re
from typing import Any, Iterator

RELATIVE = 1e-6

# A number that stands alone: not part of a word or of a version, so that `x1` and `1.2.3` are words.
NUMBER = re.compile(r"(?<![\w.])[-−+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w]|\.\d)")
# The renderer of charts puts this below each figure: the digest of what is drawn. Pixels depend on fonts, it does not.
DIGEST = re.compile(r"(?:[Dd]ata digest|figure data)[:\s]+([0-9a-f]{8,})")
IMAGE = re.compile(r"data:image/[\w.+-]+;base64,([A-Za-z0-9+/=\s]+)")
# How the renderer's description tells of curves: each one that has a name, and the number of the others.
CURVE = re.compile(r": \d+ points\b")
MORE_CURVES = re.compile(r"\b(\d+)(?: more)? curves? without a name")


def differences(stored: list[Any], found: list[Any]) -> Iterator[str]:
    """What differs between the outputs of a cell, in words; nothing if they say the same."""
    if len(stored) != len(found):
        yield f"{len(stored)} outputs stored, {len(found)} found: {[kind(o) for o in stored]} and {[kind(o) for o in found]}"
        return
    for a, b in zip(stored, found):
        if kind(a) != kind(b):
            yield f"stored {kind(a)}, found {kind(b)}"
        elif a.output_type == "stream":
            yield from text_differences(a.text, b.text)
        elif a.output_type == "error":
            yield from text_differences(a.evalue, b.evalue)
        else:
            for mime in a.data:
                if mime.startswith("image/"):
                    continue  # its data's digest is in the text beside it
                yield from (f"{mime}: {d}" for d in text_differences(str(a.data[mime]), str(b.data[mime])))


def differing(stored: list[Any], found: list[Any]) -> list[str]:
    """What differs between the outputs of a notebook's code cells and those of the same cells run again, in words."""
    if len(stored) != len(found):
        return [f"{len(stored)} code cells stored, {len(found)} found"]
    pairs = enumerate(zip(stored, found), 1)
    return [f"code cell {n}: {d}" for n, (a, b) in pairs for d in differences(a.outputs, b.outputs)]


def kind(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.name)
    return f"{output.output_type} {' '.join(sorted(output.get('data', {})))}".strip()


def text_differences(a: str, b: str) -> Iterator[str]:
    a, b = IMAGE.sub("(image)", a), IMAGE.sub("(image)", b)
    digests = DIGEST.findall(a), DIGEST.findall(b)
    if digests[0] != digests[1]:
        yield f"figure data stored {digests[0]}, found {digests[1]}"
    a, b = DIGEST.sub("(digest)", a), DIGEST.sub("(digest)", b)
    words = NUMBER.split(a), NUMBER.split(b)
    if words[0] != words[1]:
        yield f"text {first_difference(a, b)}"
        return
    for x, y in zip(NUMBER.findall(a), NUMBER.findall(b)):
        if not same_number(value(x), value(y)):
            yield f"number stored {x}, found {y}"


def value(text: str) -> float:
    return float(text.replace("−", "-"))


def same_number(x: float, y: float) -> bool:
    return x == y or math.isclose(x, y, rel_tol=RELATIVE, abs_tol=0)


def first_difference(a: str, b: str) -> str:
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    begin = max(0, at - 20)
    return f"stored {a[begin : at + 40]!r}, found {b[begin : at + 40]!r}"


def figures(outputs: list[Any]) -> list[tuple[bytes, str, int]]:
    """The figures among outputs: bytes of the image, digest of its data or nothing, number of curves told or 0."""
    found = []
    for at, output in enumerate(outputs):
        data = output.get("data", {})
        images = [str(v) for mime, v in data.items() if mime in ("image/png", "image/gif", "image/jpeg")]
        images += [part for mime, v in data.items() if mime == "text/html" for part in IMAGE.findall(str(v))]
        images += ["" for mime in data if mime == "image/svg+xml"]
        # The description belongs to the figure's own output, or is the output below.
        text = description(output) or (description(outputs[at + 1]) if at + 1 < len(outputs) else "")
        digests = DIGEST.findall(text)
        curves = len(CURVE.findall(text)) + sum(int(n) for n in MORE_CURVES.findall(text))
        found += [(base64.b64decode(image), digests[0] if digests else "", curves) for image in images]
    return found


def description(output: Any) -> str:
    """The plain text that describes a figure; empty if it has no digest."""
    text = str(output.get("data", {}).get("text/plain", ""))
    return text if DIGEST.search(text) else ""
