"""Weather of a region of kind ``kola``: a typical year of elsewhere, brought to its climate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.region.build.kola_recipe import WeatherPart
from simulator.region.build.terrain import stream
from simulator.region.build.weather import read_cswd


def kola_weather(part: WeatherPart, record: Path, seed: int) -> pd.DataFrame:
    """Columns of ``weather.csv``.

    Speed, cloud, humidity, pressure and radiation are those of the record. Temperature is shifted
    by one number a month to the means of the recipe. The record has no rain that can be used: it
    falls in the cloudiest, and of these the dampest, hours of each month, in amounts drawn from an
    exponential distribution and scaled to the sums of the recipe. Directions are drawn from all
    alike, so that plumes go everywhere.

    Parameters
    ----------
    part : WeatherPart
    record : Path
        Table with the columns that :func:`~simulator.region.build.weather.read_cswd` reads; its
        directions are not used.
    seed : int
        Of the recipe.
    """
    hours = read_cswd(record, part.year)
    # the hour that ends a month belongs to it
    ended = hours["time"] - pd.Timedelta(hours=1)
    month = ended.dt.month.to_numpy(np.int64) - 1
    means = hours["temp_C"].groupby(month).mean().to_numpy()
    shift = np.array(part.temperature_c) - means
    direction = stream(seed, "wind direction").integers(1, 361, len(hours)).astype(float)
    calm = hours["wind_speed_ms"].to_numpy() <= 0.0
    return hours.assign(
        temp_C=hours["temp_C"] + shift[month],
        wind_dir_deg=np.where(calm, np.nan, direction),
        precip_mm=_rain(part, hours, month, seed),
    )


def _rain(
    part: WeatherPart, hours: pd.DataFrame, month: NDArray[np.integer], seed: int
) -> NDArray[np.float64]:
    """Rain of each hour. [mm]"""
    drawn = stream(seed, "rain").exponential(size=len(hours))
    order = np.lexsort((-hours["rh_pct"].to_numpy(), -hours["cloud_tenths"].to_numpy()))
    rain = np.zeros(len(hours))
    for m, total in enumerate(part.precipitation_mm):
        of_month = order[month[order] == m]
        wet = of_month[: max(1, round(part.wet_share * of_month.size))]
        rain[wet] = drawn[wet] * total / drawn[wet].sum()
    return rain
