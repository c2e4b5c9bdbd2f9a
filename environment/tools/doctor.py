"""Says what the project finds on this machine, whether it will do, and what to do where it will not."""

from __future__ import annotations

import argparse
import ctypes.util
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Iterator

import jdk
import maven
import paths
import provision
import say
import start

MEMORY_NEEDED = 1_000_000_000
# One cell for each check that only a running JVM can make.
SIMD = "System.out.print(jdk.incubator.vector.DoubleVector.SPECIES_PREFERRED.vectorBitSize());"
FONT = (
    'System.out.print(new java.awt.Font("SansSerif", 0, 12).getStringBounds("costate", '
    "new java.awt.font.FontRenderContext(null, true, true)).getWidth() > 0);"
)


@dataclass(frozen=True)
class Check:
    name: str
    state: str  # ok, warning (works, with a flaw) or problem
    text: str
    remedy: str = ""


SET_UP = "run environment/start, which sets up what is missing"


def check_platform() -> Check:
    system, machine = platform.system(), platform.machine()
    wsl = "microsoft" in platform.release().lower()
    text = f"{system} {platform.release()}, {machine}" + (", under Windows (WSL)" if wsl else "")
    if system not in ("Linux", "Darwin") or machine not in ("x86_64", "aarch64", "arm64"):
        return Check("platform", "problem", text, "Linux or macOS on x86_64 or arm64 is needed; on Windows use WSL")
    if wsl and str(paths.CHECKOUT).startswith("/mnt/"):
        remedy = "clone into a folder of the Linux side, such as ~/costate"
        return Check("platform", "warning", f"{text}; the checkout lies on the Windows side, where files are slow", remedy)
    return Check("platform", "ok", text)


def check_jdk() -> tuple[Check, jdk.Jdk | None]:
    found, passed = jdk.search()
    if found is None:
        looked = "; ".join(passed)
        return Check("JDK", "problem", "none that fits" + (f" ({looked})" if looked else ""), jdk.remedy()), None
    text = f"{found.text} in {found.home} (found by {found.found_by})"
    if not found.safe:
        return Check("JDK", "warning", f"{text}; {jdk.SAFE_WHY}", f"25.0.3 or newer: {jdk.remedy()}"), found
    return Check("JDK", "ok", text), found


def check_maven() -> Check:
    found = maven.installed()
    if found:
        return Check("Maven", "ok", str(found))
    fetched = sorted(paths.MAVEN.glob("maven-*/bin/mvn"))
    if fetched:
        return Check("Maven", "ok", f"{fetched[0]} (fetched)")
    return Check("Maven", "ok", "none from 3.8.6 on; environment/start will fetch it")


def check_packages() -> Check:
    if not (paths.VENV / "complete").exists():
        return Check("Python packages", "problem", "not installed", SET_UP)
    program = [paths.venv_python(), "-c", "import jupyterlab; print(jupyterlab.__version__)"]
    told = subprocess.run(program, capture_output=True, text=True, check=False)
    if told.returncode:
        return Check("Python packages", "problem", f"{paths.VENV} is damaged", f"delete {paths.VENV}, and {SET_UP}")
    return Check("Python packages", "ok", f"JupyterLab {told.stdout.strip()} on Python {platform.python_version()}")


def check_library(found: jdk.Jdk | None) -> Check:
    jars = sorted(paths.CLASSPATH.glob("*.jar"))
    if not any(j.name.startswith("costate-") for j in jars):
        return Check("library", "problem", "not built", SET_UP)
    size = say.bytes_text(sum(j.stat().st_size for j in jars))
    text = f"{len(jars)} jars, {size}, in {paths.CLASSPATH}"
    if found and not provision.built(provision.build_inputs(found)):
        return Check("library", "warning", f"{text}; built from other sources than the present ones", SET_UP)
    return Check("library", "ok", text)


def check_kernel() -> list[Check]:
    """The kernel, started as JupyterLab starts it; with it what only a JVM can tell: SIMD width and fonts."""
    if not (paths.KERNELSPEC / "kernel.json").exists():
        return [Check("kernel", "problem", "no kernelspec", SET_UP)]
    if not paths.venv_python().exists():
        return [Check("kernel", "problem", "no Jupyter to start it with", SET_UP)]
    program = [paths.venv_python(), str(Path(__file__).with_name("ask_kernel.py")), "costate"]
    cells = json.dumps(["System.out.print(21 * 2);", SIMD, FONT])
    with say.Progress("Starting the kernel") if sys.stdout.isatty() else open(os.devnull):
        told = subprocess.run(program, input=cells, capture_output=True, text=True, env=paths.jupyter_env(), check=False)
    try:
        answer = json.loads(told.stdout.splitlines()[-1])
        first, simd, font = answer["answers"]
    except (IndexError, ValueError, KeyError):
        last = (told.stderr.strip() or "it said nothing").splitlines()[-1]
        return [Check("kernel", "problem", f"does not start: {last}", f"delete {paths.STAMPS}, and {SET_UP}")]
    if first["text"] != "42":
        return [Check("kernel", "problem", f"cannot compute 21 * 2: {first['error'] or first['text']}", SET_UP)]
    checks = [Check("kernel", "ok", f"Costate (Java 25), first answer after {answer['seconds']:.1f} s")]
    if simd["error"] or not simd["text"].isdigit():
        remedy = f"give the JVM {' '.join(paths.JVM_FLAGS[:2])}"
        checks.append(Check("SIMD", "problem", f"no Vector API: {simd['error'] or simd['text']}", remedy))
    else:
        checks.append(Check("SIMD", "ok", f"{simd['text']} bits, {int(simd['text']) // 64} doubles at once"))
    if font["text"] == "true":
        checks.append(Check("fonts", "ok", "the JVM draws text"))
    else:
        checks.append(Check("fonts", "problem", f"the JVM cannot draw text: {font['error'] or font['text']}", fonts_remedy()))
    return checks


def fonts_remedy() -> str:
    if platform.system() == "Darwin":
        return "run it in a normal user session; macOS brings fonts with it"
    packages = {"debian": "sudo apt install fontconfig fonts-dejavu-core", "fedora": "sudo dnf install fontconfig dejavu-sans-fonts"}
    return packages.get(jdk.linux_family(), "install fontconfig and the DejaVu fonts")


def check_by_library(found: jdk.Jdk | None) -> list[Check]:
    """What the library itself picked (BLAS, native libraries), if this build of it tells."""
    jars = list(paths.CLASSPATH.glob("costate-*.jar"))
    if found is None or not any("org/costate/Doctor.class" in zipfile.ZipFile(j).namelist() for j in jars):
        return [check_native_jars()]
    line = [str(found.java), *paths.JVM_FLAGS, "-cp", paths.class_path(), "org.costate.Doctor"]
    told = subprocess.run(line, capture_output=True, text=True, env=paths.jupyter_env(), check=False)
    checks = [Check(*parts[:4]) for parts in (text.split("|") for text in told.stdout.splitlines()) if len(parts) >= 4]
    if told.returncode not in (0, 1) or not checks:
        last = (told.stderr.strip() or "it said nothing").splitlines()[-1]
        checks.append(Check("native libraries", "problem", f"the library's own check failed: {last}", SET_UP))
    return checks


def check_native_jars() -> Check:
    system = {"Linux": "linux", "Darwin": "macosx"}.get(platform.system(), "windows")
    kind = f"{system}-{'x86_64' if platform.machine() == 'x86_64' else 'arm64'}"
    absent = [n for n in ("openblas", "javacpp", "nd4j-native") if not list(paths.CLASSPATH.glob(f"{n}-*{kind}.jar"))]
    if absent:
        return Check("native libraries", "problem", f"no jar for {kind} of {', '.join(absent)}", SET_UP)
    return Check("native libraries", "ok", f"OpenBLAS, JavaCPP and ND4J for {kind} on the class path")


def check_memory() -> Check:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [total]
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limits.append(int(Path(file).read_text(encoding="ascii")))
        except (OSError, ValueError):  # no such limit
            continue
    text = f"{say.bytes_text(total)}, {os.cpu_count()} processors"
    if min(limits) < total:
        text = f"{say.bytes_text(min(limits))} of {text} (limit of the container)"
    if min(limits) < MEMORY_NEEDED:
        return Check("memory", "problem", text, "the lessons need 1 GB: close other programs, or raise the container's limit")
    return Check("memory", "ok", text)


def check_disk() -> Check:
    free = shutil.disk_usage(paths.CHECKOUT).free
    needed = provision.VENV_BYTES + provision.JARS_BYTES if not (paths.VENV / "complete").exists() else 100_000_000
    text = f"{say.bytes_text(free)} free where the checkout lies"
    if free < needed:
        return Check("disk", "problem", f"{text}, {say.bytes_text(needed)} needed", "free some space, or move the checkout")
    return Check("disk", "ok", text)


def check_gpu() -> Check:
    """Presence only; no lesson needs one."""
    found = []
    driver = Path("/proc/driver/nvidia/version")
    if driver.exists() or ctypes.util.find_library("cuda"):
        version = driver.read_text(encoding="utf-8").split("\n")[0] if driver.exists() else "version unknown"
        found.append(f"NVIDIA driver ({version})")
    vendors = sorted(p.stem for p in Path("/etc/OpenCL/vendors").glob("*.icd"))
    if vendors:
        found.append(f"OpenCL: {', '.join(vendors)}")
    elif platform.system() == "Darwin":
        found.append("OpenCL of macOS")
    if vendors and not ctypes.util.find_library("OpenCL"):
        loader = "sudo apt install ocl-icd-libopencl1" if jdk.linux_family() == "debian" else "install an OpenCL ICD loader"
        return Check("GPU", "warning", f"{'; '.join(found)}, but no OpenCL loader (libOpenCL)", loader)
    return Check("GPU", "ok", "; ".join(found) or "none found; everything runs on the CPU")


def checks() -> Iterator[Check]:
    yield check_platform()
    yield Check("Python", "ok", f"{platform.python_version()} in {sys.executable}")
    verdict, found = check_jdk()
    yield verdict
    yield check_maven()
    yield check_packages()
    yield check_library(found)
    yield from check_kernel()
    yield from check_by_library(found)
    yield check_memory()
    yield check_disk()
    yield check_gpu()


def main() -> int:
    parser = argparse.ArgumentParser(prog="environment/doctor", description="Says what the project finds on this machine.")
    parser.add_argument("--json", action="store_true", help="for machines")
    as_json = parser.parse_args().json
    told = []
    for check in checks():
        told.append(check)
        if not as_json:
            say.line(f"{check.state:8} {check.name:17} {check.text}")
            if check.remedy:
                say.line(f"{'':26} Remedy: {check.remedy}")
    problems = sum(c.state == "problem" for c in told)
    if as_json:
        say.line(json.dumps({"checks": [asdict(c) for c in told], "problems": problems}, indent=2))
    elif problems:
        say.line(f"\n{problems} problem{'s' * (problems > 1)}. Do what the remedies say, then run environment/doctor again.")
    else:
        say.line("\nAll is well. Next: environment/start")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(start.guarded(main, "Stopped."))
