"""Writes the folder by which Jupyter knows the kernel: kernel.json and logos.

Plain standard library. The template is `environment/kernel/kernel.json`; `@JAVA@` and `@CHECKOUT@` in it are replaced
inside the parsed texts, so that quotation marks, spaces and other letters in a folder's name need no escaping.

The flags Tier4… make the JVM's second compiler wait for ten times as many calls as usual: most of what a lesson runs is
the compiler of its cells, for which it is not worth its time. Lesson 07 took 42 instead of 53 seconds of processor.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import jdk
import paths

TEMPLATE = Path("environment", "kernel", "kernel.json")
LOGOS = ("logo-32x32.png", "logo-64x64.png", "logo-svg.svg")


def install(target_dir: Path, checkout: Path, java: Path) -> None:
    """Makes `target_dir` (named `costate`, in a folder `kernels`) the kernelspec of this checkout."""
    _write(target_dir, checkout, _load(checkout, java))


def install_jjava(target_dir: Path, checkout: Path, java: Path, jjava_jar: Path) -> None:
    """The same start-up script, class path and flags on the kernel JJava; for the test that lessons run there too."""
    spec = _load(checkout, java)
    ours = ("-Dcostate.classpath=", "-Dcostate.startup=", "-Dcostate.sources=")  # JJava has variables for them
    flags = [flag for flag in spec["argv"][:-3] if not flag.startswith(ours)]
    main = ["-cp", str(jjava_jar), "org.dflib.jjava.distro.JJava", "{connection_file}"]
    spec["argv"] = [flags[0], "--add-opens", "jdk.jshell/jdk.jshell=ALL-UNNAMED", *flags[1:], *main]
    spec["display_name"] = "Costate (JJava)"
    spec["env"] |= {
        "JJAVA_CLASSPATH": _environment(str(checkout / ".costate" / "classpath" / "*.jar")),
        "JJAVA_STARTUP_SCRIPTS_PATH": _environment(str(checkout / "environment" / "kernel" / "startup.jsh")),
        "JJAVA_COMPILER_OPTS": "--add-modules jdk.incubator.vector -Xlint:-incubating -proc:none",
    }
    _write(target_dir, checkout, spec)


def _load(checkout: Path, java: Path) -> dict[str, Any]:
    spec = json.loads((checkout / TEMPLATE).read_text(encoding="utf-8"))

    def fill(text: str) -> str:
        return text.replace("@JAVA@", str(java)).replace("@CHECKOUT@", str(checkout))

    spec["argv"] = [fill(argument) for argument in spec["argv"]]
    spec["env"] = {name: _environment(fill(value)) for name, value in spec["env"].items()}
    if sys.platform.startswith("linux"):
        # Without a UTF-8 locale Java cannot open a file whose name has letters beyond ASCII.
        spec["env"]["LC_ALL"] = "C.UTF-8"
    return spec


def _environment(value: str) -> str:
    """Jupyter replaces `${NAME}` in the values of `env`; `$$` is a dollar sign there."""
    return value.replace("$", "$$")


def _write(target_dir: Path, checkout: Path, spec: dict[str, Any]) -> None:
    target_dir.mkdir(parents=True, exist_ok=True)
    for logo in LOGOS:
        shutil.copyfile(checkout / "environment" / "kernel" / logo, target_dir / logo)
    # Written aside and renamed: a server that reads it meanwhile sees the old or the new one.
    scratch = target_dir / "kernel.json.new"
    scratch.write_text(json.dumps(spec, indent=2) + "\n", encoding="utf-8")
    os.replace(scratch, target_dir / "kernel.json")


def main() -> None:
    """For working on the kernel: writes the kernelspec where the project's own server looks."""
    install(paths.KERNELSPEC, paths.CHECKOUT, jdk.find().java)
    print(paths.KERNELSPEC)


if __name__ == "__main__":
    main()
