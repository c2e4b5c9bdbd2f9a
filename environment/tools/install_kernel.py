"""Makes the kernel known to Jupyter front ends outside this checkout, or takes it away again."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

import paths
import provision
import say
import start
import temurin


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="environment/install-kernel",
        description="Makes the kernel 'Costate (Java 25)' known to VS Code and other Jupyter front ends. "
        "It goes on using this checkout, which must stay where it is.",
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--user", action="store_true", help="for this user, in Jupyter's data folder in HOME")
    where.add_argument("--prefix", metavar="DIR", help="for the Python environment in this folder")
    parser.add_argument("--uninstall", action="store_true", help="take it away")
    parser.add_argument("--no-download", action="store_true", help="fetch nothing; say what is missing instead")
    return parser.parse_args()


def data_folder(env: dict[str, str] | None = None) -> Path:
    """Where Jupyter looks for this user's kernels."""
    env = dict(os.environ) if env is None else env
    if env.get("JUPYTER_DATA_DIR"):
        return Path(env["JUPYTER_DATA_DIR"])
    home = Path(env.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return home / "Library" / "Jupyter"
    return Path(env.get("XDG_DATA_HOME") or home / ".local" / "share") / "jupyter"


def owner(spec: Path) -> Path | None:
    """The checkout that an installed kernelspec uses."""
    try:
        facts = json.loads((spec / "kernel.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    for word in facts.get("argv", []):
        for part in word.split(os.pathsep):
            if "/.costate/" in part:
                return Path(part.split("/.costate/")[0].rsplit("=", 1)[-1])
    return None


def uninstall(spec: Path) -> int:
    if not spec.is_dir():
        say.line(f"There is no kernel in {spec}; nothing to do.")
        return 0
    if owner(spec) != paths.CHECKOUT:
        raise say.Failure(
            f"The kernel in {spec} belongs to {owner(spec) or 'something else'}, not to this checkout.",
            "run the command of that checkout, or delete the folder",
        )
    shutil.rmtree(spec)
    say.line(f"Removed {spec}.")
    return 0


def install(spec: Path, asked: argparse.Namespace) -> int:
    with provision.only_one():
        found = temurin.find_or_install(not asked.no_download)
        provision.library(found, not asked.no_download)
        import kernelspec

        try:
            spec.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(spec, ignore_errors=True)
            kernelspec.install(spec, paths.CHECKOUT, found.java)
        except OSError as failure:
            raise say.Failure(f"{spec} cannot be written ({failure.strerror}).", "use --prefix with a folder of yours") from failure
    say.line(f"Installed in {spec}. Next: choose the kernel 'Costate (Java 25)' in your front end.")
    undo = f"--prefix {asked.prefix}" if asked.prefix else "--user"
    say.line(f"environment/install-kernel {undo} --uninstall takes it away.")
    return 0


def main() -> int:
    asked = arguments()
    data = Path(asked.prefix).resolve() / "share" / "jupyter" if asked.prefix else data_folder()
    spec = data / "kernels" / "costate"
    return uninstall(spec) if asked.uninstall else install(spec, asked)


if __name__ == "__main__":
    sys.exit(start.guarded(main, "Stopped. Run the same command again: it goes on where it stopped."))
