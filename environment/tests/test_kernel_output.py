"""What cells print and return: complete, soon, in order, in few messages; and nothing of it is kept for ever."""

from __future__ import annotations

import queue

import pytest

pytest.importorskip("jupyter_client")

import kernel_client  # noqa: E402

pytestmark = pytest.mark.alone


def printed(answer: kernel_client.Answer) -> list[tuple[str, str]]:
    """What arrived: name of the stream or kind of the message, and text; pieces of a stream put together."""
    found: list[tuple[str, str]] = []
    for kind, content in answer.outputs:
        name = content.get("name", kind)
        text = content["text"] if kind == "stream" else content.get("data", {}).get("text/plain", "")
        if kind == "stream" and found and found[-1][0] == name:
            text = found.pop()[1] + text
        found.append((name, text))
    return found


def test_a_cell_can_be_run_again_and_again(kernel: kernel_client.Kernel) -> None:
    # 120 MB each; the heap holds 512.
    for _ in range(6):
        kernel.ok("double[] large = new double[15_000_000];\nlarge.length")
    kernel.ok("large = null;")
    for _ in range(6):
        kernel.ok("new double[15_000_000]")


def test_output_without_a_line_end_is_not_lost(kernel: kernel_client.Kernel) -> None:
    assert kernel.ok('System.out.print("no end")').text == "no end"
    assert "before" in kernel.run('System.out.print("before"); int q = 1 / 0;').text


def test_a_flood_of_lines_comes_in_few_messages(kernel: kernel_client.Kernel) -> None:
    # The server drops what exceeds a thousand messages a second.
    answer = kernel.ok('for (int i = 0; i < 8_000; i++) System.out.println("line " + i + " größer");')
    assert len(answer.outputs) < 200
    assert "".join(c["text"] for _, c in answer.outputs) == "".join(f"line {i} größer\n" for i in range(8_000))


def test_printed_lines_come_soon_and_in_order(kernel: kernel_client.Kernel) -> None:
    message = kernel.begin('System.out.println("first"); show(1); System.out.print("second"); Thread.sleep(3000);')
    seen = []
    while "second" not in seen:
        found = kernel.client.get_iopub_msg(timeout=10)
        if found["parent_header"].get("msg_id") == message and found["msg_type"] in ("stream", "display_data"):
            content = found["content"]
            seen.append(content.get("text") or content["data"]["text/plain"])
    assert seen == ["first\n", "1", "second"]
    with pytest.raises(queue.Empty):  # the cell still runs
        kernel.client.get_shell_msg(timeout=0.3)
    kernel.end(message)


def test_a_loop_that_prints_for_ever_can_be_interrupted_and_is_cut(kernel: kernel_client.Kernel) -> None:
    answer, seconds = kernel.interrupt_after(2, 'while (true) System.out.println("again");')
    assert answer.reply["ename"] == "Interrupted" and seconds < 2
    text = "".join(text for name, text in printed(answer) if name == "stdout")
    assert 190_000 < len(text) < 201_000
    assert text.rstrip().endswith("is not shown.")
    assert kernel.ok('System.out.print("next")').text == "next"


def test_both_streams_and_figures_stay_in_order(kernel: kernel_client.Kernel) -> None:
    answer = kernel.run(
        'System.out.println("a"); System.out.println("b"); System.err.println("c"); System.out.println("d"); show(1);\n'
        'System.err.print("e"); int q = 1 / 0;'
    )
    assert printed(answer) == [
        ("stdout", "a\nb\n"), ("stderr", "c\n"), ("stdout", "d\n"), ("display_data", "1"), ("stderr", "e"), ("error", "")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "code, shown",
    [
        ("1 + 2", "3"),
        ("int n = 4;\nn", "4"),
        ("Math.max(2, 3);", "3"),
        ("List.of(1, 2)", "[1, 2]"),
        ("new Object()", "an object of Object"),
        ("int n = 4;", None),
        ("int n = 4; n = 5;", None),
        ("1 + 2; int m = 4;", None),
        ("List<Integer> list = new ArrayList<>(); list.clear();", None),
        ("null", None),
    ],
)
def test_the_last_expression_is_the_result(kernel: kernel_client.Kernel, code: str, shown: str | None) -> None:
    outputs = kernel.ok(code).outputs
    assert [(k, c["data"]["text/plain"]) for k, c in outputs] == ([("execute_result", shown)] if shown else [])


def test_an_expression_takes_no_name(kernel: kernel_client.Kernel) -> None:
    # JShell's $1, $2, … would keep each value for ever.
    kernel.ok("new double[] {1}")
    kernel.ok("int seen = 0;\nfor (int i = 0; i < 3; i++) seen++;\nseen + 1;\nseen + 2")
    matches = kernel.reply(kernel.client.complete("$", 1))["matches"]
    assert not matches
