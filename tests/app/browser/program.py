"""The program ``metalscape app`` as a reader starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.app.client import Browser

#: As the command of the package does it.
_CODE = "from analysis.cli import app; app()"


@dataclass(frozen=True)
class Program:
    """A server that runs; `opened` is the address that it printed."""

    process: subprocess.Popen[str]
    opened: str

    @property
    def base(self) -> str:
        return self.opened.partition("/?")[0].rstrip("/")

    @property
    def client(self) -> Browser:
        """Asks as a page of the server does."""
        return Browser(int(self.base.rpartition(":")[2]))

    def jobs(self) -> dict[str, Any]:
        """Status of the jobs."""
        jobs: dict[str, Any] = self.client.get("/api/jobs").json
        return jobs

    def workers(self) -> list[int]:
        """Ids of the processes that simulate."""
        import psutil

        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Program]:
    """Start the program in a folder; Ctrl-C ends it, or whatever has ended it before."""
    checkout = str(Path(__file__).parents[3])
    paths = [checkout, *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-c", _CODE, "app", *arguments, "--no-browser"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip
    said: list[str] = []
    listening = threading.Thread(target=lambda: said.extend(process.stdout or ()), daemon=True)
    try:
        assert process.stdout is not None
        said.append(process.stdout.readline())
        assert said[0].startswith("http://127.0.0.1:"), said[0] + process.stdout.read()
        listening.start()
        yield Program(process, said[0].strip())
    finally:
        _end(process)
        if listening.is_alive():
            listening.join(5)
        process.stdout.close()
    assert not any("Traceback" in line for line in said), "".join(said)


def _end(process: subprocess.Popen[str]) -> None:
    """End a process as Ctrl-C does, or with force if that does not help."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(30)
    finally:
        process.kill()
        process.wait()


def until(
    true: Callable[[], Any], what: str = "", timeout: float = 20.0, between: float = 0.03
) -> Any:
    """Wait till something is true, and return it."""
    end = time.monotonic() + timeout
    while not (found := true()):
        assert time.monotonic() < end, f"never: {what or true}"
        time.sleep(between)
    return found
