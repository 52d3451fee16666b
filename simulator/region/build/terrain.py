"""An illustrative terrain: fractal hills behind real plains and a real coast."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from simulator.region.build.coast_recipe import TerrainPart
from simulator.region.build.outline import Outline, Raster, distance_to


def stream(seed: int, name: str) -> np.random.Generator:
    """Named random stream of a seed: a step that is new changes no other's numbers."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def fractal_noise(
    rng: np.random.Generator,
    shape: tuple[int, int],
    cell: float,
    longest_wave: float,
    hurst: float,
) -> NDArray[np.float64]:
    """Gaussian noise of a power-law spectrum by Fourier synthesis.

    The power spectral density of a self-affine surface falls as ``k**-(2 H + 2)`` (Turcotte 1997,
    Fractals and Chaos in Geology and Geophysics, chapter 7, doi:10.1017/CBO9781139174695); waves
    longer than `longest_wave` are no stronger than that one.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the white noise.
    shape : tuple of int
        Rows and columns.
    cell : float
        Side of a cell. [m]
    longest_wave : float
        Longest wave that still grows. [m]
    hurst : float
        Roughness (Hurst) exponent; near 0 rough, near 1 smooth. [-]

    Returns
    -------
    ndarray, shape `shape`
        Noise of mean 0 and standard deviation 1. [-]
    """
    # The synthesis is periodic: twice the size keeps opposite edges unlike each other.
    rows, cols = 2 * shape[0], 2 * shape[1]
    white = np.fft.rfft2(rng.standard_normal((rows, cols)))
    k = np.hypot(np.fft.fftfreq(rows, cell)[:, None], np.fft.rfftfreq(cols, cell)[None, :])
    amplitude = np.maximum(k, 1.0 / longest_wave) ** -(hurst + 1.0)
    amplitude[0, 0] = 0.0
    noise = np.fft.irfft2(white * amplitude, s=(rows, cols))[: shape[0], : shape[1]]
    return (noise - noise.mean()) / noise.std()


def surface(part: TerrainPart, outline: Outline, raster: Raster, seed: int) -> NDArray[np.float64]:
    r"""Elevation: plains that rise gently from the shore, hills that rise from the plains.

    .. math::

        z = z_s + g d_s + h(d_s) (1 - e^{-d_p / r}) (1 - e^{-d_s / c}) \ln(1 + e^{3 n}) / 3

    with the distances :math:`d_s` to the sea and :math:`d_p` to the plain (whose border wanders),
    and fractal noise :math:`n`. Lone hills stand in the plains where a second noise is high. The
    form is a choice; it is made to look like the coast of Zhejiang and claims nothing beyond that.

    Parameters
    ----------
    part : TerrainPart
        Numbers of the surface.
    outline : Outline
        Land, rivers and plains.
    raster : Raster
        Raster to fill.
    seed : int
        Seed of the region.

    Returns
    -------
    ndarray
        Elevation, 0 at sea. [m]
    """
    land = raster.burn([outline.mainland])
    from_sea = distance_to(~land, raster.cell)
    valleys = [outline.streams[name].buffer(part.valley_width) for name in outline.rivers]
    lowland = raster.burn([outline.plains, *outline.waters.values(), *valleys])

    def noise(name: str, longest_wave: float) -> NDArray[np.float64]:
        return fractal_noise(
            stream(seed, name), raster.shape, raster.cell, longest_wave, part.hurst
        )

    outside = distance_to(lowland, raster.cell)
    inside = distance_to(~lowland, raster.cell)
    border = outside - inside + part.wander * noise("plain border", part.longest_wave / 2.0)
    from_plain = np.maximum(border, 0.0)
    inland = np.minimum(from_sea / part.inland_distance, 1.0)
    height = part.hill_height_shore + inland * (part.hill_height_inland - part.hill_height_shore)
    rise = -np.expm1(-from_plain / part.rise_distance)
    cliff = -np.expm1(-from_sea / part.cliff_distance)
    ridges = np.logaddexp(0.0, 3.0 * noise("hills", part.longest_wave)) / 3.0
    outcrops = part.outcrop_height * np.maximum(
        noise("outcrops", part.longest_wave / 4.0) - part.outcrop_rarity, 0.0
    )
    plain = part.shore_height + part.plain_gradient * np.minimum(from_sea, part.inland_distance)
    return np.where(land, plain + cliff * (height * rise * ridges + outcrops), 0.0)


def slope_degrees(elevation: NDArray[np.float64], cell: float) -> NDArray[np.float64]:
    """Steepest slope by central differences. [degree]"""
    dy, dx = np.gradient(elevation, cell)
    return np.degrees(np.arctan(np.hypot(dx, dy)))
