"""Regions that are broken in one way each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from simulator.region.footprints import write_footprint
from simulator.region.model import Grid, ImportedFootprint
from tests.broken.edit import (
    Edit,
    also,
    cell,
    content,
    cut,
    damage,
    empty_raster,
    feature,
    geojson,
    link,
    raster,
    recode,
    remove,
    ring,
    swap,
    table,
)
from tests.make_region import CELL, X_MIN, Y_MAX
from tests.make_schedules import DAY, WINTER, Row, add_schedules, use_schedules

TOML, SOILS = "testland/region.toml", "testland/soils.csv"
ELEVATION, SLOPE = "testland/elevation.tif", "testland/slope.tif"
UNIT, WEATHER = "testland/soil_unit.tif", "testland/weather.csv"
SOURCES, PARCELS = "testland/sources.csv", "testland/parcels.geojson"
DEPOSITION = "testland/deposition.csv"
FOOTPRINT = "testland/footprints/coal-1-hg2.tif"


def _nan(values: np.ndarray) -> np.ndarray:
    values[3, 4] = np.nan
    return values


def _steep(values: np.ndarray) -> np.ndarray:
    values[2, 1] = 95.0
    return values


def _hole(values: np.ndarray) -> np.ndarray:
    values[0, 0] = -9999.0
    return values


def _surface(line: str) -> tuple[str, str]:
    height = "anemometer_height_m = 10.0\n"
    return height, f"{height}\n[weather.surface]\n{line}\n"


def _schedules(*rows: Row, **used: str) -> Edit:
    return lambda folder: add_schedules(folder / "testland", rows, used)


def _footprint(name: str = FOOTPRINT, change: Callable[[np.ndarray], object] | None = None) -> Edit:
    """Add a footprint that is good but for its name or what `change` does to its bands."""

    def edit(folder: Path) -> None:
        bands = np.full((3, 12, 10), 1e-9)
        if change is not None:
            change(bands)
        grid = Grid("EPSG:32651", X_MIN, Y_MAX, CELL, bands.shape[1:])
        (folder / name).parent.mkdir(exist_ok=True)
        write_footprint(folder / name, ImportedFootprint(*bands), grid, {})

    return edit


#: Name, the edit, and words that the message has.
REGION_CASES: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "region.toml missing": (remove(TOML), ("region.toml", "is not there")),
    "region.toml not TOML": (swap(TOML, "[grid]", "[grid"), ("is not TOML", "line")),
    "region.toml in GBK": (
        recode(TOML, "Testland", "武汉", "gbk"),
        ("region.toml", "not UTF-8", "Save the file again"),
    ),
    "unknown key": (
        swap(TOML, "cell_size", "cell_sise"),
        ("grid.cell_sise", "unknown key", "Did you mean 'cell_size'?"),
    ),
    "other version": (swap(TOML, "format = 1", "format = 2"), ("format", "found 2")),
    "file table missing": (
        swap(TOML, "[files.slope]", "[files.slop]"),
        ("files.slope", "is missing", "Did you mean 'slope'?"),
    ),
    "no licence": (swap(TOML, 'licence = "CC0-1.0"', 'licence = " "'), ("licence", "found ' '")),
    "unknown status": (
        swap(TOML, 'status = "illustrative"', 'status = "ilustrative"'),
        ("files.elevation.status", "Did you mean 'illustrative'?"),
    ),
    "text for a number": (
        swap(TOML, "cell_size = 500.0", 'cell_size = "500"'),
        ("grid.cell_size", "found '500'", "must be a valid number"),
    ),
    "negative cell size": (
        swap(TOML, "cell_size = 500.0", "cell_size = -500.0"),
        ("found -500.0", "greater than 0"),
    ),
    "corner not a number": (swap(TOML, f"x_min = {X_MIN}", "x_min = nan"), ("grid.x_min", "nan")),
    "no reference system": (
        swap(TOML, 'crs = "EPSG:32651"\n', ""),
        ("grid.crs", "is missing", "EPSG code of a projected system"),
    ),
    "geographic reference system": (
        swap(TOML, "EPSG:32651", "EPSG:4326"),
        ("grid.crs", "geographic", "Reproject"),
    ),
    "unknown reference system": (
        swap(TOML, "EPSG:32651", "EPSG:99999"),
        ("EPSG:99999", "not a known reference system"),
    ),
    "corner in degrees": (
        also(
            swap(TOML, f"x_min = {X_MIN}", "x_min = 121.4"),
            swap(TOML, f"y_max = {Y_MAX}", "y_max = 28.6"),
        ),
        ("the grid lies at", "metres, not degrees"),
    ),
    "too many cells": (
        also(swap(TOML, "rows = 12", "rows = 90000"), swap(TOML, "cols = 10", "cols = 90000")),
        ("90000 x 90000 cells", "at most"),
    ),
    "path with dots": (
        swap(TOML, 'file = "soils.csv"', 'file = "../plan.toml"'),
        ("files.soils.file", "may not leave it"),
    ),
    "absolute path": (
        swap(TOML, 'file = "soils.csv"', 'file = "/etc/passwd"'),
        ("'/etc/passwd'", "may not leave it"),
    ),
    "link out of the folder": (link(SOILS, "../plan.toml"), ("link to a place outside",)),
    "file not there": (
        swap(TOML, 'file = "soils.csv"', 'file = "soil.csv"'),
        ("'soil.csv' is not there", "Did you mean 'soils.csv'?"),
    ),
    "folder for a file": (
        swap(TOML, 'file = "soils.csv"', 'file = "."'),
        ("files.soils.file", "may not leave it"),
    ),
    "raster without reference system": (
        raster(ELEVATION, crs=None),
        ("elevation.tif", "no reference system is set", "-a_srs EPSG:32651"),
    ),
    "raster in the wrong zone": (
        raster(ELEVATION, crs="EPSG:32650"),
        ("elevation.tif", "EPSG:32650", "EPSG:32651"),
    ),
    "raster in degrees": (raster(SLOPE, crs="EPSG:4326"), ("slope.tif", "geographic")),
    "raster shifted": (
        raster(ELEVATION, transform=(CELL, 0, X_MIN + 250, 0, -CELL, Y_MAX)),
        ("shifted by 250 m east and 0 m north",),
    ),
    "raster of other cells": (
        raster(ELEVATION, transform=(250, 0, X_MIN, 0, -250, Y_MAX)),
        ("pixels of 250 x 250", "500 m"),
    ),
    "raster upside down": (
        raster(ELEVATION, transform=(CELL, 0, X_MIN, 0, CELL, Y_MAX)),
        ("pixels of 500 x -500", "row 0 is north"),
    ),
    "raster rotated": (
        raster(ELEVATION, transform=(CELL, 40, X_MIN, 40, -CELL, Y_MAX)),
        ("the raster is rotated",),
    ),
    "raster not georeferenced": (
        raster(ELEVATION, crs=None, transform=None),
        ("no reference system is set", "pixels of 1 x -1"),
    ),
    "raster of other size": (
        raster(ELEVATION, lambda a: a[:-2]),
        ("10 rows x 10 columns", "the grid has 12 x 10"),
    ),
    "raster of two bands": (raster(ELEVATION, count=2), ("2 bands", "one band")),
    "raster of other type": (raster(UNIT, dtype="int16"), ("data type int16", "int32")),
    "raster in feet": (raster(ELEVATION, unit="ft"), ("unit 'ft'", "the unit is 'm'")),
    "NaN in a raster": (
        raster(ELEVATION, _nan),
        ("elevation.tif: row 3, col 4", "NaN", "declare"),
    ),
    "slope beyond the vertical": (
        raster(SLOPE, _steep),
        ("slope.tif: row 2, col 1", "95 degree", "0 to 90"),
    ),
    "no elevation where there is soil": (
        raster(ELEVATION, _hole),
        ("elevation.tif: row 0, col 0", "no value where there is soil"),
    ),
    "raster truncated": (cut(ELEVATION, 900), ("elevation.tif", "header is damaged")),
    "raster with damaged pixels": (
        damage(ELEVATION),
        ("elevation.tif", "the pixels cannot be read"),
    ),
    "raster no GeoTIFF": (content(ELEVATION, b"\x89PNG\r\n\x1a\n" * 9), ("is not a GeoTIFF",)),
    "raster empty": (content(ELEVATION, b""), ("is not a GeoTIFF",)),
    "raster too large": (cut(ELEVATION, 600 * 2**20), ("600.0 MiB", "may have 512 MiB")),
    "raster that declares billions of pixels": (
        empty_raster(ELEVATION, 100_000, 90_000),
        ("100000 rows x 90000 columns", "the grid has 12 x 10"),
    ),
    "no soil anywhere": (raster(UNIT, lambda a: a * 0), ("every cell is 0",)),
    "soil code without a row": (
        raster(UNIT, lambda a: np.where(a == 2, 7, a)),
        ("codes 7 are not in testland/soils.csv",),
    ),
    "district without a row": (
        table("testland/districts.csv", lambda t: t[:1]),
        ("district.tif", "codes 2 are not in testland/districts.csv"),
    ),
    "soils without mercury": (
        table(SOILS, lambda t: t.drop(columns="Hg")),
        ("soils.csv: Hg", "the column is missing"),
    ),
    "unknown column": (
        table(SOILS, lambda t: t.rename(columns={"ph": "pH"})),
        ("unknown column", "Did you mean 'ph'?"),
    ),
    "texture of 112 %": (
        cell(SOILS, 1, "sand_pct", 31.0),
        ("soils.csv: row 3", "texture adds up to 100 %"),
    ),
    "soil layer missing": (
        table(SOILS, lambda t: t.drop(index=2)),
        ("code 1", "layers 1, 2", "1 to 3"),
    ),
    "soil layer twice": (cell(SOILS, 1, "layer", 1), ("row 3, code, layer", "already")),
    "content no number": (cell(SOILS, 0, "Cd", "<0.1"), ("row 2, Cd", "'<0.1' is no number")),
    "negative content": (cell(SOILS, 4, "Pb", -3), ("row 6, Pb", "value -3")),
    "infinite content": (cell(SOILS, 4, "Pb", "inf"), ("row 6, Pb", "is no number")),
    "unknown confidence": (
        cell(SOILS, 0, "confidence", "guess"),
        ("confidence", "'guess'", "read, recalled"),
    ),
    "table without rows": (table(SOILS, lambda t: t[:0]), ("soils.csv", "has no rows")),
    "table empty": (content("testland/districts.csv", b""), ("the column is missing",)),
    "table in GBK": (recode(SOILS, "paddy soil", "水稻土", "gbk"), ("soils.csv", "not UTF-8")),
    "table in UTF-16": (recode(SOILS, "paddy", "paddy", "utf-16"), ("soils.csv", "not UTF-8")),
    "table with zero bytes": (content(SOILS, b"code,\0name\n"), ("zero bytes",)),
    "row with too many fields": (
        swap(SOILS, "paddy soil", "paddy, soil"),
        ("row 2", "20 fields", "Quote fields"),
    ),
    "metal missing in the deposition": (
        table(DEPOSITION, lambda t: t[t["metal"] != "Hg"]),
        ("deposition.csv: metal", "no row for Hg"),
    ),
    "deposition in another unit": (
        cell(DEPOSITION, 2, "unit", "g ha-1 yr-1"),
        ("row 4, unit", "'g ha-1 yr-1'", "mg m-2 yr-1"),
    ),
    "deposition out of its range": (
        cell(DEPOSITION, 0, "value", 100),
        ("row 2, value", "outside low to high"),
    ),
    "weather without a latitude": (
        swap(TOML, "latitude = 28.6\n", ""),
        ("weather.latitude", "is missing", "latitude of the station"),
    ),
    "latitude beyond the pole": (
        swap(TOML, "latitude = 28.6", "latitude = 121.4"),
        ("weather.latitude", "found 121.4", "less than or equal to 90"),
    ),
    "longitude west instead of east": (
        swap(TOML, "longitude = 121.4", "longitude = -121.4"),
        ("weather.time_zone", "found 8.0", "within 3.5 h of -8.1", "positive east of Greenwich"),
    ),
    "time zone counted westwards": (
        swap(TOML, "time_zone = 8.0", "time_zone = -8.0"),
        ("weather.time_zone", "found -8.0", "at longitude 121.4"),
    ),
    "station in feet": (
        swap(TOML, "elevation_m = 5.0", "elevation_m = 11000.0"),
        ("weather.elevation_m", "found 11000.0"),
    ),
    "calm in knots": (
        swap(TOML, "elevation_m = 5.0", "elevation_m = 5.0\ncalm_below_ms = 3.0"),
        ("weather.calm_below_ms", "found 3.0", "less than or equal to 2"),
    ),
    "thermometer in the ground": (
        swap(TOML, "elevation_m = 5.0", "elevation_m = 5.0\ntemperature_height_m = -2.0"),
        ("weather.temperature_height_m", "greater than 0"),
    ),
    "albedo in percent": (
        swap(TOML, *_surface("albedo = 18")),
        ("weather.surface.albedo", "found 18", "one number from 0.01 to 0.95", "Check value"),
    ),
    "Bowen ratio of four seasons": (
        swap(TOML, *_surface("bowen_ratio = [0.3, 0.5, 0.7, 0.5]")),
        ("weather.surface.bowen_ratio", "a list of 12, January to December"),
    ),
    "Bowen ratio of dew": (
        swap(TOML, *_surface(f"bowen_ratio = {[-0.2, *[0.5] * 11]}")),
        ("weather.surface.bowen_ratio", "from 0.01 to 20"),
    ),
    "roughness a text": (
        swap(TOML, *_surface('roughness_m = "rough"')),
        ("weather.surface.roughness_m", "found 'rough'", "Give one number or 12"),
    ),
    "roughness not a number": (
        swap(TOML, *_surface("roughness_m = nan")),
        ("weather.surface.roughness_m", "found nan"),
    ),
    "morning gradient in K/km": (
        swap(TOML, *_surface("morning_gradient_K_m = 5.0")),
        ("weather.surface.morning_gradient_K_m", "from 0.001 to 0.05", "unit"),
    ),
    "unknown key of the surface": (
        swap(TOML, *_surface("roughness = 0.1")),
        ("weather.surface.roughness", "unknown key", "Did you mean 'roughness_m'?"),
    ),
    "anemometer among the trees": (
        swap(TOML, *_surface("roughness_m = 1.5")),
        (
            "weather.anemometer_height_m",
            "at least 7 roughness lengths",
            "10.5 m",
            "weather.surface.roughness_m",
        ),
    ),
    "anemometer lower than the land allows": (
        swap(TOML, "anemometer_height_m = 10.0", "anemometer_height_m = 0.5"),
        ("weather.anemometer_height_m", "found 0.5", "the region's land"),
    ),
    "weather too short": (table(WEATHER, lambda t: t[:4000]), ("4000 rows", "8760 hours")),
    "weather with many gaps": (
        table(WEATHER, lambda t: t.assign(rh_pct=t["rh_pct"].where(t.index % 5 > 0, ""))),
        ("weather.csv: rh_pct", "20.0 % of the hours are blank", "at most 10 %"),
    ),
    "weather in Kelvin": (cell(WEATHER, 5, "temp_C", 288.1), ("row 7, temp_C", "value 288.1")),
    "weather with a jump": (
        table(WEATHER, lambda t: t.drop(index=50)),
        ("row 52, time", "0 days 02:00:00"),
    ),
    "weather with time zone": (
        cell(WEATHER, 8, "time", "2021-01-01T09:00Z"),
        ("row 10, time", "without a zone"),
    ),
    "weather at 24 o'clock": (
        cell(WEATHER, 23, "time", "2021-01-01T24:00"),
        ("row 25, time", "24:00 is 00:00"),
    ),
    "source twice": (cell(SOURCES, 1, "id", "coal-1"), ("row 3, id", "coal-1 is there already")),
    "negative stack height": (
        cell(SOURCES, 0, "height_m", -210),
        ("sources.csv: row 2, height_m", "value -210"),
    ),
    "source of the year 20155": (
        cell(SOURCES, 1, "start_year", 20155),
        ("row 3, start_year", "value 20155"),
    ),
    "source that stops before it starts": (
        cell(SOURCES, 1, "stop_year", 2012),
        ("row 3, stop_year", "stops in 2012 and starts in 2015.5"),
    ),
    "unknown sector": (
        cell(SOURCES, 0, "sector", "coal powr"),
        ("row 2, sector", "no emission profile", "Did you mean 'coal power'?"),
    ),
    "unknown control": (
        cell(SOURCES, 0, "control", "ESB"),
        ("row 2, control", "'ESB'", "of 'coal power'"),
    ),
    "activity in another unit": (
        cell(SOURCES, 0, "activity_unit", "kt coal"),
        ("row 2, activity_unit", "'kt coal'", "Convert the activity to t coal"),
    ),
    "schedule that is not there": (
        _schedules(*WINTER, **{"coal-1": "wintr"}),
        ("sources.csv: row 2, schedule", "'wintr' is not in testland/schedules.csv", "'winter'?"),
    ),
    "schedule without a file": (
        lambda folder: use_schedules(folder / "testland", {"waste-1": "winter"}),
        ("row 3, schedule", "the region has no schedules", "Add [files.schedules]"),
    ),
    "schedule without December": (
        _schedules(*WINTER[:11]),
        ("schedules.csv: schedule 'winter'", "month 12 is missing", "all 12 months"),
    ),
    "schedule without the hours of a month": (
        _schedules(*(("full", 1, h, 1.0) for h in range(1, 25))),
        ("schedule 'full'", "month 2 hour 1 and 263 more are missing", "all 12 months"),
    ),
    "schedule with the hour 0": (
        _schedules(*DAY[:23], ("day", "", 0, 1.0)),
        ("schedules.csv: row 25, hour", "value 0", "1 to 24"),
    ),
    "schedule with negative emission": (
        _schedules(*WINTER[:11], ("winter", 12, "", -1.0)),
        ("schedules.csv: row 13, factor", "value -1"),
    ),
    "schedule that never emits": (
        _schedules(*((*row[:3], 0.0) for row in WINTER)),
        ("schedule 'winter'", "every factor is 0"),
    ),
    "schedule of no time": (
        _schedules(*WINTER, ("winter", "", "", 2.0)),
        ("schedules.csv: row 14, month, hour", "both are blank"),
    ),
    "schedule with a month twice": (
        _schedules(*WINTER, WINTER[3]),
        ("schedules.csv: row 14, schedule, month, hour", "already"),
    ),
    "footprint of no source": (
        _footprint("testland/footprints/coal-2-hg2.tif"),
        ("footprints/coal-2-hg2.tif", "no source 'coal-2'", "Did you mean 'coal-1'?"),
    ),
    "footprint of no mode": (
        _footprint("testland/footprints/coal-1-hg1.tif"),
        ("coal-1-hg1.tif", "SOURCE-MODE.tif", "particle, hg2, hg0"),
    ),
    "footprint on another grid": (
        also(_footprint(), raster(FOOTPRINT, lambda a: a[:-1], count=3)),
        ("footprints/coal-1-hg2.tif", "11 rows x 10 columns"),
    ),
    "footprint of one band": (
        also(_footprint(), raster(FOOTPRINT)),
        ("coal-1-hg2.tif", "1 bands of float32", "dry, wet, air"),
    ),
    "footprint with bands of no name": (
        also(_footprint(), raster(FOOTPRINT, count=3)),
        ("coal-1-hg2.tif", "bands None", "dry [m-2], wet [m-2], air [s m-3]"),
    ),
    "footprint that takes from the ground": (
        _footprint(change=lambda a: a[1].__setitem__((2, 3), -1e-9)),
        ("coal-1-hg2.tif: band wet, row 2, col 3", "value -1e-09"),
    ),
    "footprint no GeoTIFF": (
        also(_footprint(), content(FOOTPRINT, b"no")),
        ("coal-1-hg2.tif", "is no GeoTIFF"),
    ),
    "footprint linked from outside": (
        also(_footprint(), link(FOOTPRINT, "../../plan.toml")),
        ("coal-1-hg2.tif", "link to a place outside"),
    ),
    "source far away": (cell(SOURCES, 2, "x", 750_000), ("row 4, x, y", "far outside the grid")),
    "source without a place": (cell(SOURCES, 2, "x", ""), ("row 4, x", "is blank")),
    "parcels not JSON": (cut(PARCELS, 5000), ("parcels.geojson", "is not JSON")),
    "parcels nested without end": (content(PARCELS, b"[" * 200_000), ("is not JSON",)),
    "parcels no collection": (content(PARCELS, b"[]"), ("is not a FeatureCollection",)),
    "parcels without reference system": (
        geojson(lambda d: d.pop("crs")),
        ("parcels.geojson: crs", "no reference system is named"),
    ),
    "parcels in another zone": (
        swap(PARCELS, "EPSG::32651", "EPSG::32649"),
        ("parcels.geojson: crs", "EPSG::32649", "it must be that of the grid"),
    ),
    "no parcels": (geojson(lambda d: d["features"].clear()), ("no features",)),
    "coordinate not a number": (
        ring(4, lambda r: r[1].__setitem__(0, float("nan"))),
        ("is not JSON", "NaN is no coordinate"),
    ),
    "coordinate a text": (ring(4, lambda r: r[1].__setitem__(0, "1")), ("feature 5, geometry",)),
    "ring not closed": (ring(4, lambda r: r.pop()), ("feature 5", "a ring is not closed")),
    "point for a polygon": (
        geojson(lambda d: d["features"][2]["geometry"].update(type="Point")),
        ("feature 3, geometry", "type 'Point'"),
    ),
    "polygon that crosses itself": (
        ring(4, lambda r: r.__setitem__(slice(1, 3), [r[2], r[1]])),
        ("feature 5, id 5", "Self-intersection"),
    ),
    "parcel outside the grid": (
        ring(4, lambda r: [p.__setitem__(0, p[0] + 1e5) for p in r]),
        ("feature 5, id 5", "wholly outside the grid"),
    ),
    "parcels in degrees": (
        geojson(
            lambda d: [
                p.__setitem__(slice(None), [121.4 + i / 1000 + j % 2 / 1000, 28.6 + j // 2 / 1000])
                for i, f in enumerate(d["features"])
                for j, p in zip((0, 1, 3, 2, 0), f["geometry"]["coordinates"][0], strict=True)
            ]
        ),
        ("wholly outside the grid", "easting first"),
    ),
    "parcels that overlap": (
        ring(8, lambda r: [p.__setitem__(0, p[0] - 200) for p in r]),
        ("parcels 8 and 9", "overlap by", "may not overlap"),
    ),
    "parcel twice": (
        geojson(
            lambda d: d["features"].append(
                {**d["features"][0], "properties": {**d["features"][0]["properties"], "id": 99}}
            )
        ),
        ("parcels 1 and 99", "overlap by"),
    ),
    "parcel id twice": (feature(1, id=1), ("feature 2, id 1", "the id is there already")),
    "parcel id a text": (feature(1, id="2"), ("feature 2, id", "found '2'")),
    "unknown land class": (
        feature(3, land_class="padi"),
        ("feature 4, land_class", "Did you mean 'paddy'?"),
    ),
    "unknown zone": (feature(3, zone="closed"), ("feature 4, zone", "open, protected")),
    "impervious in percent": (
        feature(3, impervious=55),
        ("feature 4, impervious", "found 55", "Divide percent by 100"),
    ),
    "sealed water": (feature(39, impervious=0.1), ("feature 40", "water is never sealed")),
    "unknown property": (
        feature(0, name="x"),
        ("feature 1, name", "unknown property"),
    ),
    "property missing": (
        geojson(lambda d: d["features"][0]["properties"].pop("zone")),
        ("feature 1, zone", "is missing"),
    ),
}
