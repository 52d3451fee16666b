"""The recorded maps: Zarr groups with one chunk a year, written once."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import zarr
from numcodecs import Blosc
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, BytesCodec

from simulator.constants import LAND_CLASSES
from simulator.fields import FIELDS
from simulator.ledger import Ledger, Pathway
from simulator.record.axes import AXIS_NAMES, Axes, put, write_coordinates
from simulator.state import State

#: Shuffling bytes is what makes floats shrink (to 0.55). With blocks of half a MiB level 1 packs
#: better than level 3 does with its own small ones, at five times the speed.
_BLOCK: Final = 512 * 1024
_CODEC: Final = BloscCodec(cname="zstd", clevel=1, shuffle="shuffle", blocksize=_BLOCK)
_PACKER: Final = Blosc(cname="zstd", clevel=1, shuffle=Blosc.SHUFFLE, blocksize=_BLOCK)

#: Fields of the history; content and shares in single precision whatever the record's is.
HISTORY_FIELDS: Final = {
    "stock": None,
    "stock_sealed": None,
    "content": "float32",
    "open_share": "float32",
    "sealed_share": "float32",
    "ph": "float32",
    "sediment_delivery": "float32",
}
#: Fields of the year's water and soil loss that are kept beside the fluxes of metal.
FLUX_FIELDS: Final = ("percolation", "runoff_depth", "soil_loss")

#: What the maps have by source tag: of the state, and of the year for the whole column.
CONTENT_BY_TAG: Final = "content_by_source"
FLUX_BY_TAG: Final = {
    "gain_by_source": "What entered the soil of the column, by source.",
    "loss_by_source": "What left the soil of the column by all pathways, by source.",
}

#: Variables that are packed at the same time; the codec lets other threads run.
_WRITERS: Final = 2

#: Display value of a flux of metal: kg to mg.
_MG: Final = 1.0e6

Source = Callable[[slice], NDArray[np.float64]]


@dataclass(frozen=True)
class Maps:
    """The arrays of one Zarr group, open for writing.

    Chunks are packed and written here, not through zarr-python, whose work for each chunk exceeds
    the packing itself. The format leaves nothing to guess (Zarr core specification 3.0, regular
    grid, default keys): a chunk is a file ``c.YEAR.i.j...`` in the array's folder, C order, little
    endian, those on the edge filled up to their full size.

    Attributes
    ----------
    path : Path
        Folder of the group.
    arrays : dict of str to zarr.Array
        The variables with an axis ``year``.
    """

    path: Path
    arrays: dict[str, zarr.Array]

    @classmethod
    def open(cls, path: Path) -> Maps:
        """Open a group that was made before."""
        group = zarr.open_group(path, mode="r")
        return cls(path, {n: a for n, a in group.arrays() if {"year", "y", "x"} <= _dims(a)})

    def write(self, index: int, sources: Mapping[str, Source], add: bool = False) -> None:
        """Write one year.

        Parameters
        ----------
        index : int
            Place on the axis ``year``.
        sources : mapping of str to callable
            By variable, what gives the values ``[..., cell]`` of a range of cells, in the units of
            the file.
        add : bool
            Add to what is there, instead of replacing it.
        """
        with ThreadPoolExecutor(_WRITERS, thread_name_prefix="record") as pool:
            jobs = [pool.submit(self._write, k, index, f, add) for k, f in sources.items()]
            for job in jobs:
                job.result()

    def _write(self, name: str, index: int, source: Source, add: bool) -> None:
        """Write one year of a variable, a band of tiles at a time: no more is held twice."""
        array = self.arrays[name]
        rows, cols = array.shape[-2:]
        height = array.chunks[-2]
        for band, top in enumerate(range(0, rows, height)):
            bottom = min(top + height, rows)
            values = source(slice(top * cols, bottom * cols))
            values = values.reshape(*values.shape[:-1], bottom - top, cols)
            if add:
                values = values + np.asarray(array[index, ..., top:bottom, :])
            self._write_band(name, index, band, values.astype(array.dtype.newbyteorder("<")))

    def _write_band(self, name: str, index: int, band: int, values: NDArray[np.floating]) -> None:
        size = self.arrays[name].chunks[1:]
        counts = [-(-n // c) for n, c in zip(values.shape, size, strict=True)]
        for place in itertools.product(*map(range, counts)):
            here = tuple(slice(k * c, (k + 1) * c) for k, c in zip(place, size, strict=True))
            part = values[here]
            if part.shape != size:
                whole = np.full(size, np.nan, dtype=values.dtype)
                whole[tuple(map(slice, part.shape))] = part
                part = whole
            key = ".".join(map(str, ("c", index, *place[:-2], band, place[-1])))
            packed = _PACKER.encode(np.ascontiguousarray(part))
            (self.path / name / key).write_bytes(packed)

    def drop_from(self, index: int) -> None:
        """Remove what was written of the years from ``index`` on."""
        for name in self.arrays:
            for chunk in (self.path / name).glob("c.*"):
                if _year_index(chunk) >= index:
                    chunk.unlink()

    def copy_from(self, other: Path, count: int) -> None:
        """Take over the first ``count`` years of a group with the same axes but ``year``."""
        for name in self.arrays:
            for chunk in (other / name).glob("c.*"):
                if _year_index(chunk) < count:
                    shutil.copyfile(chunk, self.path / name / chunk.name)


def _year_index(chunk: Path) -> int:
    return int(chunk.name.split(".")[1])


def _dims(array: zarr.Array) -> set[str | None]:
    return set(array.metadata.dimension_names or ())  # type: ignore[union-attr]


def _create(
    group: zarr.Group,
    axes: Axes,
    name: str,
    dims: Iterable[str],
    dtype: str,
    attributes: dict[str, Any],
) -> zarr.Array:
    names = tuple(dims)
    sizes, chunks = axes.sizes(), axes.chunks()
    return group.create_array(
        name,
        shape=tuple(sizes[d] for d in names),
        chunks=tuple(chunks[d] for d in names),
        dtype=dtype,
        fill_value=np.nan,
        serializer=BytesCodec(endian="little"),
        compressors=_CODEC,
        dimension_names=names,
        chunk_key_encoding={"name": "default", "separator": "."},
        attributes={
            **attributes,
            "grid_mapping": "spatial_ref",
            **({"coordinates": "depth"} if "layer" in names else {}),
        },
    )


def _field_dims(key: str) -> tuple[str, ...]:
    return ("year", *(AXIS_NAMES[d] for d in FIELDS[key].dims))


def create_history(
    path: Path,
    axes: Axes,
    precision: str,
    district: NDArray[np.int32],
    attributes: dict[str, Any],
) -> Maps:
    """Make the empty history: the state at the beginning of each recorded year."""
    group = zarr.create_group(path, zarr_format=3, attributes=attributes)
    write_coordinates(group, axes, {"long_name": "year; the state is that of its beginning"})
    put(group, "land_class", ("land_class",), np.array(LAND_CLASSES), long_name="land class")
    put(
        group,
        "district",
        ("y", "x"),
        district,
        long_name="number of the district",
        grid_mapping="spatial_ref",
    )
    arrays = {
        key: _create(
            group, axes, key, _field_dims(key), dtype or precision, FIELDS[key].attributes()
        )
        for key, dtype in HISTORY_FIELDS.items()
    }
    if axes.tags:
        dims = ("year", "tag", "metal", "layer", "y", "x")
        arrays[CONTENT_BY_TAG] = _create(
            group, axes, CONTENT_BY_TAG, dims, "float32",
            {
                **FIELDS["content"].attributes(),
                "long_name": "soil_metal__mass_fraction_by_source",
                "comment": "What part of content came from each source; they add up to it.",
            },
        )  # fmt: skip
    return Maps(path, arrays)


def write_history(maps: Maps, index: int, state: State) -> None:
    """Write the state into the history at a place on its axis ``year``."""
    sources = {
        key: _scaled(state.flat(key), FIELDS[key].scale)
        for key in HISTORY_FIELDS
        if key != "content"
    }
    scale = FIELDS["content"].scale
    sources["content"] = lambda cells: state.content(cells) * scale
    if CONTENT_BY_TAG in maps.arrays:
        sources[CONTENT_BY_TAG] = lambda cells: state.content_by_tag(cells) * scale
    maps.write(index, sources)


def create_ledger(
    path: Path,
    axes: Axes,
    precision: str,
    pathways: Iterable[Pathway],
    attributes: dict[str, Any],
) -> Maps:
    """Make the empty ledger: the fluxes between each two years of the history."""
    begins, ends = axes.years[:-1], axes.years[1:]
    axes = replace(axes, years=begins)
    group = zarr.create_group(path, zarr_format=3, attributes=attributes)
    single = bool((ends - begins == 1).all())
    method = "year: mean" if single else "year: sum"
    write_coordinates(
        group,
        axes,
        {"long_name": "year of the fluxes" if single else "first year of the interval",
         "bounds": "year_bounds"},
    )  # fmt: skip
    bounds = np.stack((begins, ends), axis=1).astype(np.int32)
    put(group, "year_bounds", ("year", "bound"), bounds)
    n_layer = axes.layer_thickness.size
    arrays = {}
    for pathway in pathways:
        dims = ("year", "metal", "layer", "y", "x") if pathway.layered else (
            "year", "metal", "y", "x")  # fmt: skip
        arrays[pathway.name] = _create(
            group, axes, pathway.name, dims, precision,
            {
                "long_name": pathway.label,
                "units": _over("mg m-2 yr-1", single),
                "cell_methods": method,
                "kind": pathway.kind,
                "sign_by_layer": [s for row in signs(pathway, n_layer) for s in row],
                "comment": "sign_by_layer: effect on the stock of each layer (fastest) of the "
                "flux of each of its own layers; without an axis layer it acts on the top layer",
            },
        )  # fmt: skip
    for key in FLUX_FIELDS:
        field = FIELDS[key].attributes()
        units = _over(str(field["units"]), single)
        arrays[key] = _create(
            group, axes, key, _field_dims(key), "float32",
            {**field, "units": units, "cell_methods": method},
        )  # fmt: skip
    for key, comment in FLUX_BY_TAG.items() if axes.tags else ():
        arrays[key] = _create(
            group, axes, key, ("year", "tag", "metal", "y", "x"), "float32",
            {
                "long_name": key.replace("_", " "),
                "units": _over("mg m-2 yr-1", single),
                "cell_methods": method,
                "comment": comment,
            },
        )  # fmt: skip
    return Maps(path, arrays)


def _over(units: str, single: bool) -> str:
    """Units of a sum over an interval that may be longer than the year."""
    return units if single else units.removesuffix(" yr-1")


def signs(pathway: Pathway, n_layer: int) -> list[list[int]]:
    """Effect of each slot of a pathway on the stock of each layer, ``[slot][layer]``."""
    return [list(pathway.signs(k, n_layer)) for k in range(n_layer if pathway.layered else 1)]


def write_ledger(maps: Maps, index: int, ledger: Ledger, state: State, add: bool) -> None:
    """Write the fluxes of the last year, or add them to those of the interval so far."""
    sources = {key: _scaled(state.flat(key), FIELDS[key].scale) for key in FLUX_FIELDS}
    for pathway in ledger.pathways:
        amounts = ledger.amounts(pathway.name)
        sources[pathway.name] = _scaled(amounts if pathway.layered else amounts[:, 0], _MG)
    if len(ledger.tags.gain):
        sources["gain_by_source"] = _scaled(ledger.tags.gain, _MG)
        sources["loss_by_source"] = lambda cells: ledger.tags.loss[..., cells].sum(axis=2) * _MG
    maps.write(index, sources, add)


def _scaled(values: NDArray[np.float64], scale: float) -> Source:
    """Source of ``[..., cell]`` values in display units, converted a range of cells at a time."""
    return lambda cells: values[..., cells] * scale
