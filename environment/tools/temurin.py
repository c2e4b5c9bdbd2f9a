"""Fetches Temurin, the JDK, where the machine has none that fits.

The digests are those that Adoptium publishes beside each archive (<address>.sha256.txt). They were not read from there
but from independent copies: all four from joschi/java-metadata, which hashes every release; both Linux ones also from the
logs of the Docker official image `eclipse-temurin`; macOS aarch64 also from three projects that pin it. macOS x86_64 has
that one source. A digest that were wrong would refuse the archive, never accept another one.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

import fetch
import jdk
import paths
import say

VERSION = "25.0.3+9"
_AT = "https://github.com/adoptium/temurin25-binaries/releases/download/jdk-25.0.3%2B9/OpenJDK25U-jdk_{}_hotspot_25.0.3_9.tar.gz"
ARCHIVES = {
    ("Linux", "x86_64"): (_AT.format("x64_linux"), "69264a7a211bf5029830d07bc3370f879769d62ebc5b5488e90c9343a2da0e1f"),
    ("Linux", "aarch64"): (_AT.format("aarch64_linux"), "3e4287cb98870ba824ed698854bdc27cff984254caf66dd12cc291e7bfdde26b"),
    ("Darwin", "arm64"): (_AT.format("aarch64_mac"), "7baab4d69a15554e119b86ff78d40e3fdc28819b5b322955c913cebfe3f6a37c"),
    ("Darwin", "x86_64"): (_AT.format("x64_mac"), "4c539a18b4d656960ff6766727e9ca546fc17f7a29714dba9e7b47bdcb37c447"),
}


def pinned() -> tuple[str, str]:
    """Address and digest for this machine. COSTATE_JDK_URL names a mirror: the digest stays the pinned one,
    unless COSTATE_JDK_SHA256 says another."""
    url, sha256 = ARCHIVES.get((platform.system(), platform.machine()), ("", ""))
    url = os.environ.get("COSTATE_JDK_URL", url)
    sha256 = os.environ.get("COSTATE_JDK_SHA256", sha256)
    if not url or not sha256:
        raise say.Failure(
            f"Temurin is pinned for x86_64 and arm64 of Linux and macOS, this is {platform.system()} {platform.machine()}.",
            jdk.remedy(),
        )
    if platform.system() == "Linux" and not glibc():
        raise say.Failure("The pinned Temurin needs glibc, which this Linux lacks (Alpine?).", "apk add openjdk25-jdk")
    return url, sha256


def glibc() -> bool:
    return platform.libc_ver()[0] == "glibc"


def install() -> jdk.Jdk:
    """Temurin in .costate/jdk."""
    url, sha256 = pinned()
    # A JDK with this digest is the same JDK, so its folder is named after it: another pin is another folder.
    target = paths.JDK / f"temurin-{sha256[:12]}"
    archive = fetch.archive(url, sha256, paths.CACHE / "download", "JDK", jdk.remedy())
    fetch.unpack(archive, target)
    home = target / "Contents" / "Home" if (target / "Contents" / "Home").is_dir() else target
    found = jdk.examine(home, "fetched")
    if not isinstance(found, jdk.Jdk):
        raise say.Failure(f"The archive from {url} is not a fit JDK: {found}.", jdk.remedy())
    return found


def find_or_install(download: bool) -> jdk.Jdk:
    found, passed = jdk.search()
    if found:
        return found
    if not download:
        raise jdk.missing(passed)
    for line in passed:
        say.line(f"No fit JDK: {line}")
    return install()
