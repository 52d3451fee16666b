"""Writing ``SELECTOR.IN``: soil, boundaries, time control, transport and roots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from simulator.hydrus.case import TransportOptions
from simulator.hydrus.number_text import flag, join, number
from simulator.physics.percolation.column import Column, Roots

#: Heads between which HYDRUS's table is made where it is asked for. [cm]
TABLE_HEADS: Final = (1.0e-6, 1.0e4)
#: HYDRUS's numbers of the retention models.
_MODEL: Final = {False: 0, True: 3}
_WIDTH: Final = 72
#: Length of the heading, of which HYDRUS keeps 72 characters.
_TITLE: Final = 70
_TIMES_PER_LINE: Final = 6


def selector_lines(
    column: Column,
    *,
    title: str,
    output_interval: float,
    print_times: Sequence[float],
    subregions: int,
    transport: TransportOptions,
    hydraulic_tables: bool,
) -> Iterator[str]:
    """Lines of ``SELECTOR.IN``.

    Parameters
    ----------
    column : Column
        What is simulated.
    title : str
        Heading.
    output_interval : float
        Between reports of fluxes. [d]
    print_times : sequence of float
        Of profiles and balances. [d]
    subregions : int
        Number of the parts that are balanced apart.
    transport : TransportOptions
        HYDRUS's own options.
    hydraulic_tables : bool
        Whether HYDRUS interpolates the hydraulic functions in a table.
    """
    yield "Pcp_File_Version=4"
    yield from _basic(column, title, subregions)
    yield from _water(column, hydraulic_tables)
    yield from _time(column, output_interval, print_times)
    if column.roots is not None and column.roots.growth is not None:
        growth = column.roots.growth
        yield _heading("BLOCK D: ROOT GROWTH INFORMATION")
        yield "iRootDepthEntry"
        yield " 2"
        yield "iRFak tRMin tRMed tRHarv xRMin xRMed xRMax tPeriod"
        values = (growth.start, 0, growth.stop, growth.least, 0, growth.greatest, growth.period)
        yield join(("1", *values))
    if column.solutes:
        yield from _transport(column, transport)
    if column.roots is not None:
        yield from _uptake(column, column.roots)
    yield _heading("END OF INPUT FILE 'SELECTOR.IN'")


def has_constant_fluxes(column: Column) -> bool:
    """Whether there is a line of constant fluxes, the potential transpiration among them."""
    return "flux" in (column.top.kind, column.bottom.kind)


def _heading(text: str) -> str:
    return f"*** {text} ".ljust(_WIDTH, "*")


def _basic(column: Column, title: str, subregions: int) -> Iterator[str]:
    atmospheric, roots = column.top.kind == "atmospheric", column.roots
    growth = roots is not None and roots.growth is not None
    yield _heading("BLOCK A: BASIC INFORMATION")
    yield "Heading"
    yield title[:_TITLE]
    yield "LUnit  TUnit  MUnit  (indicated units are obligatory for all input data)"
    yield from ("cm", "days", "ug")
    yield "lWat lChem lTemp lSink lRoot lShort lWDep lScreen AtmInf lEquil lInverse"
    moves, drinks = flag(bool(column.solutes)), flag(roots is not None)
    yield join(("t", moves, "f", drinks, flag(growth), *"tff", flag(atmospheric), *"tf"))
    yield "lSnow lHP1 lMeteo lVapor lActRSU lFlux lDummy"
    yield join("ffffftf")
    yield "NMat NLay CosAlpha"
    yield join((len(column.profile.materials), subregions, 1))


def _water(column: Column, hydraulic_tables: bool) -> Iterator[str]:
    top, bottom, numerics = column.top, column.bottom, column.numerics
    atmospheric = top.kind == "atmospheric"
    yield _heading("BLOCK B: WATER FLOW INFORMATION")
    yield "MaxIt TolTh TolH (maximum number of iterations and tolerances)"
    yield join((numerics.max_iter, numerics.tol_theta, numerics.tol_h))
    yield "TopInf WLayer KodTop InitCond"
    code = "1" if top.kind == "head" else "-1"
    yield join((flag(atmospheric), flag(atmospheric and top.surface_layer), code, "f"))
    yield "BotInf qGWLF FreeD SeepF KodBot DrainF hSeep"
    kinds = [flag(bottom.kind == k) for k in ("deep_drainage", "free_drainage", "seepage")]
    code = "1" if bottom.kind == "head" else "-1"
    yield join(("f", *kinds, code, "f", bottom.value if bottom.kind == "seepage" else 0))
    if has_constant_fluxes(column):
        fluxes = [-end.value if end.kind == "flux" else 0.0 for end in (top, bottom)]
        drinks = not atmospheric and column.roots is not None
        weather = column.weather if drinks else None
        yield "rTop rBot rRoot"
        yield join((*fluxes, 0.0 if weather is None else weather.transpiration[0]))
    if bottom.kind == "deep_drainage":
        yield "GWL0L Aqh Bqh"
        yield join((bottom.level, bottom.a, bottom.b))
    yield "hTab1 hTabN"
    yield join(TABLE_HEADS if hydraulic_tables else (0, 0))
    yield "Model Hysteresis"
    yield join((_MODEL[column.profile.air_entry], 0))
    yield "thr ths Alfa n Ks l"
    for m in column.profile.materials:
        yield join((m.theta_r, m.theta_s, m.alpha, m.n, m.k_s, m.l))


def _time(column: Column, output_interval: float, print_times: Sequence[float]) -> Iterator[str]:
    n = column.numerics
    yield _heading("BLOCK C: TIME INFORMATION")
    yield "dt dtMin dtMax DMul DMul2 ItMin ItMax MPL"
    yield join((n.dt_init, n.dt_min, n.dt_max, n.grow, n.shrink, n.few, n.many, len(print_times)))
    yield "tInit tMax"
    yield join((column.start, column.stop))
    yield "lPrint nPrintSteps tPrintInterval lEnter"
    yield join(("t", "1", output_interval, "f"))
    yield "TPrint(1),TPrint(2),...,TPrint(MPL)"
    for first in range(0, len(print_times), _TIMES_PER_LINE):
        yield join(print_times[first : first + _TIMES_PER_LINE])


def _transport(column: Column, options: TransportOptions) -> Iterator[str]:
    solutes, materials = column.solutes, column.profile.materials
    yield _heading("BLOCK F: SOLUTE TRANSPORT INFORMATION")
    yield "Epsi lUpW lArtD lTDep cTolA cTolR MaxItC PeCr No.Solutes lTort iBact lFiltr"
    accuracy = (options.tol_abs, options.tol_rel, options.max_iter, options.peclet_courant)
    upstream = flag(column.numerics.upstream)
    yield join((options.time_weight, upstream, *"ff", *accuracy, len(solutes), *"t0f"))
    yield "iNonEqul lWatDep lDualNEq lInitM lInitEq lTortM"
    yield join("0fffff")
    yield "Bulk.d. DisperL. Frac ThImob"
    for material in materials:
        yield join((material.bulk_density, material.dispersivity, 1, 0))
    for solute in solutes:
        yield "DifW DifG"
        yield join((solute.diffusion, 0))
        yield ("Ks Nu Beta Henry SnkL1 SnkS1 SnkG1 SnkL1 SnkS1 SnkG1 SnkL0 SnkS0 SnkG0 Alfa")
        for kd, eta, beta in zip(solute.kd, solute.eta, solute.beta, strict=True):
            yield join((kd, eta, beta, *(0,) * 11))
    yield "kTopSolute SolTop kBotSolute SolBot"
    yield join(("-1", *(s.top_concentration for s in solutes), "0", *(0 for _ in solutes)))
    yield "tPulse"
    yield join((min(solutes[0].pulse, column.stop),))


def _uptake(column: Column, roots: Roots) -> Iterator[str]:
    f = roots.feddes
    yield _heading("BLOCK G: ROOT WATER UPTAKE INFORMATION")
    yield "Model cRootMax(1..NS) OmegaC"
    yield f" 0 {' '.join(number(s.root_limit) for s in column.solutes)} 1"
    yield "P0 P2H P2L P3 r2H r2L"
    yield join((f.p0, f.p2_high, f.p2_low, f.p3, f.r2_high, f.r2_low))
    yield "POptm(1),POptm(2),...,POptm(NMat)"
    yield join(np.full(len(column.profile.materials), f.p_opt))
    if column.solutes:
        yield "Solute Reduction"
        yield " f"
