"""Makes the lessons' notebooks from their text sources by running every cell.

This part runs before the virtual environment exists: it sets up what is missing, then book_build.py does the work.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import paths
import provision
import start


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="environment/book",
        description="Runs every cell of notebooks/source/NN-name.md and writes notebooks/NN-name.ipynb. A notebook whose"
        " outputs have not changed, figures by their data and numbers to 1e-6, is left as it is.",
    )
    parser.add_argument("lessons", nargs="*", metavar="NN", help="number of a lesson, such as 1 or 02; default: all")
    parser.add_argument("--check", action="store_true", help="run nothing: name the notebooks that differ from their source")
    parser.add_argument("--force", action="store_true", help="write the notebook even if nothing has changed")
    parser.add_argument("--no-download", action="store_true", help="fetch nothing; say what is missing instead")
    return parser.parse_args(argv)


def main() -> int:
    asked = arguments()
    provision.everything(download=not asked.no_download, tests=True)
    command = [str(paths.venv_python()), "-B", str(Path(__file__).with_name("book_build.py")), *asked.lessons]
    command += [flag for flag, on in (("--check", asked.check), ("--force", asked.force)) if on]
    return subprocess.run(command, env=paths.jupyter_env(dict(os.environ)), check=False).returncode


if __name__ == "__main__":
    sys.exit(start.guarded(main, "Stopped. Notebooks that were not finished are as they were."))
