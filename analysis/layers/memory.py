"""Maps that were read or computed are kept for a while."""

from __future__ import annotations

from typing import Final

from simulator.memory import Memory

#: Of all atlases of this process: a new one of the same run finds what an older one read. 512 MiB.
MEMORY: Final = Memory(512 * 1024**2)
