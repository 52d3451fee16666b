"""The column of a case: from the keys and tables of its folder to the simulator's input."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.hydrus.case_format import BottomBoundary, Document, RootTable, TopBoundary
from simulator.hydrus.case_tables import CaseTable
from simulator.hydrus.retention import head_of
from simulator.physics.percolation.column import (
    Bottom,
    Column,
    Feddes,
    Material,
    Numerics,
    Profile,
    RootGrowth,
    Roots,
    Solute,
    Top,
    Weather,
)
from simulator.problems import Report

Floats = NDArray[np.float64]

#: Tolerance of depths. [cm]
_NEAR: Final = 1.0e-3


def build_column(
    document: Document, nodes: CaseTable, records: CaseTable | None, where: str
) -> Column:
    """Column of a case.

    Parameters
    ----------
    document : Document
        ``case.toml``.
    nodes : CaseTable
        Initial profile.
    records : CaseTable or None
        Weather.
    where : str
        ``case.toml`` in messages.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    report = Report()
    _check_layers(document, where, report)
    profile = _profile(document, nodes, where, report)
    report.raise_if_any()
    head = _head(document, nodes, profile, report)
    weather = None if records is None else _weather(document, records, where, report)
    roots = None if document.roots is None else _roots(document.roots, nodes, profile, report)
    solutes = tuple(
        _solute(document, number, nodes, report) for number in range(1, len(document.solute) + 1)
    )
    report.raise_if_any()
    time, numerics = document.time, document.numerics
    return Column(
        profile=profile,
        top=_top(document.boundary.top),
        bottom=_bottom(document.boundary.bottom),
        head=head,
        start=time.t_start,
        stop=time.t_end,
        weather=weather,
        roots=roots,
        solutes=solutes,
        numerics=Numerics(
            dt_init=time.dt_init,
            dt_min=time.dt_min,
            dt_max=time.dt_max,
            tol_theta=numerics.tol_theta,
            tol_h=numerics.tol_h_cm,
            max_iter=numerics.max_iter,
            few=numerics.it_min,
            many=numerics.it_max,
            grow=numerics.mul_up,
            shrink=numerics.mul_down,
            upstream=document.transport.scheme == "upstream",
        ),
    )


def _check_layers(document: Document, where: str, report: Report) -> None:
    """What layers must have in common, and what solutes ask of them."""
    layers = document.layer
    if len({layer.retention_model for layer in layers}) > 1:
        report.add(
            f"{where}: layer", "retention_model differs between layers",
            "it is one for the whole profile", "Make the layers agree.",
        )  # fmt: skip
    for number, layer in enumerate(layers if document.solute else [], start=1):
        for key in ("bulk_density", "dispersivity"):
            if getattr(layer, key) is None:
                report.add(
                    f"{where}: layer {number}, {key}", "is missing",
                    "layers have it where there are solutes", f"Give {key}.",
                )  # fmt: skip
    for number, solute in enumerate(document.solute, start=1):
        for key in ("kd", "beta", "eta"):
            values = getattr(solute, key)
            if len(values) not in (1, len(layers)):
                report.add(
                    f"{where}: solute {number}, {key}", f"{len(values)} numbers",
                    f"it is one number, or one for each of the {len(layers)} layers",
                    "Give as many.",
                )  # fmt: skip
        if document.boundary.top.type != "atmospheric" and isinstance(
            solute.top_concentration, str
        ):
            report.add(
                f"{where}: solute {number}, top_concentration", f"{solute.top_concentration!r}",
                "it is a number where the top is not atmospheric", "Give the concentration.",
            )  # fmt: skip


def _profile(document: Document, nodes: CaseTable, where: str, report: Report) -> Profile:
    layers, grid = document.layer, document.grid
    depth = nodes.numbers("depth", report, low=0.0)
    layer = nodes.numbers("layer", report, 1.0, float(len(layers)))
    count = len(nodes) if grid.n_nodes is None else grid.n_nodes
    if len(nodes) != count or count < 3:
        report.add(
            nodes.where, f"{len(nodes)} nodes, and {where} says {count}",
            "both agree, and a column has 3 nodes at least", "Check that it is the right file.",
        )  # fmt: skip
    elif depth[0] != 0.0 or np.any(np.diff(depth) <= 0.0):
        report.add(
            f"{nodes.where}: depth", f"from {depth[0]:g} to {depth[-1]:g} cm",
            "depths begin with 0 and increase from row to row", "Correct the depths.",
        )  # fmt: skip
    elif abs(depth[-1] - grid.depth) > _NEAR:
        report.add(
            f"{nodes.where}: depth", f"the last is {depth[-1]:g} cm",
            f"it is grid.depth of {where}, {grid.depth:g} cm", "Correct one of them.",
        )  # fmt: skip
    if np.any(layer != np.floor(layer)):
        report.add(
            f"{nodes.where}: layer", "not all are whole numbers",
            f"layers are numbered from 1 as in {where}", "Correct the numbers.",
        )  # fmt: skip
    materials = tuple(
        Material(
            theta_r=entry.theta_r,
            theta_s=entry.theta_s,
            alpha=entry.alpha,
            n=entry.n,
            k_s=entry.Ks,
            l=entry.l,
            name=entry.name,
            **{
                key: value
                for key in ("bulk_density", "dispersivity")
                if (value := getattr(entry, key)) is not None
            },
        )
        for entry in layers
    )
    return Profile(
        depth=depth,
        material=layer.astype(np.int64) - 1,
        materials=materials,
        air_entry=layers[0].retention_model == "vg_air_entry_2cm",
    )


def _head(document: Document, nodes: CaseTable, profile: Profile, report: Report) -> Floats:
    """Heads at the start, from ``h0`` or ``theta0``."""
    by_theta = document.initial.kind.lower().startswith("theta")
    if "h0" in nodes and not (by_theta and "theta0" in nodes):
        return nodes.numbers("h0", report)
    if "theta0" not in nodes:
        report.add(
            nodes.where, "has neither h0 nor theta0",
            "the initial profile gives heads (h0, cm) or water contents (theta0)",
            "Add one of the columns.",
        )  # fmt: skip
        return np.zeros(len(nodes))
    before = len(report)
    theta = nodes.numbers("theta0", report, 0.0, 1.0)
    least, most = (
        np.array([getattr(m, name) for m in profile.materials])[profile.material]
        for name in ("theta_r", "theta_s")
    )
    wrong = np.flatnonzero((theta <= least) | (theta > most))
    if wrong.size and len(report) == before:
        row = wrong[0]
        report.add(
            f"{nodes.where}: row {row + 2}, theta0", f"value {theta[row]:g}",
            f"it is above theta_r {least[row]:g} and not above theta_s {most[row]:g} of its layer",
            "Correct the water content.",
        )  # fmt: skip
    if len(report) > before:
        return np.zeros(len(nodes))
    return head_of(theta, profile.material, profile.materials, profile.air_entry)


def _top(top: TopBoundary) -> Top:
    if top.type == "constant_head":
        assert top.head is not None
        return Top("head", top.head)
    if top.type == "constant_flux":
        assert top.flux is not None
        return Top("flux", 0.0 - top.flux)
    return Top(
        "atmospheric",
        h_crit_a=top.h_crit_a,
        h_crit_s=top.h_crit_s,
        surface_layer=top.surface_layer,
    )


def _bottom(bottom: BottomBoundary) -> Bottom:
    match bottom.type:
        case "free_drainage":
            return Bottom("free_drainage")
        case "seepage_face":
            return Bottom("seepage", bottom.h_seep)
        case "constant_head":
            assert bottom.head is not None
            return Bottom("head", bottom.head)
        case "deep_drainage":
            assert bottom.aqh is not None
            assert bottom.bqh is not None
            assert bottom.gwl0 is not None
            return Bottom("deep_drainage", a=bottom.aqh, b=bottom.bqh, level=bottom.gwl0)
        case "zero_flux":
            return Bottom("flux", 0.0)
        case "constant_flux":
            assert bottom.flux is not None
            return Bottom("flux", 0.0 - bottom.flux)


def _weather(document: Document, records: CaseTable, where: str, report: Report) -> Weather:
    start, stop = document.time.t_start, document.time.t_end
    end = records.numbers("day", report)
    order = f"days increase from row to row, from after t_start of {where} ({start:g}) on"
    if end[0] <= start or np.any(np.diff(end) <= 0.0):
        report.add(
            f"{records.where}: day", f"from {end[0]:g} to {end[-1]:g}", order,
            "Sort the records, and leave out those of before the start.",
        )  # fmt: skip
    elif end[-1] < stop:
        report.add(
            f"{records.where}: day", f"the last is {end[-1]:g}",
            f"the records last until t_end of {where} ({stop:g})", "Add records, or end before.",
        )  # fmt: skip
    transpires = document.roots is not None or "pot_transpiration_cm_d" in records
    return Weather(
        end=end,
        rain=records.numbers("precip_cm_d", report, low=0.0),
        evaporation=records.numbers("pot_evaporation_cm_d", report, low=0.0),
        transpiration=(
            records.numbers("pot_transpiration_cm_d", report, low=0.0)
            if transpires
            else np.zeros(len(records))
        ),
        concentration=np.array(
            [
                _rain_concentration(document, number, records, report)
                for number in range(1, len(document.solute) + 1)
            ]
        ).reshape(len(document.solute), len(records)),
    )


def _rain_concentration(
    document: Document, number: int, records: CaseTable, report: Report
) -> Floats:
    """Concentration of the rain: a column of the weather, or one number for all records."""
    given = document.solute[number - 1].top_concentration
    name = f"c_precip_{number}"
    if isinstance(given, str):
        named = re.search(r"\bc_precip_\d+\b", given)
        return records.numbers(named[0] if named else name, report, low=0.0)
    if name in records:
        return records.numbers(name, report, low=0.0)
    return np.full(len(records), given)


def _roots(roots: RootTable, nodes: CaseTable, profile: Profile, report: Report) -> Roots:
    # raw densities are what HYDRUS was given; the normalised ones are in proportion to them
    name = "beta_raw" if "beta_raw" in nodes else "beta_normalised"
    if roots.growth is not None and name not in nodes:
        lowest = roots.growth.x_max if roots.depth is None else roots.depth
        density = (profile.depth <= lowest).astype(np.float64)
    else:
        before = len(report)
        density = nodes.numbers(name, report, low=0.0)
        if len(report) == before and not np.any(density[:-1] > 0.0):
            report.add(
                f"{nodes.where}: {name}", "is 0 throughout",
                "a case with [roots] has roots above the lowest node", "Fill in the column.",
            )  # fmt: skip
    feddes, growth = roots.feddes, roots.growth
    return Roots(
        density=density,
        feddes=Feddes(
            p0=feddes.P0,
            p_opt=feddes.Popt,
            p2_high=feddes.P2H,
            p2_low=feddes.P2L,
            p3=feddes.P3,
            r2_high=feddes.r2H,
            r2_low=feddes.r2L,
        ),
        growth=(
            None
            if growth is None
            else RootGrowth(
                growth.t_min, growth.t_harvest, growth.x_min, growth.x_max, growth.period
            )
        ),
    )


def _solute(document: Document, number: int, nodes: CaseTable, report: Report) -> Solute:
    entry, layers = document.solute[number - 1], len(document.layer)
    name = f"conc0_{number}"
    if name in nodes or isinstance(entry.initial_concentration, str):
        initial = nodes.numbers(name, report, low=0.0)
    else:
        initial = np.full(len(nodes), entry.initial_concentration)
    kd, beta, eta = (
        np.array(np.broadcast_to(np.array(values, dtype=np.float64), layers))
        for values in (entry.kd, entry.beta, entry.eta)
    )
    top, pulse = entry.top_concentration, document.transport.t_pulse
    return Solute(
        initial=initial,
        kd=kd,
        beta=beta,
        eta=eta,
        diffusion=entry.diffusion,
        root_limit=entry.root_uptake_max_concentration,
        top_concentration=0.0 if isinstance(top, str) else top,
        pulse=float("inf") if pulse is None else pulse,
        name=entry.name,
    )
