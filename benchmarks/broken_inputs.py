"""Print what the program says to each broken region and scenario of the tests.

Run from the root of the repository: ``python benchmarks/broken_inputs.py [WORDS]``; only cases
whose name has WORDS are shown.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulator.errors import InputError
from tests.broken.cases import CASES, make_inputs


def main(words: str = "") -> None:
    """Print the table ``case | message``."""
    print("| case | message |\n| --- | --- |")
    with tempfile.TemporaryDirectory() as temporary:
        good = make_inputs(Path(temporary) / "good")
        for case in CASES:
            if words not in case.name:
                continue
            folder = Path(temporary) / "broken"
            shutil.copytree(good, folder)
            case.edit(folder)
            try:
                case.read(folder)
            except InputError as error:
                message = "<br>".join(str(p) for p in error.problems).replace("|", "\\|")
                print(f"| {case.kind}: {case.name} | {message} |")
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
