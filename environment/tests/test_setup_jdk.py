"""The search for a JDK, and the fetch of one from a server that behaves and from servers that do not."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

import fetch
import jdk
import loopback
import paths
import say
import temurin

GOOD = "java.base java.desktop jdk.compiler jdk.jshell jdk.incubator.vector"


def make_jdk(home: Path, version: str, modules: str = GOOD, javac: bool = True) -> Path:
    (home / "bin").mkdir(parents=True)
    for name in ["java"] + ["javac"] * javac:
        program = home / "bin" / name
        program.write_text("#!/bin/sh\n", encoding="utf-8")
        program.chmod(0o755)
    (home / "release").write_text(f'JAVA_VERSION="{version}"\nMODULES="{modules}"\n', encoding="utf-8")
    return home


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine of which only HOME, JAVA_HOME and PATH are searched; PATH is empty."""
    monkeypatch.setattr(jdk, "usual_folders", lambda env: sorted((Path(env["HOME"]) / ".jdks").glob("*")))
    monkeypatch.setattr(jdk.sys, "prefix", str(tmp_path / "no-python"))
    home = tmp_path / "home"
    home.mkdir()
    return {"HOME": str(home), "PATH": ""}


def test_old_jdk_first_on_path_is_passed_over(bare, tmp_path):
    old = make_jdk(tmp_path / "old", "17.0.15")
    new = make_jdk(tmp_path / "new", "25.0.3")
    bare["PATH"] = f"{old}/bin:{new}/bin"
    found, passed = jdk.search(bare)
    assert found.home == new and found.found_by == "PATH"
    assert passed == [f"{old} (PATH): version 17.0.15, needed 25 or newer"]


def test_java_home_is_taken_before_path_and_a_link_leads_to_its_jdk(bare, tmp_path):
    first = make_jdk(tmp_path / "first", "26.0.1")
    second = make_jdk(tmp_path / "second", "25.0.3")
    link = tmp_path / "bin" / "java"
    link.parent.mkdir()
    link.symlink_to(second / "bin" / "java")
    bare["PATH"] = str(link.parent)
    assert jdk.find(bare).home == second
    bare["JAVA_HOME"] = str(first)
    assert jdk.find(bare).home == first


def test_of_several_that_lie_about_the_newest_25_wins(bare):
    jdks = Path(bare["HOME"]) / ".jdks"
    for version in ("25.0.1", "25.0.10", "25.0.9", "26", "21.0.2", "1.8.0_402"):
        make_jdk(jdks / version, version)
    assert jdk.find(bare).text == "25.0.10"


def test_conda_environment_is_searched(bare, tmp_path):
    home = make_jdk(tmp_path / "conda" / "lib" / "jvm", "25.0.3")
    bare["CONDA_PREFIX"] = str(tmp_path / "conda")
    assert jdk.find(bare).home == home


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (dict(version="1.8.0_402"), "version 8.0, needed 25"),
        (dict(version="25.0.3", javac=False), "a JRE, not a JDK"),
        (dict(version="25.0.3", modules="java.base java.desktop jdk.compiler"), "without jdk.jshell, jdk.incubator.vector"),
        (dict(version="strange"), "names no version"),
    ],
)
def test_unfit_jdk_is_named_with_the_reason_and_a_remedy(bare, tmp_path, made, reason):
    home = make_jdk(tmp_path / "it", **made)
    bare["JAVA_HOME"] = str(home)
    with pytest.raises(jdk.Missing) as told:
        jdk.find(bare)
    assert str(home) in str(told.value) and reason in str(told.value)
    assert "Remedy: " in str(told.value)


@pytest.mark.parametrize(("version", "safe"), [("25.0.2", False), ("25", False), ("25.0.3", True), ("26", True)])
def test_releases_that_corrupt_pinned_objects_are_known(tmp_path, version, safe):
    assert jdk.examine(make_jdk(tmp_path / "it", version)).safe is safe


@pytest.mark.parametrize(
    ("system", "os_release", "expected"),
    [
        ("Linux", "ID=debian\n", "sudo apt install openjdk-25-jdk"),
        ("Linux", "ID=pop\nID_LIKE=\"ubuntu debian\"\n", "sudo apt install openjdk-25-jdk"),
        ("Linux", "ID=fedora\n", "sudo dnf install java-25-openjdk-devel"),
        ("Linux", "ID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"\n", "sudo dnf install"),
        ("Linux", "ID=arch\n", "https://adoptium.net"),
        ("Darwin", "", "brew install --cask temurin@25"),
    ],
)
def test_remedy_is_that_of_the_platform(tmp_path, monkeypatch, system, os_release, expected):
    file = tmp_path / "os-release"
    file.write_text(os_release, encoding="utf-8")
    family = jdk.linux_family(file)
    monkeypatch.setattr(jdk.platform, "system", lambda: system)
    monkeypatch.setattr(jdk, "linux_family", lambda: family)
    monkeypatch.setattr(jdk.shutil, "which", lambda name: None)
    assert expected in jdk.remedy()


def test_this_jdk_was_found_and_can_run_the_project(java):
    assert isinstance(jdk.examine(java.parent.parent), jdk.Jdk)


# ---- The fetch, against a server on loopback ------------------------------------------------------------------------


@pytest.fixture
def server(monkeypatch):
    server = loopback.Server()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield server
    server.close()


def jdk_archive(folder: Path) -> bytes:
    """A JDK's archive: one top folder; large enough to be cut within."""
    make_jdk(folder / "jdk-25.0.3+9", "25.0.3")
    (folder / "jdk-25.0.3+9" / "lib").write_bytes(os.urandom(600_000))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        tar.add(folder / "jdk-25.0.3+9", "jdk-25.0.3+9")
    return out.getvalue()


@pytest.fixture
def fetching(server, tmp_path, monkeypatch):
    """`temurin.install()` would go to this server and install below this folder."""
    server.body = jdk_archive(tmp_path / "make")
    monkeypatch.setattr(paths, "JDK", tmp_path / "costate" / "jdk")
    monkeypatch.setattr(paths, "CACHE", tmp_path / "costate" / "cache")
    monkeypatch.setenv("COSTATE_JDK_URL", server.url)
    monkeypatch.setenv("COSTATE_JDK_SHA256", hashlib.sha256(server.body).hexdigest())
    return server


def left(tmp_path: Path) -> list[str]:
    return sorted(p.name for p in (tmp_path / "costate").rglob("*") if p.is_file() and "jdk.tar" in p.name)


def test_good_archive_is_installed_and_then_found(fetching, bare, tmp_path):
    found = temurin.install()
    assert found.text == "25.0.3" and os.access(found.java, os.X_OK)
    assert left(tmp_path) == []
    bare["JAVA_HOME"] = str(found.home)
    assert jdk.find(bare).home == found.home


def test_wrong_digest_is_refused_deleted_and_said(fetching, tmp_path):
    fetching.body = fetching.body[:-1] + bytes([fetching.body[-1] ^ 1])
    with pytest.raises(say.Failure) as told:
        temurin.install()
    assert "SHA-256" in told.value.what and "expected" in told.value.what and told.value.remedy
    assert left(tmp_path) == [] and not paths.JDK.exists()


def test_url_override_keeps_the_pinned_digest(fetching, monkeypatch):
    monkeypatch.delenv("COSTATE_JDK_SHA256")
    with pytest.raises(say.Failure, match="not the one that this project pins"):
        temurin.install()


def test_cut_connection_is_said_and_the_next_try_goes_on_from_there(fetching, tmp_path):
    fetching.cut = 300_000
    with pytest.raises(say.Failure, match="broke off") as told:
        temurin.install()
    assert "goes on from there" in told.value.remedy
    assert left(tmp_path) == ["jdk.tar.gz.part"] and not paths.JDK.exists()
    assert temurin.install().text == "25.0.3"
    assert fetching.ranges == [None, "bytes=300000-"]


def test_rest_of_another_file_is_thrown_away(fetching):
    folder = paths.CACHE / "download"
    folder.mkdir(parents=True)
    (folder / "jdk.tar.gz.part").write_bytes(b"of yesterday")
    assert temurin.install().text == "25.0.3"


def test_nobody_listens(fetching):
    fetching.close()
    with pytest.raises(say.Failure, match="cannot be reached"):
        temurin.install()


def test_no_download_says_what_to_install_instead(bare, monkeypatch):
    monkeypatch.setattr(jdk, "search", lambda: (None, ["/old (PATH): version 17"]))
    with pytest.raises(jdk.Missing, match="(?s)version 17.*Remedy: "):
        temurin.find_or_install(download=False)


def test_archive_cannot_write_outside_its_folder(tmp_path):
    evil = tmp_path / "evil.tar"
    with tarfile.open(evil, "w") as tar:
        tar.addfile(tarfile.TarInfo("../outside"), io.BytesIO())
    with pytest.raises(say.Failure, match="cannot be unpacked"):
        fetch.unpack(evil, tmp_path / "into" / "it")
    assert not (tmp_path / "into" / "outside").exists()


@pytest.mark.parametrize("key", temurin.ARCHIVES)
def test_every_platform_is_pinned_to_a_release_that_is_safe(key):
    url, sha256 = temurin.ARCHIVES[key]
    assert url.startswith("https://github.com/adoptium/temurin25-binaries/") and "25.0.3" in url
    assert len(bytes.fromhex(sha256)) == 32
