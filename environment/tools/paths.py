"""The facts that every script and test shares: where things are, which flags, which environment.

Plain standard library: this runs before the virtual environment exists.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]

# The one folder for all that is installed or produced; `git clean -xdf` removes it.
COSTATE = CHECKOUT / ".costate"
JDK = COSTATE / "jdk"
MAVEN = COSTATE / "maven"
VENV = COSTATE / "venv"
CLASSPATH = COSTATE / "classpath"
KERNEL = COSTATE / "kernel"
JUPYTER = COSTATE / "jupyter"
KERNELSPEC = JUPYTER / "data" / "kernels" / "costate"
CACHE = COSTATE / "cache"
STAMPS = COSTATE / "stamps"
LOGS = COSTATE / "logs"
ARTEFACTS = COSTATE / "artefacts"

ENVIRONMENT = CHECKOUT / "environment"
NOTEBOOKS = CHECKOUT / "notebooks"

# What every JVM of the project is started with; the build says the first ones in `costate.jvm.flags` of pom.xml.
JVM_FLAGS = [
    "--add-modules",
    "jdk.incubator.vector",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-Djava.awt.headless=true",
    # Where Java's own caches go: fonts, preferences, native libraries.
    f"-Duser.home={CACHE / 'home'}",
    f"-Dorg.bytedeco.javacpp.cachedir={CACHE / 'javacpp'}",
]


def venv_python() -> Path:
    """The Python of the project's virtual environment, whether it exists yet or not."""
    return VENV / "bin" / "python"


def jupyter_env(base: dict[str, str] | None = None) -> dict[str, str]:
    """A copy of the environment in which Jupyter, its kernels and what they load write into the checkout only."""
    env = utf8(dict(os.environ if base is None else base))
    env.update(
        JUPYTER_CONFIG_DIR=str(JUPYTER / "config"),
        JUPYTER_CONFIG_PATH=str(ENVIRONMENT / "jupyter"),
        JUPYTER_DATA_DIR=str(JUPYTER / "data"),
        JUPYTER_RUNTIME_DIR=str(JUPYTER / "runtime"),
        JUPYTER_PATH=str(JUPYTER / "data"),
        IPYTHONDIR=str(JUPYTER / "ipython"),
        XDG_CACHE_HOME=str(CACHE),  # fontconfig
        POCL_CACHE_DIR=str(CACHE / "pocl"),
    )
    # Of an outer Jupyter or virtual environment; each would lead past the folders above.
    for name in ("JUPYTERLAB_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "PYTHONHOME", "PYTHONPATH"):
        env.pop(name, None)
    return env


def utf8(env: dict[str, str]) -> dict[str, str]:
    """With a UTF-8 locale: under `C` a JVM on Linux cannot open a file whose path has a non-ASCII letter."""
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    if not locale.lower().replace("-", "").endswith("utf8"):
        env["LC_ALL"] = "C.UTF-8" if sys.platform != "darwin" else "en_US.UTF-8"
    return env


def class_path() -> str:
    """The notebooks' class path as one argument for `java -cp`."""
    return str(CLASSPATH / "*")
