"""Where the cases of a verification are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from simulator.errors import InputError, Problem
from simulator.files import read_toml
from simulator.problems import Report, suggest

#: Every case has one in its folder.
FILE: Final = "case.toml"


def find_cases(folder: Path, only: Sequence[str] = (), foreign: Collection[str] = ()) -> list[Path]:
    """Folders of the cases in and below a folder, in the order of their names.

    Parameters
    ----------
    folder : Path
        A case, or a folder that holds cases at any depth.
    only : sequence of str
        Names of folders of cases; without one of that name, all that begin so. All if empty.
    foreign : collection of str
        Keys by which the ``case.toml`` of another program's case is known; such cases below the
        folder are left out.

    Raises
    ------
    InputError
        If there is no folder or no such case.
    """
    if not folder.is_dir():
        raise refused(
            str(folder), "is no folder", "cases are folders, each with a case.toml",
            "Name a folder that holds cases.",
        )  # fmt: skip
    every = sorted(path.parent for path in folder.rglob(FILE) if path.is_file())
    found = [path for path in every if path == folder or not _is_foreign(path, foreign)]
    if not found:
        what = "holds cases of another program only" if every else f"holds no {FILE}"
        raise refused(
            str(folder), what, "every case has one in its folder",
            "docs/verification.md has the format.",
        )  # fmt: skip
    if not only:
        return found
    names = [path.resolve().name for path in found]
    report, chosen = Report(), set()
    for word in only:
        same = [n for n in names if n == word] or [n for n in names if word and n.startswith(word)]
        chosen.update(same)
        if not same:
            report.add(
                f"--case {word}", "there is no such case", "a case is named by its folder",
                suggest(word, names),
            )  # fmt: skip
    report.raise_if_any()
    return [path for path, name in zip(found, names, strict=True) if name in chosen]


def _is_foreign(folder: Path, keys: Collection[str]) -> bool:
    """Whether a case is another program's; one that cannot be read is told of when it is used."""
    try:
        found = read_toml(folder / FILE, str(folder))
    except InputError:
        return False
    return any(key in found for key in keys)


def refused(where: str, what: str, rule: str, fix: str) -> InputError:
    """Error of one problem."""
    return InputError(Problem(where, what, rule, fix))
