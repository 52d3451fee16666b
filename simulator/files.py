"""Opening files that somebody else wrote: where they are, how big they are, what they hold."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from simulator.errors import InputError, Problem
from simulator.problems import suggest

MIB = 1024 * 1024
#: A description is typed by hand; anything larger is not one.
MAX_TOML = 1 * MIB


def file_inside(folder: Path, name: str, where: str, max_size: int) -> Path:
    """Path of a regular file of a folder, refusing names and links that leave the folder.

    Parameters
    ----------
    folder : Path
        The folder.
    name : str
        Path relative to it, with ``/``.
    where : str
        Who names the file, for messages.
    max_size : int
        Largest size accepted, taken from the directory before anything is read. [byte]

    Raises
    ------
    InputError
        If the file may not or cannot be used.
    """
    parts = PurePosixPath(name.replace("\\", "/")).parts
    absolute = name.startswith(("/", "\\", "~")) or bool(PureWindowsPath(name).drive)
    if absolute or ".." in parts or not parts or "\0" in name:
        raise InputError(
            Problem(
                where,
                f"path {name!r}",
                "paths are relative to the folder and may not leave it",
                f"Put the file into {folder.name}/ and give its name.",
            )
        )
    path = folder.joinpath(*parts)
    try:
        resolved = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # missing, or a loop of links
        raise InputError(
            Problem(
                where,
                f"file {name!r} is not there",
                "every file that is named must exist",
                _nearest_file(path),
            )
        ) from error
    if not resolved.is_relative_to(folder.resolve()):
        raise InputError(
            Problem(
                where,
                f"{name!r} is a link to a place outside the folder",
                "paths are relative to the folder and may not leave it",
                "Copy the file into the folder instead of linking it.",
            )
        )
    check_file(resolved, where, max_size)
    return resolved


def check_file(path: Path, where: str, max_size: int) -> None:
    """Refuse what is not a regular file, and what is too large to be what it should be."""
    if not path.is_file():
        raise InputError(
            Problem(
                where,
                f"{path.name!r} is {_kind(path)}",
                "a regular file is needed",
                "Give the name of a file.",
            )
        )
    size = path.stat().st_size
    if size > max_size:
        raise InputError(
            Problem(
                where,
                f"{path.name!r} has {size / MIB:.1f} MiB",
                f"files of this kind may have {max_size / MIB:.0f} MiB",
                "Check that it is the right file; if it is, take less of it or coarser cells.",
            )
        )


def read_content(path: Path, where: str) -> bytes:
    """Bytes of a file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            Problem(
                where,
                f"cannot be read ({error.strerror})",
                "input files must be readable",
                "Check the permissions of the file.",
            )
        ) from error


def read_text(path: Path, where: str) -> str:
    """Text of a UTF-8 file, with or without a byte order mark."""
    try:
        text = read_content(path, where).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(
                where,
                f"byte {error.start + 1} is not UTF-8",
                "text files are encoded in UTF-8",
                "Save the file again with the encoding UTF-8.",
            )
        ) from error
    if "\0" in text:
        raise InputError(
            Problem(
                where,
                "holds zero bytes",
                "text files are encoded in UTF-8",
                "Save the file again as plain text with the encoding UTF-8.",
            )
        )
    return text


def read_toml(path: Path, where: str) -> dict[str, Any]:
    """Tables of a TOML file."""
    check_file(path, where, MAX_TOML)
    try:
        return tomllib.loads(read_text(path, where))
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError
        raise InputError(
            Problem(
                where,
                f"is not TOML: {str(error) or type(error).__name__}",
                "the file must follow toml.io/en/v1.0.0",
                "Correct the line that is named.",
            )
        ) from error


@contextmanager
def folder_beside(out: Path) -> Iterator[Path]:
    """A new folder beside the one that is wanted, moved in its place when all went well."""
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    try:
        new, old = beside / "new", beside / "old"
        new.mkdir()
        yield new
        if out.exists():
            out.rename(old)
        try:
            new.rename(out)
        except BaseException:
            if old.exists():
                old.rename(out)
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _kind(path: Path) -> str:
    if path.is_dir():
        return "a folder"
    return "not a regular file" if path.exists() else "not there"


def _nearest_file(path: Path) -> str:
    try:
        names = [p.name for p in path.parent.iterdir() if p.is_file()]
    except OSError:
        names = []
    advice = suggest(path.name, sorted(names))
    return advice if advice.startswith("Did") else "Put the file there."
