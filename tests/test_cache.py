"""Results on disk: as they were saved, or none."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from simulator import cache

ARRAYS = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([1, 2], dtype=np.int32)}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    return tmp_path / "kind"


def test_a_result_comes_back_bit_for_bit(place):
    cache.save("kind", "key", **ARRAYS)
    found = cache.load("kind", "key")
    assert set(found) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array, strict=True)
    assert [p.name for p in place.iterdir()] == ["key.npz"]


def test_kinds_and_keys_are_kept_apart(place):
    cache.save("kind", "key", **ARRAYS)
    assert cache.load("kind", "other") is None
    assert cache.load("other", "key") is None


def test_the_last_one_saved_is_found(place):
    cache.save("kind", "key", a=np.zeros(2))
    cache.save("kind", "key", b=np.ones(3))
    assert set(cache.load("kind", "key")) == {"b"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"no archive at all",
        lambda whole: b"PK\x03\x04 cut short",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-30],
        lambda whole: whole.replace(b"\x00\x00\xf0?", b"\x00\x00\xf1?", 1),  # fails its checksum
        lambda whole: whole.replace(b"NUMPY", b"NIMPY"),
    ],
)
def test_a_damaged_result_is_none_and_is_made_good(place, damage):
    cache.save("kind", "key", **ARRAYS)
    file = place / "key.npz"
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert file.read_bytes() != whole
    assert cache.load("kind", "key") is None
    cache.save("kind", "key", **ARRAYS)
    assert set(cache.load("kind", "key")) == set(ARRAYS)


def test_pickles_are_refused(place):
    place.mkdir()
    np.savez(place / "key.npz", a=np.array([{"a": 1}], dtype=object))
    assert cache.load("kind", "key") is None


def test_a_folder_that_cannot_be_made_is_no_reason_to_stop(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "file"))
    cache.save("kind", "key", **ARRAYS)
    assert cache.load("kind", "key") is None


def test_a_disk_that_is_full_leaves_nothing_behind(place, monkeypatch):
    def full(file, **_):
        file.write(b"half of it")
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        cache.save("kind", "key", **ARRAYS)
    assert list(place.iterdir()) == []
    assert cache.load("kind", "key") is None


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_in_is_no_reason_to_stop(place):
    place.mkdir()
    place.chmod(0o500)
    cache.save("kind", "key", **ARRAYS)
    place.chmod(0o700)
    assert list(place.iterdir()) == []


def test_the_folder_is_the_users_unless_a_variable_names_one(monkeypatch, tmp_path):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "own"))
    assert cache.folder("kind") == tmp_path / "own" / "kind"
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder("kind") == tmp_path / "metalscape" / "kind"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert cache.folder("kind") == tmp_path / "home" / ".cache" / "metalscape" / "kind"


def test_a_user_without_a_home_has_no_cache(monkeypatch):
    def homeless():
        raise RuntimeError("could not determine the home directory")

    for name in (cache.VARIABLE, "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    cache.save("kind", "key", **ARRAYS)
    assert cache.load("kind", "key") is None


def test_formulas_are_the_source_code_of_packages_and_files(tmp_path):
    """Any character of it, and the names of the modules."""

    def package(name: str, **modules: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for module, text in modules.items():
            (folder / f"{module}.py").write_text(text)
        return folder

    one = package("one", a="x = 1", b="y = 2")
    digests = [
        cache.formulas(one),
        cache.formulas(package("two", a="x = 1.0", b="y = 2")),
        cache.formulas(package("three", a="x = 1", c="y = 2")),
        cache.formulas(package("four", a="x = 1")),
        cache.formulas(one, package("five", a="x = 1")),
        cache.formulas(one / "b.py"),
    ]
    assert len(set(digests)) == len(digests)
    (package("six", a="x = 1", b="y = 2") / "notes.txt").write_text("no formula")
    assert cache.formulas(tmp_path / "six") == digests[0]
    assert cache.formulas(one / "a.py", one / "b.py") == digests[0]
