"""Fetches an archive whose digest is known beforehand, goes on where an earlier try stopped, and unpacks it."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

import say

BLOCK = 1 << 18
TIMEOUT = 30.0


def archive(url: str, sha256: str, folder: Path, title: str, manual: str) -> Path:
    """The archive at this address, in this folder, with this digest. `manual`: what the user can do instead."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / url.rsplit("/", 1)[-1]
    part = whole.with_name(whole.name + ".part")
    if whole.exists() and digest(whole) == sha256:
        return whole
    with say.Progress(f"{title} from {url}") as progress:
        # Twice: a rest of an earlier try that turns out to be of another file is thrown away once.
        for fresh in (False, True):
            if fresh:
                part.unlink(missing_ok=True)
            resumed = part.exists()
            try:
                receive(url, part, progress)
            except urllib.error.HTTPError as failure:
                raise say.Failure(f"{url} answered {failure.code} {failure.reason}.", manual) from failure
            except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as failure:
                reason = getattr(failure, "reason", None) or failure
                if not part.exists():
                    raise say.Failure(
                        f"{url} cannot be reached ({reason}).", f"connect to the network, and run this again; or {manual}"
                    ) from failure
                raise say.Failure(
                    f"The download of {url} broke off ({reason}); {say.bytes_text(part.stat().st_size)} is kept.",
                    f"run the same command again, it goes on from there; or {manual}",
                ) from failure
            got = digest(part)
            if got == sha256:
                part.replace(whole)
                return whole
            if not resumed:
                break
        part.unlink(missing_ok=True)
    raise say.Failure(
        f"{url} has SHA-256 {got}, expected {sha256}: the file is not the one that this project pins, "
        "and it was deleted.",
        manual,
    )


def receive(url: str, part: Path, progress: say.Progress) -> None:
    """Appends to `part` what is missing of the file at this address."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "costate-setup"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as failure:
        if failure.code == 416 and have:  # nothing is missing
            return
        raise
    with answer:
        append = answer.status == 206
        total = (have if append else 0) + int(answer.headers.get("Content-Length") or 0)
        with part.open("ab" if append else "wb") as out:
            done = have if append else 0
            while block := answer.read(BLOCK):
                out.write(block)
                done += len(block)
                progress.detail = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else f"{done / 1e6:.0f} MB"
        if total and done < total:
            raise ConnectionError(f"{done} of {total} bytes came")


def digest(file: Path) -> str:
    sum256 = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            sum256.update(block)
    return sum256.hexdigest()


def unpack(tar: Path, target: Path) -> None:
    """The archive's single top folder as `target`; an interrupted unpacking leaves no `target` behind."""
    scratch = target.with_name(target.name + ".unpacking")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        with say.Progress(f"Unpacking {tar.name}"), tarfile.open(tar) as archive:
            # The filter refuses what would land outside the folder; early releases of Python 3.10 and 3.11 lack it.
            if hasattr(tarfile, "data_filter"):
                archive.extractall(scratch, filter="data")
            else:
                archive.extractall(scratch, members=[m for m in archive if inside(scratch, m.name)])
    except (tarfile.TarError, EOFError) as failure:
        shutil.rmtree(scratch, ignore_errors=True)
        raise say.Failure(f"{tar} cannot be unpacked ({failure}).", "delete it, and run the same command again") from failure
    tops = [p for p in scratch.iterdir() if not p.name.startswith("._")]
    if len(tops) != 1:
        raise say.Failure(f"{tar.name} holds {len(tops)} top folders, expected one.")
    shutil.rmtree(target, ignore_errors=True)
    os.replace(tops[0], target)
    shutil.rmtree(scratch, ignore_errors=True)
    tar.unlink()


def inside(folder: Path, name: str) -> bool:
    return (folder / name).resolve().is_relative_to(folder.resolve())
