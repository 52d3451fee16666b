"""Command ``experiment``: simulate choices side by side under what is uncertain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from analysis.cli.bars import counting_bar, preparing
from analysis.cli.console import (
    FAILED,
    INTERRUPTED,
    complain,
    console,
    counted,
    number,
    print_json,
    say,
)
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json
from analysis.cli.run import Quiet

if TYPE_CHECKING:
    import pandas as pd

    from analysis.experiment.run import Session
    from analysis.experiment.sampling import Experiment

#: Metals of the closing table.
_SHOWN: Final = ("Cd", "Cu")
_FAILURES_SHOWN: Final = 5


def experiment(
    file: Annotated[str, typer.Argument(help="Experiment file, or name of a built-in experiment.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the folder; that of the experiment by default.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder that it is put into.")] = Path("experiments"),
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; by default as many as there are processors."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler whose workers are used, tcp://HOST:PORT."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an experiment of that name.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Simulate an experiment: options side by side in many futures.

    Results are on the disk as they come: the same command goes on after a stop, and tries again
    what failed.
    """
    from analysis.experiment.costly import costly_notes
    from analysis.experiment.design import sample_count
    from analysis.experiment.read import experiment_file, read_experiment
    from analysis.experiment.run import pending_members, run_experiment
    from analysis.runs import safe_name
    from simulator.parallel import default_threads

    silent = quiet or json
    with preparing("checking the experiment, its scenarios and region", silent):
        checked, region = read_experiment(experiment_file(file))
        notes = costly_notes(checked, region)
    target = out / safe_name(checked.spec.name if name is None else name)
    n_process = default_threads() if workers is None else workers
    pending = pending_members(checked, target, overwrite)
    if not silent:
        futures = sample_count(checked.spec) * checked.spec.design.replicates
        say(checked.spec.title, "bold")
        say(
            f"{counted(futures, 'future')} x {counted(len(checked.options), 'option')}, "
            f"{checked.base.start} to {checked.base.end - 1}; {pending} of "
            f"{counted(futures * len(checked.options), 'member')} to simulate, "
            + (f"on {cluster}" if cluster else f"processes: {n_process}")
        )
        for note in notes:
            say(f"note: {note}", "yellow")
    try:
        with counting_bar(pending, "members", silent) as progress:
            session = run_experiment(
                checked, region, target, workers=n_process, cluster=cluster, overwrite=overwrite,
                progress=progress,
            )  # fmt: skip
    except KeyboardInterrupt:
        complain("stopped. What was simulated is kept; go on with the same command.")
        raise typer.Exit(INTERRUPTED) from None
    table = overload_at_end(session, checked)
    if json:
        print_json(document(session, table))
    elif not quiet:
        report(session, table, checked)
    if len(session.folder.members_done) < len(session.folder.design):
        tell_failures(session, quiet or json)
        raise typer.Exit(FAILED)


def overload_at_end(session: Session, checked: Experiment) -> list[dict[str, Any]]:
    """Overloaded land at the end by metal and combination of options, over all futures. [ha]."""
    from analysis.experiment.folder import LEVER
    from analysis.experiment.spread import summary

    folder = session.folder
    outcomes: pd.DataFrame = folder.outcomes
    levers = [LEVER + lever.name for lever in checked.spec.choices]
    of_end = outcomes[
        (outcomes["outcome"] == "overload_ha") & (outcomes["year"] == checked.base.end)
    ]
    rows = []
    for metal in _SHOWN:
        values = of_end[of_end["metal"] == metal].set_index("member")["value"]
        of_metal = folder.design.join(values, on="member")
        groups = of_metal.groupby(levers, sort=False) if levers else [((), of_metal)]
        for options, members in groups:
            rows.append(
                {
                    "metal": metal,
                    "options": [str(option) for option in options],
                    "members": int(members["value"].notna().sum()),
                    **summary(members["value"].to_numpy(dtype=float)),
                }
            )
    return rows


def document(session: Session, table: list[dict[str, Any]]) -> dict[str, Any]:
    """What the command prints with ``--json``."""
    folder = session.folder
    return {
        "folder": str(folder.path),
        "members": len(folder.design),
        "done": len(folder.members_done),
        "done_now": session.done,
        "failed": folder.failures.to_dict("records"),
        "seconds": session.seconds,
        "peak_memory_mb": session.peak_memory / 1e6,
        "overload_ha": table,
    }


def report(session: Session, rows: list[dict[str, Any]], checked: Experiment) -> None:
    """Print how it went, and the overloaded land at the end."""
    folder = session.folder
    pace = f" in {session.seconds:.0f} s" if session.done + session.failed else ""
    say(
        f"{len(folder.members_done)} of {counted(len(folder.design), 'member')} done, "
        f"{session.done} now{pace}, {session.failed} failed"
    )
    if session.other_program:
        say(
            "note: earlier members were made with another version of the program; --overwrite "
            "makes all with this one",
            "yellow",
        )
    columns = ("members", "median\nha", "5 %\nha", "95 %\nha")
    table = plain_table("metal", "option", *columns, right=columns)
    for row in rows:
        table.add_row(
            row["metal"], " + ".join(row["options"]) or checked.base.name, str(row["members"]),
            number(row["median"]), number(row["low"]), number(row["high"]),
        )  # fmt: skip
    say(f"overloaded land at the beginning of {checked.base.end}:")
    console().print(table)
    say(f"experiment: {folder.path}", "bold")
    say(f"next: metalscape findings {folder.path}")


def tell_failures(session: Session, brief: bool) -> None:
    """Say which members failed and why."""
    failures = session.folder.failures
    members = ", ".join(map(str, failures["member"].tolist()))
    complain(f"members {members} failed; the same command tries them again")
    if brief:
        return
    for row in failures.head(_FAILURES_SHOWN).to_dict("records"):
        console(stderr=True).print(
            f"  {row['member']}: {row['error']} ({row['cause']})", soft_wrap=True
        )
