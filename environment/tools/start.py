"""Sets up what is missing and opens JupyterLab."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import webbrowser
from pathlib import Path
from typing import Iterator

import jdk
import paths
import provision
import say

READY_WITHIN = 60.0


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="environment/start",
        description="Sets up what is missing and opens JupyterLab. All that it installs lies in .costate/ of this checkout.",
    )
    parser.add_argument("lesson", nargs="?", metavar="LESSON", help="number or name of a lesson, such as 1 or 02; default 00")
    parser.add_argument("--port", type=int, metavar="N", help="listen on this port; default: the first free one from 8888")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument("--no-download", action="store_true", help="fetch nothing; say what is missing instead")
    return parser.parse_args(argv)


def lessons() -> list[Path]:
    return sorted(paths.NOTEBOOKS.glob("[0-9][0-9]*.ipynb"))


def lesson(wanted: str | None) -> Path | None:
    """The notebook that the learner means."""
    known = lessons()
    if wanted is None:
        return known[0] if known else None
    name = Path(wanted).name.removesuffix(".ipynb")
    number = name.zfill(2) if name.isdigit() else None
    fits = [p for p in known if p.stem == name] or [p for p in known if p.stem.startswith(number or name)]
    if len(fits) == 1:
        return fits[0]
    names = ", ".join(p.stem for p in known) or "none yet"
    raise say.Failure(f"{'No' if not fits else 'More than one'} lesson is called {wanted!r}.", f"choose one of: {names}")


def port(wanted: int | None) -> int:
    """A port of loopback that nobody listens on."""
    if wanted is not None and not 1 <= wanted <= 65535:
        raise say.Failure(f"--port is {wanted}, expected 1 to 65535.", "leave --port out to get a free one")
    for number in [wanted] if wanted else range(8888, 8988):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
                return number
            except OSError as failure:
                reason = failure.strerror
    which = f"Port {wanted}" if wanted else "Every port from 8888 to 8987"
    raise say.Failure(f"{which} cannot be used ({reason}).", "choose another with --port N, or leave --port out")


def running() -> tuple[str, str] | None:
    """Address and token of a server of this checkout that answers."""
    for file in (paths.JUPYTER / "runtime").glob("jpserver-*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            facts = json.loads(file.read_text(encoding="utf-8"))
            if facts["token"] and answers(facts["url"], facts["token"]):
                return facts["url"], facts["token"]
    return None


def answers(url: str, token: str) -> bool:
    request = urllib.request.Request(f"{url}api/status", headers={"Authorization": f"token {token}"})
    # Never through a proxy: the server is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=2) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def address(url: str, token: str, notebook: Path | None) -> str:
    page = f"/tree/{urllib.parse.quote(notebook.relative_to(paths.CHECKOUT).as_posix())}" if notebook else ""
    return f"{url}lab{page}?token={token}"


def command(number: int) -> list[str]:
    line = [str(paths.venv_python()), "-m", "jupyterlab", "--no-browser"]
    line += [f"--ServerApp.port={number}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"]
    line += [f"--ServerApp.root_dir={paths.CHECKOUT}", "--MultiKernelManager.default_kernel_name=costate"]
    if os.geteuid() == 0:  # Jupyter refuses root unless told
        line.append("--allow-root")
    return line


@contextlib.contextmanager
def server(number: int, token: str) -> Iterator[subprocess.Popen[bytes]]:
    """JupyterLab, ended with all its kernels when this block is left."""
    env = paths.jupyter_env()
    env["JUPYTER_TOKEN"] = token  # not an argument: those are seen by every user of the machine
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    with (paths.LOGS / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command(number), env=env, cwd=paths.CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                provision.end_group(process)


def wait_ready(process: subprocess.Popen[bytes], url: str, token: str) -> None:
    begin = time.monotonic()
    with say.Progress("JupyterLab"):
        while time.monotonic() - begin < READY_WITHIN and process.poll() is None:
            if answers(url, token):
                return
            time.sleep(0.1)
    log = paths.LOGS / "server.log"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
    what = f"stopped with status {process.returncode}" if process.poll() is not None else "does not answer"
    shown = "\n".join(f"  | {line}" for line in lines)
    raise say.Failure(f"JupyterLab {what}. The end of {log}:\n{shown}", "run environment/doctor")


def open_browser(url: str) -> bool:
    """Only where there is a screen: a text browser would take the terminal over."""
    screen = sys.platform == "darwin" or any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))
    return bool(screen) and webbrowser.open(url)


def tell(url: str, browser: bool, note: str = "") -> None:
    opened = browser and open_browser(url)
    say.line()
    say.line(f"    {url}")
    say.line()
    say.line(("The browser shows it. " if opened else "Open this address in a browser. ") + note)


def main() -> int:
    asked = arguments()
    notebook = lesson(asked.lesson)
    wanted = port(asked.port) if asked.port is not None and not running() else asked.port
    provision.everything(download=not asked.no_download)
    there = running()
    if there and wanted in (None, urllib.parse.urlsplit(there[0]).port):
        say.line("JupyterLab runs already.")
        tell(address(*there, notebook), not asked.no_browser)
        return 0
    number = port(wanted)
    token = secrets.token_hex(24)
    url = f"http://127.0.0.1:{number}/"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through `finally`, so that no kernel is left behind
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    with server(number, token) as process:
        wait_ready(process, url, token)
        tell(address(url, token, notebook), not asked.no_browser, "Ctrl-C here ends it.")
        try:
            status = process.wait()
        except KeyboardInterrupt:
            say.line("\nStopping.")
            status = 0
    if status:
        raise say.Failure(f"JupyterLab ended with status {status}.", f"see {paths.LOGS / 'server.log'}, and start it again")
    again = re.sub(r"\s+", " ", f"environment/start {asked.lesson or ''}").strip()
    say.line(f"JupyterLab has ended. To go on later: {again}")
    return 0


def guarded(action: object, stopped: str) -> int:
    """Runs a command's `main`: failures in a sentence, Ctrl-C without a trace."""
    try:
        return action()  # type: ignore[operator]
    except (say.Failure, jdk.Missing) as failure:
        say.error(f"\n{failure}")
        return 1
    except KeyboardInterrupt:
        say.error(f"\n{stopped}")
        return 130


if __name__ == "__main__":
    sys.exit(guarded(main, "Stopped. Run the same command again: it goes on where it stopped."))
