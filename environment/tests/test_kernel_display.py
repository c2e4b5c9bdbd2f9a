"""What cells show, on our kernel and on JJava: charts, tables, arrays, results, progress; nothing without bound."""

from __future__ import annotations

import base64
import re
import struct
import sys
import zlib
from pathlib import Path

import pytest

pytest.importorskip("jupyter_client")

import kernel_client  # noqa: E402
import kernelspec  # noqa: E402
import paths  # noqa: E402
from conftest import missing  # noqa: E402

pytestmark = pytest.mark.xdist_group("display")  # in one process, with two kernels

CHART = """
XYChart chart = new XYChartBuilder().width(640).height(400).title("Cost & drift").xAxisTitle("steps").yAxisTitle("cost").build();
chart.getStyler().setXAxisLogarithmic(true);
chart.addSeries("falls", new double[] {1, 10, 100}, new double[] {3, 2, 1 / 3.0});
chart.addSeries("rises", new double[] {1, 10, 100}, new double[] {-1, 5, 4});
"""
DIGEST = re.compile(r"Data digest ([0-9a-f]{8})\.")


@pytest.fixture(scope="module", params=["costate", "costate-jjava"])
def kernel(request, tmp_path_factory: pytest.TempPathFactory, java: Path):
    folder = tmp_path_factory.mktemp("kernels")
    if request.param == "costate":
        kernelspec.install(folder / "costate", paths.CHECKOUT, java)
    else:
        jars = sorted(Path(sys.prefix, "share", "jupyter", "kernels").rglob("jjava.jar"))
        if not jars:
            missing("the kernel JJava", "run the tests by environment/test, which installs it")
        kernelspec.install_jjava(folder / "costate-jjava", paths.CHECKOUT, java, jars[0])
    with kernel_client.started(request.param, folder, folder / "kernel.log") as found:
        found.ok(CHART)
        yield found


def chunks(png: bytes) -> dict[bytes, bytes]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, found = 8, {}
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + data) == struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0]
        found[kind] = data
        at += 12 + length
    return found


def test_chart_is_a_small_opaque_picture_with_a_description(kernel: kernel_client.Kernel) -> None:
    answer = kernel.ok("show(chart);")
    kinds = [k for k, _ in answer.outputs]
    assert kinds == ["display_data", "display_data"]
    picture, words = (c for _, c in answer.outputs)
    found = chunks(base64.b64decode(picture["data"]["image/png"]))
    width, height, bits, colour_type = struct.unpack(">IIBB", found[b"IHDR"][:10])
    assert (width, height) == (2 * 640, 2 * 400)
    assert picture["metadata"]["image/png"] == {"width": 640, "height": 400}
    assert (bits, colour_type) == (8, 3), "a palette"
    assert b"tRNS" not in found, "transparent: unreadable in a dark theme"
    assert len(picture["data"]["image/png"]) < 60_000
    text = words["data"]["text/plain"]
    for part in (
        "Figure: Cost & drift.",
        "Horizontal: steps, logarithmic, from 1 to 100.",
        "Vertical: cost, from -1 to 5.",
        "falls: 3 points, first 3, last 0.333333.",
        "rises: 3 points, first -1, last 4, greatest 5.",
    ):
        assert part in text
    assert DIGEST.search(text)
    html = words["data"]["text/html"]
    assert "Cost &amp; drift" in html
    assert "figure" not in html and "<img" not in html, "repository browsers drop pictures inside HTML"


def test_chart_as_last_expression_shows_the_same(kernel: kernel_client.Kernel) -> None:
    shown, last = kernel.ok("show(chart);"), kernel.ok("chart")
    assert [k for k, _ in last.outputs] == ["display_data", "execute_result"]
    assert last.data("image/png") == shown.data("image/png")
    assert last.data("text/html") == shown.data("text/html")


def test_ten_noisy_curves_stay_small(kernel: kernel_client.Kernel) -> None:
    answer = kernel.ok(
        'var many = new XYChartBuilder().width(800).height(500).title("ten").build(); var random = new Random(1);\n'
        "for (int c = 0; c < 10; c++) { double[] y = new double[300]; for (int i = 1; i < y.length; i++)"
        " y[i] = y[i - 1] + random.nextGaussian();\n"
        'many.addSeries("walk " + c, y); }\nshow(many);'
    )
    (picture,) = answer.data("image/png")
    assert len(base64.b64decode(picture)) <= 60_000


def test_table(kernel: kernel_client.Kernel) -> None:
    answer = kernel.ok(
        'double[] third = new double[1000]; Arrays.setAll(third, i -> i / 3.0); String[] word = new String[1000];'
        ' Arrays.fill(word, "a<b"); word[1] = null;\n'
        'show(Table.create("Measured", DoubleColumn.create("x", third), StringColumn.create("w", word)));'
    )
    (html,) = answer.data("text/html")
    assert "<caption" in html and "Measured: first 10 of 1000 rows, 2 columns" in html
    assert html.count("<tr>") == 11
    assert '<th scope="col"' in html
    assert ">0.333333<" in html and "0.33333333" not in html
    assert "a&lt;b" in html and ">–<" in html
    assert answer.text.splitlines()[0] == "Measured: first 10 of 1000 rows, 2 columns"
    assert answer.text.splitlines()[2] == "         0  a<b"


@pytest.mark.parametrize(
    "code, text",
    [
        ("new double[] {1.0 / 3, 2e-9, 0, -1e12}", "double[4]: 0.333333, 2e-9, 0, -1e12"),
        ("new double[1_000_000]", "double[1000000]: 0, 0, 0, 0, 0, 0, 0, …, 0, 0, 0"),
        ("new int[][] {{1, 2}, {3, 4}}", "int[2][2]\n     0  1\n  0  1  2\n  1  3  4"),
        ('new String[] {"a", null}', "String[2]: a, null"),
        ("new double[0]", "double[0]"),
        ("IntStream.range(0, 1_000_000).boxed().toList()", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, … (1000000 in all)]"),
        ("Nd4j.createFromArray(1.0, 2.5)", "INDArray of DOUBLE, shape [2]: 1, 2.5"),
        ("Nd4j.ones(2, 3)", "INDArray of FLOAT, shape [2, 3]\n     0  1  2\n  0  1  1  1\n  1  1  1  1"),
        ("Nd4j.arange(24).reshape(2, 3, 4)", "INDArray of FLOAT, shape [2, 3, 4], the last index fastest: 0, 1, 2, 3, 4, 5, 6, …, 21, 22, 23"),
        ('"word"', "word"),
        ("1.0 / 3", "0.3333333333333333"),
    ],
)
def test_values(kernel: kernel_client.Kernel, code: str, text: str) -> None:
    assert kernel.ok(code).text == text
    assert kernel.ok(f"show({code});").text == text


@pytest.mark.parametrize("code", ["new double[1000][1000]", "Nd4j.zeros(1000, 1000)", '"long ".repeat(1_000_000)', "new double[3][1000][10]"])
def test_nothing_is_shown_without_bound(kernel: kernel_client.Kernel, code: str) -> None:
    for _, content in kernel.ok(code).outputs:
        assert all(len(data) < 25_000 for data in content["data"].values())


def test_results_of_the_library(kernel: kernel_client.Kernel) -> None:
    kernel.ok(
        'Dynamics decay = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("k")).negate());\n'
        "Parameters half = Parameters.of(decay.layout(), 0.5);\n"
        "Ode problem = Ode.of(decay).span(0, 1).solver(Rk4.steps(20)).adjoint(Backsolve.defaults());"
    )
    solution = kernel.ok("problem.solve(new double[] {1}, half)")
    assert "21 states" in solution.text and "reached t = 1" in solution.text and "0.606531" in solution.text
    assert "<table" in solution.data("text/html")[0]
    gradient = kernel.ok("problem.gradient(new double[] {1}, half, Cost.sumOfSquares(new double[][] {{0}}))")
    assert "Gradient of the cost 0.367879" in gradient.text
    assert re.search(r"k +1 × 1 +0\.735759 +-0\.735759", gradient.text), gradient.text
    assert re.search(r"k +1 × 1 +0\.5 +0\.5", kernel.ok("half").text)


def test_card_of_the_workbook(kernel: kernel_client.Kernel) -> None:
    answer = kernel.ok('new org.costate.workbook.Note("Head", "Body with `code`")')
    assert answer.text == "Head\nBody with `code`"[: len(answer.text)] or answer.text.startswith("Head")
    assert "<strong>Head</strong>" in answer.data("text/html")[0]


def test_progress_updates_in_place(kernel: kernel_client.Kernel) -> None:
    answer = kernel.ok(
        'try (var p = progress("training", 8)) { for (int i = 0; i < 8; i++) { Thread.sleep(100); p.advance("cost " + i); } }'
    )
    kinds = [k for k, _ in answer.outputs]
    assert kinds[0] == "display_data" and len(kinds) >= 3
    assert set(kinds[1:]) == {"update_display_data"}
    assert len({c["transient"]["display_id"] for _, c in answer.outputs}) == 1
    first, last = answer.outputs[0][1]["data"], answer.outputs[-1][1]["data"]
    assert "<progress" in first["text/html"] and "left" in first["text/plain"]
    assert last == {"text/plain": "training: 8 of 8, cost 7"}


def test_show_is_the_last_word(kernel: kernel_client.Kernel) -> None:
    assert [k for k, _ in kernel.ok("show(1)").outputs] == ["display_data"], "no second output with an id"
    assert [c["data"]["text/plain"] for _, c in kernel.ok('show(1, "two", null)').outputs] == ["1", "two", "null"]
