"""Sources of a reference case: their geometry and substances in SI units."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from simulator.aermod.case import CaseSource, Circle, Rectangle
from simulator.aermod.case_format import (
    SOURCE_TYPES,
    AnyArea,
    AnySource,
    CircleSource,
    GasDeposition,
    Options,
    PointSource,
    PolygonSource,
    RectangleSource,
    VolumeSource,
)
from simulator.physics.dispersion.sources import (
    CAPPED,
    HORIZONTAL,
    VERTICAL,
    Area,
    BulkParticles,
    Gas,
    Ground,
    Inert,
    Particles,
    Point,
    Source,
    Substance,
    Volume,
)
from simulator.problems import Report, pydantic_problems, suggest

_RELEASE = {"POINT": VERTICAL, "POINTCAP": CAPPED, "POINTHOR": HORIZONTAL}
_UM = 1e-6
_G_CM3 = 1000.0
_CM2 = 1e-4
_S_CM = 100.0


def read_source(
    entry: dict[str, Any], where: str, options: Options, urban: set[str], report: Report
) -> CaseSource | None:
    """Source of an entry of ``[[sources]]`` in SI units; None if it is refused.

    Parameters
    ----------
    entry : dict
        As it stands in the file.
    where : str
        Place, for messages.
    options : Options
        ``[options]`` of the file.
    urban : set of str
        Ids of urban sources.
    report : Report
        Receives what is wrong.
    """
    kind = entry.get("type")
    if not isinstance(kind, str) or kind not in SOURCE_TYPES:
        report.add(
            f"{where}: type", f"found {kind!r}", f"must be one of {', '.join(SOURCE_TYPES)}",
            suggest(str(kind), SOURCE_TYPES),
        )  # fmt: skip
        return None
    model = SOURCE_TYPES[kind]
    try:
        table = model.model_validate(entry)
    except ValidationError as error:
        report.extend(pydantic_problems(error, model, lambda _: where))
        return None
    try:
        substance = _substance(table, options)
        source, rate, shape = _geometry(table, kind)
    except ValueError as error:  # the physics refuses it
        report.add(f"{where} ({table.id})", str(error), "sources must be physical", "Correct it.")
        return None
    return CaseSource(table.id, source, substance, rate, table.id in urban, shape)


def _geometry(
    table: AnySource, kind: str
) -> tuple[Source, float, Rectangle | Circle | None]:  # fmt: skip
    base = table.base_elevation_m
    if isinstance(table, PointSource):
        point = Point(
            table.x_m, table.y_m, table.stack_height_m, table.diameter_m,
            table.exit_temperature_K, table.exit_velocity_m_s, base, _RELEASE[kind],
        )  # fmt: skip
        return point, table.emission_rate_g_s, None
    if isinstance(table, VolumeSource):
        volume = Volume(
            table.x_m, table.y_m, table.release_height_m, table.initial_sigma_y_m,
            table.initial_sigma_z_m, base,
        )  # fmt: skip
        return volume, table.emission_rate_g_s, None
    assert isinstance(table, AnyArea)
    height, sigma_z = table.release_height_m, table.initial_sigma_z_m
    shape: Rectangle | Circle | None = None
    if isinstance(table, RectangleSource):
        shape = Rectangle(table.x_m, table.y_m, table.x_length_m, table.y_length_m, table.angle_deg)
        area = Area.rectangle(
            shape.x, shape.y, shape.x_length, shape.y_length, height, shape.angle, sigma_z, base
        )
    elif isinstance(table, CircleSource):
        shape = Circle(table.x_m, table.y_m, table.radius_m, table.number_of_vertices)
        area = Area.circle(shape.x, shape.y, shape.radius, height, shape.corners, sigma_z, base)
    else:
        assert isinstance(table, PolygonSource)
        area = Area(tuple((x, y) for x, y in table.vertices_m), height, sigma_z, base)
    return area, table.emission_rate_g_s_m2 * area.size, shape


def _substance(table: AnySource, options: Options) -> Substance:
    one, two, gas = table.particles_method1, table.particles_method2, table.gas
    if sum(t is not None for t in (one, two, gas)) > 1:
        raise ValueError("a source emits either particles by one method or a gas")
    if one:
        return Particles(
            tuple(d * _UM for d in one.diameter_um),
            tuple(one.mass_fraction),
            tuple(d * _G_CM3 for d in one.density_g_cm3),
        )
    if two:
        return BulkParticles(two.fine_mass_fraction, two.mass_mean_diameter_um * _UM)
    if gas:
        if options.gas_deposition is None:
            raise ValueError("a gas needs [options.gas_deposition]")
        return Gas(
            gas.diffusivity_air_cm2_s * _CM2,
            gas.diffusivity_water_cm2_s * _CM2,
            gas.cuticular_resistance_s_cm * _S_CM,
            gas.henry_Pa_m3_mol,
            options.gas_deposition.reactivity_f0,
        )
    return Inert()


def read_ground(table: GasDeposition | None, where: str, report: Report) -> Ground | None:
    """Ground of ``[options.gas_deposition]``; None if there is none or it is refused."""
    if table is None:
        return None
    try:
        return Ground(
            tuple(table.land_use_by_sector),
            tuple(table.season_by_month),
            table.lai_factor_season2,
            table.lai_factor_season5,
        )
    except ValueError as error:
        report.add(
            f"{where}: options.gas_deposition", str(error), "classes are those of AERMOD",
            "Correct the list.",
        )  # fmt: skip
        return None
