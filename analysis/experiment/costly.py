"""Which uncertain parameters make every future solve anew what others take from the disk."""

from __future__ import annotations

from analysis.experiment.sampling import Experiment
from simulator.data import Parameters
from simulator.footprints import emitted_substances
from simulator.physics.slices import slices_of
from simulator.region import Region
from simulator.region.meteorology import region_meteorology
from simulator.soil_water.solve import class_water


def costly_notes(experiment: Experiment, region: Region) -> list[str]:
    """Say which uncertainties change the soil water or the plumes, a line each.

    The water of the region is solved for this, unless that was done before: members need it.
    """
    if not experiment.rows:
        return []
    base = experiment.base.parameters
    parts = {
        "soil water": water_parameters(region, base),
        "plumes": plume_parameters(region, base),
    }
    notes = []
    for name, rows in experiment.rows.items():
        for what, used in parts.items():
            shared = [row for row in rows if row in used]
            if shared:
                notes.append(
                    f"uncertainty {name!r} changes the {what} ({', '.join(shared[:3])}"
                    f"{' ...' if len(shared) > 3 else ''}): every future solves it anew, which "
                    "takes minutes and room in the cache"
                )
    return notes


def water_parameters(region: Region, overrides: dict[str, float]) -> set[str]:
    """Ids of the parameters that the water of a region depends on."""
    parameters = Parameters(overrides)
    class_water(region, parameters, slices_of(region.layer_thickness))
    return set(parameters.used)


def plume_parameters(region: Region, overrides: dict[str, float]) -> set[str]:
    """Ids of the parameters that the footprints of the sources of a region depend on."""
    parameters = Parameters(overrides)
    region_meteorology(region, parameters)
    kinds = {
        (str(row["sector"]), str(row["control"]))
        for table in (region.sources, region.area_sources)
        for row in table.to_dict("records")
    }
    for sector, control in sorted(kinds):
        emitted_substances(parameters, sector, control)
    return set(parameters.used)
