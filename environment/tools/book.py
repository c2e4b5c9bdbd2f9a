"""Makes the lessons' notebooks from their text sources by running every cell, and a site from the notebooks.

This part runs before the virtual environment exists: it sets up what is missing, then book_build.py does the work.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import book_site
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
    parser.add_argument("--table", action="store_true", help="run nothing: words, cells, seconds and figures of each lesson")
    parser.add_argument("--site", action="store_true", help="run nothing: make pages of all notebooks, in .costate/site")
    parser.add_argument("--serve", action="store_true", help="the same, and serve them on this machine")
    parser.add_argument("--no-download", action="store_true", help="fetch nothing; say what is missing instead")
    asked = parser.parse_args(argv)
    if asked.lessons and (asked.site or asked.serve):
        parser.error("--site and --serve are about all lessons: leave the numbers out")
    return asked


def main() -> int:
    asked = arguments()
    if asked.site or asked.serve:
        return book_site.main(asked.serve, download=not asked.no_download)
    provision.everything(download=not asked.no_download, tests=True)
    command = [str(paths.venv_python()), "-B", str(Path(__file__).with_name("book_build.py")), *asked.lessons]
    command += [flag for flag, on in (("--check", asked.check), ("--force", asked.force), ("--table", asked.table)) if on]
    return subprocess.run(command, env=paths.jupyter_env(dict(os.environ)), check=False).returncode


if __name__ == "__main__":
    sys.exit(start.guarded(main, "Stopped. Notebooks that were not finished are as they were."))
