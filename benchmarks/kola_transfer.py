"""Contents around Monchegorsk, predicted from what lies around Nikel and Zapoljarnij.

Run with ``python -m benchmarks.kola_transfer --data ../shared/data/real/kola --out FILE.csv``. The
sites about Monchegorsk are kept apart; what is found about the western works, and at sites at
least 54 km from Monchegorsk, is carried over with one free number, how much more Monchegorsk
emits. Prints what it is worth where the answer is known, and writes the predictions.
``docs/kola.md`` tells the method; weather is that of the region ``kola``, not of Kola.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares

from benchmarks.kola_sites import EAST, Country, Floats, Sites, as_written, observed, write_map
from benchmarks.plumes import show
from simulator.calibration.correction import FluxCorrection
from simulator.constants import MG_PER_KG
from simulator.region import read_region

LAYERS: Final = {"moss": "moss", "humus": "ohorizon", "topsoil": "topsoil", "B": "bhorizon"}
#: SO2 of 1991 of Nikel, Zapoljarnij and Monchegorsk, over that of the two western ones.
SO2: Final = np.array([189.8, 67.6, 196.2]) / (189.8 + 67.6)
#: Sites whose northing is known to 10 km only are left out. [m]
MOST_INACCURACY: Final = 1000.0
#: Sites that far from all works tell the background; sites nearer than NEAR are near. [km]
CLEAN: Final = 200.0
NEAR: Final = 30.0
#: Held-out sectors reach so far from the western works; discs are as wide as the area that is
#: kept apart, around places where nothing is made. [km]
REACH: Final = 150.0
SECTORS: Final = 8
DISC: Final = 55.0
DISCS: Final = (
    (480.0, 7480.0),
    (600.0, 7480.0),
    (450.0, 7620.0),
    (560.0, 7600.0),
    (640.0, 7560.0),
    (820.0, 7480.0),
    (760.0, 7660.0),
)
MIDWAY: Final = (637.7, 7704.0)
LN10: Final = math.log(10.0)
#: Fewest errors that an interval is taken from by themselves.
LEAST: Final = 15
#: Standard normal deviate that leaves 5 % above.
DEVIATE: Final = 1.645
#: Standard deviations of the priors: ln of the strength about a twentieth of the median content, ln
#: of the exponent, logit of the low share, ln of the factor of Monchegorsk, coefficients of the
#: rose, slopes of the background; the centres of all others are 0. Judgement.
PRIOR: Final = (5.0, 0.3, 1.5, 1.0, 0.5, 1.0)


class Model(Protocol):
    """Whatever predicts ln of a content."""

    def fit(self, sites: Sites, metal: str) -> Self:
        """Learn from sites with contents."""
        ...

    def predict(self, sites: Sites) -> Floats:
        """Natural logarithm of the content [mg kg-1] at sites."""
        ...


class Background:
    """The median of clean sites."""

    def fit(self, sites: Sites, metal: str) -> Self:
        """Take the median."""
        clean = sites.nearest >= CLEAN
        self.level = math.log(float(sites.content[metal][clean].median()))
        return self

    def predict(self, sites: Sites) -> Floats:
        """The same everywhere."""
        return np.full(len(sites), self.level)


class Distance:
    """Background and a power of the distance to the nearest of the works."""

    def fit(self, sites: Sites, metal: str) -> Self:
        """Fit level, strength and exponent by robust least squares of the logarithms."""
        y = np.log(sites.content[metal].to_numpy(np.float64))
        start = [float(np.median(y)), float(np.median(y)) + 4.0, 0.4]

        def residuals(q: Floats) -> Floats:
            return np.append((self._at(q, sites) - y) / 0.5, (q[2] - 0.4) / 0.5)

        self.q = least_squares(residuals, start, loss="soft_l1").x
        return self

    def predict(self, sites: Sites) -> Floats:
        """Sum of background and plume."""
        return self._at(self.q, sites)

    @staticmethod
    def _at(q: Floats, sites: Sites) -> Floats:
        return np.logaddexp(q[0], q[1] - math.exp(q[2]) * np.log(sites.nearest))


@dataclass
class Transfer:
    r"""Background and modelled deposition, by robust least squares of the logarithms.

    .. math::
        X = e^{\beta \cdot g} + e^{a} D^{\gamma}, \quad
        D = \sum_j E_j\,\mu_j\,\rho(\theta_j)\,[(1-w)\,\varphi_{stack} + w\,\varphi_{low}](r_j)

    with the ground g, SO2 of 1991 E, the factor mu of Monchegorsk (1 in the west), the rose rho,
    one for all works, the share w that leaves low and the plume of the model. gamma below 1
    saturates; X rises with D whatever the parameters are.

    Attributes
    ----------
    rose : bool
        Whether directions differ: the weather of the region has none of its own.
    ground : bool
        Whether the background differs from place to place.
    factor : float, optional
        ln mu if it is known; else it is fitted.
    """

    rose: bool = True
    ground: bool = True
    factor: float | None = None

    def fit(self, sites: Sites, metal: str) -> Self:
        """Fit twice: the second time with the noise that the first has shown."""
        self.metal = metal
        y, below = observed(sites, metal)
        level = float(np.median(y))
        q = np.concatenate([[level - 3.0], np.zeros(7), [level], np.zeros(self._terms(sites) - 1)])
        centre = q[:8].copy()
        tight = np.array([*PRIOR[:4], *([PRIOR[4] if self.rose else 1e-3] * 4)])
        if self.factor is not None:
            centre[3], tight[3] = self.factor, 1e-3
        slopes = np.full(q.size - 9, PRIOR[5])
        priors = np.delete(np.diag(1.0 / np.concatenate([tight, [1.0], slopes])), 8, axis=0)
        noise = 0.6 * max(float(y.std()), 0.05)
        for _ in range(2):

            def residuals(q: Floats, noise: float = noise) -> Floats:
                error = self._at(q, sites) - y
                misfit = np.where(below & (error < 0.0), 0.0, error) / noise
                return np.concatenate([misfit, (q[:8] - centre) / tight, q[9:] / slopes])

            def jacobian(q: Floats, noise: float = noise) -> Floats:
                free = below & (self._at(q, sites) < y)
                steep = np.where(free[:, None], 0.0, self._gradient(q, sites))
                return np.vstack([steep / noise, priors])

            found = least_squares(residuals, q, jacobian, loss="soft_l1")
            q = found.x
            seen = ~below if not below.all() else below
            error = (self._at(q, sites) - y)[seen]
            noise = max(1.483 * float(np.median(np.abs(error))), 0.3 * float(y.std()), 0.01)
        self.q = q
        self.information = found.jac.T @ found.jac
        return self

    def predict(self, sites: Sites) -> Floats:
        """Sum of background and plume."""
        return self._at(self.q, sites)

    def share(self, sites: Sites) -> Floats:
        """Part of the content that the works have brought. [-]"""
        return np.exp(
            self.q[0] + math.exp(self.q[1]) * self._fallen(self.q, sites) - self.predict(sites)
        )

    @property
    def factor_sd(self) -> float:
        """Standard deviation of ln of the factor of Monchegorsk."""
        return math.sqrt(np.linalg.inv(self.information)[3, 3])

    def fitted(self) -> dict[str, float]:
        """Exponent, low share, factor of Monchegorsk and the rose, in all and by direction."""
        north, east = self.q[6:8]
        return {
            "exponent": math.exp(self.q[1]),
            "low share": 1.0 / (1.0 + math.exp(-self.q[2])),
            "Monchegorsk": math.exp(self.q[3]),
            "its ln sd": self.factor_sd,
            "towards": math.degrees(math.atan2(east, north)) % 360.0,
            "strength": float(np.hypot(north, east)),
        }

    def _terms(self, sites: Sites) -> int:
        return sites.ground[self.metal].shape[1] if self.ground else 1

    def _at(self, q: Floats, sites: Sites) -> Floats:
        background = sites.ground[self.metal][:, : self._terms(sites)] @ q[8:]
        return np.logaddexp(background, q[0] + math.exp(q[1]) * self._fallen(q, sites))

    def _gradient(self, q: Floats, sites: Sites) -> Floats:
        """Derivatives of the logarithm by the parameters, ``[site, parameter]``."""
        ground = sites.ground[self.metal][:, : self._terms(sites)]
        exponent, low = math.exp(q[1]), 1.0 / (1.0 + math.exp(-q[2]))
        part = self._parts(q, sites)
        fallen = part.sum(axis=1)
        share = np.exp(q[0] + exponent * np.log(fallen) - self._at(q, sites))
        mixed = sites.plume @ [1.0 - low, low]
        moved = part / mixed * (sites.plume @ [-1.0, 1.0]) * low * (1.0 - low)
        by_fallen = [moved.sum(axis=1), part[:, EAST]]
        by_fallen += [(part * wave).sum(axis=1) for wave in _waves(sites.bearing)]
        return np.column_stack(
            [
                share,
                share * exponent * np.log(fallen),
                *(share * exponent * d / fallen for d in by_fallen),
                (1.0 - share)[:, None] * ground,
            ]
        )

    @classmethod
    def _fallen(cls, q: Floats, sites: Sites) -> Floats:
        """ln of what has fallen at the sites."""
        return np.log(cls._parts(q, sites).sum(axis=1))

    @staticmethod
    def _parts(q: Floats, sites: Sites) -> Floats:
        """What each of the works has let fall at the sites, ``[site, work]``."""
        low = 1.0 / (1.0 + math.exp(-q[2]))
        rose = np.exp(sum(c * wave for c, wave in zip(q[4:8], _waves(sites.bearing), strict=True)))
        strength = SO2 * np.array([1.0, 1.0, math.exp(q[3])])
        return strength * rose * (sites.plume @ [1.0 - low, low])


def _waves(bearing: Floats) -> tuple[Floats, ...]:
    """What the rose is made of."""
    return np.cos(2.0 * bearing), np.sin(2.0 * bearing), np.cos(bearing), np.sin(bearing)


class Kriged:
    """The plume, and what it misses learned by kriging.

    :class:`~simulator.calibration.correction.FluxCorrection` learns the logarithm of found over
    modelled contents from place, what has fallen, the C horizon, height and coast.

    Parameters
    ----------
    factor : float, optional
        Of :class:`Transfer`.
    """

    def __init__(self, factor: float | None = None) -> None:
        self.plume = Transfer(factor=factor)
        self.rest = FluxCorrection("kriging")

    def fit(self, sites: Sites, metal: str) -> Self:
        """Fit the plume, then the rest."""
        y, below = observed(sites, metal)
        self.plume.fit(sites, metal)
        modelled = np.exp(self.plume.predict(sites)) / MG_PER_KG
        self.rest.fit(self._features(sites), np.exp(y) / MG_PER_KG, modelled, below)
        return self

    def predict(self, sites: Sites) -> Floats:
        """The plume times what was learned."""
        modelled = np.exp(self.plume.predict(sites)) / MG_PER_KG
        return np.log(self.rest.predict(self._features(sites), modelled).content * MG_PER_KG)

    def share(self, sites: Sites) -> Floats:
        """Part of the modelled content that the works have brought. [-]"""
        return self.plume.share(sites)

    def _features(self, sites: Sites) -> pd.DataFrame:
        ground = sites.ground[self.plume.metal]
        fallen = self.plume._fallen(self.plume.q, sites)
        table = np.column_stack([1e3 * sites.place, fallen, ground[:, [1, 2, 5]]])
        return pd.DataFrame(table, columns=["x", "y", "fallen", "mineral", "height", "coast"])


#: What is compared; the last one predicts.
MODELS: Final[dict[str, Callable[[], Model]]] = {
    "background alone": Background,
    "distance alone": Distance,
    "plume, all directions alike": lambda: Transfer(rose=False, ground=False),
    "plume": Transfer,
    "plume and kriging": Kriged,
}


def held_out(sites: Sites) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Sites to leave out: sectors of the west, all near it, discs where nothing is made."""
    west = (sites.western < REACH) & (sites.western < sites.distance[:, EAST])
    bearing = np.arctan2(*(sites.place - MIDWAY).T) % (2.0 * math.pi)
    for k in range(SECTORS):
        yield "sector", west & (bearing // (2.0 * math.pi / SECTORS) == k)
    yield "near field", sites.western < NEAR
    for centre in DISCS:
        yield "disc", np.hypot(*(sites.place - centre).T) < DISC


def errors(sites: Sites, metal: str, make: Callable[[], Model]) -> pd.DataFrame:
    """Error [ln] at each site left out, whether near, and the share of the works there."""
    parts = []
    for kind, out in held_out(sites):
        model = make().fit(sites[~out], metal)
        rest = sites[out]
        found = as_written(model.predict(rest), sites, metal)
        error = found - np.log(rest.content[metal].to_numpy(np.float64))
        share = model.share(rest) if isinstance(model, Kriged) else np.full(len(rest), np.nan)
        parts.append(
            pd.DataFrame(
                {"kind": kind, "near": rest.western < NEAR, "error": error, "share": share}
            )
        )
    return pd.concat(parts)


def rmse(error: pd.Series) -> float:
    """Root mean square of errors, decimal logarithms."""
    return float(np.sqrt(np.mean(error**2))) / LN10


def scores(found: pd.DataFrame) -> dict[str, float]:
    """RMSE of log10 by what was left out."""
    kind, near = found["kind"], found["near"]
    return {
        "sectors, near": rmse(found["error"][(kind == "sector") & near]),
        "sectors, far": rmse(found["error"][(kind == "sector") & ~near]),
        "near field": rmse(found["error"][kind == "near field"]),
        "discs": rmse(found["error"][kind == "disc"]),
    }


def common_factor(fits: Sequence[Transfer]) -> tuple[float, float]:
    """ln of the factor of Monchegorsk, one for all, and its standard deviation.

    Random effects (DerSimonian & Laird 1986, doi:10.1016/0197-2456(86)90046-2): the factors of
    metals and layers scatter more than each is uncertain, so the scatter is part of the weights;
    the deviation returned is that of one metal in one layer, scatter included.
    """
    value = np.array([f.q[3] for f in fits])
    variance = np.array([f.factor_sd for f in fits]) ** 2
    weight = 1.0 / variance
    mean = np.average(value, weights=weight)
    spread = np.sum(weight * (value - mean) ** 2) - (value.size - 1)
    scatter = max(0.0, spread / (weight.sum() - np.sum(weight**2) / weight.sum()))
    weight = 1.0 / (variance + scatter)
    return float(np.average(value, weights=weight)), float(np.sqrt(scatter + 1.0 / weight.sum()))


def predictions(
    model: Kriged,
    published: Kriged,
    known: Sites,
    sites: Sites,
    found: pd.DataFrame,
    factor_sd: float,
) -> pd.DataFrame:
    """Median and 90 % interval at sites; the interval holds nine in ten of those left out.

    Errors of sites that the works rule and of others are taken apart; what is not known of the
    factor of Monchegorsk is added where it matters.
    """
    ruled, size = found["share"] > 0.5, found["error"].abs()
    wide = {
        flag: float(np.quantile(size[ruled == flag] if sum(ruled == flag) >= LEAST else size, 0.9))
        for flag in (True, False)
    }
    share = model.share(sites)
    own = np.where(share > 0.5, wide[True], wide[False])
    half = np.hypot(own, DEVIATE * factor_sd * share * math.exp(model.plume.q[1]))
    metal = model.plume.metal
    centre = model.predict(sites)
    bounds = (centre, centre - half, centre + half, published.predict(sites))
    middle, low, high, by_published = (np.exp(as_written(v, known, metal)) for v in bounds)
    return pd.DataFrame(
        {
            "site": sites.name,
            "predicted_mgkg": middle,
            "low": low,
            "high": high,
            "published_mgkg": by_published,
        }
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables and write the predictions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/real/kola"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--map", type=Path, help="survey.tif of the region, contents of humus")
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        print(f"skipped: there is no folder {options.data}")
        return
    country = Country.read(options.data)
    apart = country.sites(pd.read_csv(options.data / "monchegorsk_sites_unlabelled.csv"))
    table, fits, left_out, layers = {}, {}, {}, {}
    for layer, file in LAYERS.items():
        rows = pd.read_csv(options.data / f"{file}.csv")
        sites = country.sites(rows[rows["y_accuracy_m"] <= MOST_INACCURACY])
        layers[layer] = sites
        for metal in sites.content:
            for name, make in MODELS.items():
                found = errors(sites, metal, make)
                table[layer, metal, name] = scores(found)
            left_out[layer, metal] = found  # of the last, the one that predicts
            fits[layer, metal] = Transfer().fit(sites, metal)
    show("RMSE of log10 content at sites left out", pd.DataFrame.from_dict(table, orient="index"))
    show(
        "fitted",
        pd.DataFrame.from_dict({k: f.fitted() for k, f in fits.items()}, orient="index"),
    )
    factor, sd = common_factor(list(fits.values()))
    print(f"\nfactor of Monchegorsk: {math.exp(factor):.2f}, ln sd {sd:.2f}")
    parts = []
    for (layer, metal), found in left_out.items():
        sites = layers[layer]
        model, published = (Kriged(f).fit(sites, metal) for f in (factor, 0.0))
        part = predictions(model, published, sites, apart, found, sd)
        parts.append(part.assign(layer=layer, metal=metal))
    written = pd.concat(parts, ignore_index=True)
    shown = ["predicted_mgkg", "low", "high", "published_mgkg"]
    grouped = written.groupby(["layer", "metal"], sort=False)[shown]
    show("at the sites about Monchegorsk, medians", grouped.median())
    if options.out is not None:
        columns = ["site", "layer", "metal", "predicted_mgkg", "low", "high", "published_mgkg"]
        written[columns].to_csv(options.out, index=False, float_format="%.4g", lineterminator="\n")
        print(f"written: {options.out}")
    if options.map is not None:
        region = read_region("kola")
        humus = layers["humus"]
        cells = country.cells(region)
        mapped = {m: Kriged(factor).fit(humus, m).predict(cells) for m in humus.content}
        write_map(options.map, region, mapped)


if __name__ == "__main__":
    main()
