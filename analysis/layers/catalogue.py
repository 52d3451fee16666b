"""What of a run can be mapped, in words: titles, units, meaning, and where it is from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from analysis.assessment.palette import COLOURS
from analysis.assessment.variables import RISK_CLASSES, WARNING_LEVELS, catalogue
from analysis.layers.model import Layer
from analysis.layers.record import Record
from simulator.constants import LAND_CLASSES
from simulator.ledger import Pathway
from simulator.tags import INITIAL

SOIL, FLUXES, RISK, LAND, TRUST, SOURCES = (
    "Soil", "Fluxes", "Capacity and risk", "Land", "Calibration", "Sources",
)  # fmt: skip
#: Groups of layers, in their order.
GROUPS: Final = (SOIL, FLUXES, RISK, LAND, TRUST, SOURCES)

FLUX: Final = "flux:"
SHARE: Final = "source_share:"
#: Sums of all pathways.
INPUT, OUTPUT, NET = "input", "output", "net_flux"

MASS_FRACTION, FLUX_UNIT, PERCENT = "mg/kg", "g/ha/yr", "%"

#: Which limits: see docs/assessment.md.
_LIMITS: Final = (
    "screening value of GB 15618-2018 on farmland by pH and crop, of GB 36600-2018 (Cr, Zn: "
    "DB33/T 892-2013) on built land; elsewhere natural background plus added limit of NEPM 2013, "
    "or what protects 95 % of soil species where it has none"
)
_TOP: Final = "Top soil layer at the beginning of the year, by the land use of then."
_YEARS: Final = "Of the years recorded so far."
_PER_CELL: Final = (
    "Mean of the recorded interval that ends with the year shown (of the first interval for the "
    "first year), for the whole soil column, per area of the whole cell."
)
_KINDS: Final = {
    "input": "What enters the soil.",
    "loss": "What leaves the soil.",
    "downward": "What water carries out of the lowest layer; between layers nothing is lost.",
    "upward": "What comes up from below the lowest layer; between layers nothing is gained.",
    "bypass": "What falls on sealed ground and runs off without ever entering the soil.",
    "signed": "What is added to the soil, or taken from it where negative.",
}


def layers_of(record: Record, no_limits: str | None) -> tuple[list[Layer], dict[str, str]]:
    """Layers that a run has, by group, and what the groups lack that it has not.

    Parameters
    ----------
    record : Record
        The run.
    no_limits : str or None
        Why there are no limits; None if there are.
    """
    layers, missing = [*_soil()], {}
    if record.run.ledger is None:
        missing[FLUXES] = 'The run recorded totals of the region only (record.ledger = "totals").'
    elif len(record.years) < 2:
        missing[FLUXES] = "No recorded interval is over yet."
    else:
        layers += _fluxes(record)
    if no_limits is None:
        layers += _risk()
    else:
        missing[RISK] = no_limits
    layers += _land()
    if record.run.calibration is None:
        missing[TRUST] = "The run is not calibrated."
    else:
        layers += _trust(record)
    if record.tags:
        layers += _sources(record)
    else:
        missing[SOURCES] = 'The run has no source tags (tags.by = "none").'
    return layers, missing


def _soil() -> Iterator[Layer]:
    yield Layer(
        "content", "Content", MASS_FRACTION, SOIL, by_depth=True,
        note="Total metal per dry soil at the beginning of the year; under pavement where no "
        "ground of the cell is open.",
    )  # fmt: skip
    yield Layer(
        "change", "Change of content", MASS_FRACTION, SOIL, by_depth=True, diverging=True,
        note="Content at the beginning of the year less that of the first recorded year.",
    )  # fmt: skip
    yield Layer(
        "ph", "pH", "", SOIL, by_metal=False, by_depth=True,
        note="pH of the soil in water at the beginning of the year.",
    )  # fmt: skip


def _fluxes(record: Record) -> Iterator[Layer]:
    sums = (
        (INPUT, "Input", "All that enters the soil, less what runs off sealed ground.", False),
        (OUTPUT, "Output", "All that leaves the soil.", False),
        (NET, "Net flux", "Input less output: what the soil gains, open and sealed.", True),
    )
    for key, title, what, diverging in sums:
        note = f"{what} {_PER_CELL}"
        yield Layer(key, title, FLUX_UNIT, FLUXES, diverging=diverging, note=note)
    for pathway in record.pathways:
        yield _pathway(pathway)


def _pathway(pathway: Pathway) -> Layer:
    return Layer(
        f"{FLUX}{pathway.name}", pathway.label, FLUX_UNIT, FLUXES,
        diverging=pathway.kind == "signed", note=f"{_KINDS[pathway.kind]} {_PER_CELL}",
    )  # fmt: skip


def _risk() -> Iterator[Layer]:
    yield Layer(
        "overload", "Overload", "", RISK, classes=_classes("overload"),
        note=f"Overloaded is what is at or above its limit. The limit is the {_LIMITS}. {_TOP}",
    )  # fmt: skip
    yield Layer(
        "content_over_limit", "Content divided by its limit", "", RISK,
        note="Single factor index; overloaded from 1 on. "
        f"The limit is the {_LIMITS}. {_TOP}",
    )  # fmt: skip
    yield Layer("limit", "Limit", MASS_FRACTION, RISK, note=f"The {_LIMITS}. {_TOP}")
    yield Layer(
        "remaining_capacity", "Remaining capacity", "kg/ha", RISK,
        note="What the soil can still take up to its limit: its mass times limit less content. "
        f"The limit is the {_LIMITS}. {_TOP}",
    )  # fmt: skip
    yield Layer(
        "relative_capacity", "Relative capacity", "", RISK,
        note="Share of the capacity that is left: limit less content, divided by limit less "
        f"natural background; below 0 above the limit. The limit is the {_LIMITS}. {_TOP}",
    )  # fmt: skip
    yield Layer(
        "warning", "Early warning", "", RISK, whole_run=True,
        classes=tuple(zip(WARNING_LEVELS, COLOURS["warning"], strict=True)),
        note=f"When the limit is reached: in the recorded years, or after the last one if contents "
        f"go on along their trend of a decade. {_YEARS} {_TOP}",
    )  # fmt: skip
    yield Layer(
        "exceedance_year", "Year of reaching the limit", "", RISK, whole_run=True,
        note=f"First recorded year at whose beginning the content is at or above the limit, "
        f"counted from the year shown on. {_YEARS} {_TOP}",
    )  # fmt: skip
    yield Layer(
        "risk_class", "Comprehensive risk", "", RISK, by_metal=False, whole_run=True,
        classes=tuple(zip(RISK_CLASSES, COLOURS["risk_class"], strict=True)),
        note="Class by the worst metal's share of its limit, and by the worst of cancer risk above "
        "that of the background, hazard index (both HJ 25.3-2019) and ecological risk index "
        f"(Hakanson 1980). {_TOP}",
    )  # fmt: skip


def _land() -> Iterator[Layer]:
    yield Layer(
        "land_class", "Land use", "", LAND, by_metal=False,
        classes=tuple(zip(LAND_CLASSES, COLOURS["land_class"], strict=True)),
        note="Land class that covers most of the cell, water not counted.",
    )  # fmt: skip
    yield Layer(
        "built_share", "Built land", PERCENT, LAND, by_metal=False,
        note="Open and sealed urban and industrial land, per area of the whole cell.",
    )  # fmt: skip
    yield Layer(
        "sealed_share", "Sealed ground", PERCENT, LAND, by_metal=False,
        note="Impervious ground, per area of the whole cell.",
    )  # fmt: skip


def _trust(record: Record) -> Iterator[Layer]:
    assert record.run.calibration is not None
    words = record.run.calibration["status"].attrs["flag_meanings"].split()
    domain = "By the calibration that the year is booked with; none before the first one."
    yield Layer(
        "calibration_status", "Trust in the processes", "", TRUST,
        classes=tuple(zip(words[1:], COLOURS["calibration_status"], strict=True)),
        note="Whether the processes alone met the samples, are corrected, or lie outside of what "
        f"was sampled. {domain}",
    )  # fmt: skip
    yield Layer(
        "calibration_weight", "Likeness to what was sampled", PERCENT, TRUST,
        note="100 % in the domain of applicability; 0 % unlike anything sampled, not corrected. "
        f"{domain}",
    )  # fmt: skip
    yield Layer(
        "calibration_rate", "Correction of the hindcast", "mg/m\N{SUPERSCRIPT TWO}/yr", TRUST,
        diverging=True,
        note="Mean yearly correction of the top layer over the hindcast, per area of open ground. "
        f"{domain}",
    )  # fmt: skip


def _sources(record: Record) -> Iterator[Layer]:
    labels = [str(name) for name in record.run.history["tag_label"].values]
    for tag, label in zip(record.tags, labels, strict=True):
        what = f"came from: {label}" if tag != INITIAL else "was there at the start, or from below"
        yield Layer(
            f"{SHARE}{tag}", label, PERCENT, SOURCES, by_depth=True,
            note=f"Share of the content at the beginning of the year that {what}. All sources of a "
            "cell add up to 100 %.",
        )  # fmt: skip


def _classes(variable: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(catalogue()[variable].meanings, COLOURS[variable], strict=True))
