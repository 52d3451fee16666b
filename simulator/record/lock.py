"""One writer for one run."""

from __future__ import annotations

import errno
from pathlib import Path

from simulator.errors import RunError

try:
    import fcntl
except ImportError:  # not on this platform: there, nothing keeps a second writer away
    fcntl = None  # type: ignore[assignment]


class RunLock:
    """Keeps other processes from writing to a run.

    The system lets go of the lock when its process ends, however it ends, so a killed run can be
    resumed at once.

    Parameters
    ----------
    path : Path
        File that is locked; made if it is not there.

    Raises
    ------
    RunError
        If another process writes to the run.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("ab")
        if fcntl is None:
            return
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                return  # a file system without locks
            self._file.close()
            raise RunError(
                f"another process is writing the run in {path.parent}. "
                "Wait until it is done, or stop it first."
            ) from error

    def release(self) -> None:
        """Let others write, and leave nothing behind."""
        self._file.close()
        self._path.unlink(missing_ok=True)
