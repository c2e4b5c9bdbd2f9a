"""Starts a kernel, runs the cells given as JSON on standard input, prints each one's text or error as JSON.

Runs in the virtual environment, under paths.jupyter_env(). For doctor and for tests.
"""

from __future__ import annotations

import json
import sys
import time

from jupyter_client.manager import KernelManager

START_WITHIN = 60
ANSWER_WITHIN = 60


def ask(name: str, cells: list[str]) -> dict[str, object]:
    begin = time.monotonic()
    manager = KernelManager(kernel_name=name)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    answers: list[dict[str, str]] = []
    ready = 0.0
    try:
        client.wait_for_ready(timeout=START_WITHIN)
        for cell in cells:
            texts: list[str] = []

            def each(message: dict) -> None:
                content = message["content"]
                kind = message["msg_type"]
                if kind == "stream":
                    texts.append(content["text"])
                elif kind in ("execute_result", "display_data"):
                    texts.append(content["data"].get("text/plain", ""))

            reply = client.execute_interactive(cell, output_hook=each, timeout=ANSWER_WITHIN, allow_stdin=False)["content"]
            error = "" if reply["status"] == "ok" else f"{reply.get('ename', '')}: {reply.get('evalue', '')}"
            answers.append({"text": "".join(texts).strip(), "error": error})
            ready = ready or time.monotonic() - begin
        return {"seconds": ready, "answers": answers}
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    print(json.dumps(ask(sys.argv[1], json.load(sys.stdin))))
