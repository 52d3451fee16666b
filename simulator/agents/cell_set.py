"""The soil cells as a Mesa agent set that holds an index array instead of a million agents."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa.agent import AgentSet
from numpy.typing import NDArray

from simulator.agents.soil_cell import SoilCell

if TYPE_CHECKING:
    from simulator.model import Simulation

_log = logging.getLogger(__name__)
_MANY = 10_000


class CellSet(AgentSet):
    """Cells by index, with Mesa's verbs.

    The base class keeps weak references, which come back empty for views made on demand; every
    method that reads or builds a set is therefore written anew over the index array. Attributes
    that are fields of the state are read and aggregated as arrays.

    Parameters
    ----------
    model : Simulation
        The model.
    index : ndarray of int, optional
        Which cells, in the order of the set; all by default.
    """

    def __init__(self, model: Simulation, index: NDArray[np.intp] | None = None) -> None:
        self.model = model
        self.random = model.random
        self.index = np.arange(model.state.n_cell) if index is None else np.asarray(index)

    def __len__(self) -> int:
        return self.index.size

    def __iter__(self) -> Iterator[SoilCell]:
        if len(self) > _MANY:
            _log.info("walking %d cells one by one; do('step') runs them as a batch", len(self))
        return (self._cell(i) for i in self.index)

    def __contains__(self, agent: object) -> bool:
        return (
            isinstance(agent, SoilCell)
            and agent.model is self.model
            and bool((self.index == agent.index).any())
        )

    def __getitem__(self, item: int | slice | tuple[int, int]) -> Any:
        if isinstance(item, tuple):
            row, col = item
            rows, cols = self.model.state.shape
            if not (0 <= row < rows and 0 <= col < cols):
                raise IndexError(f"cell ({row}, {col}) lies outside the {rows} x {cols} grid")
            return self._cell(row * cols + col)
        if isinstance(item, slice):
            return [self._cell(i) for i in self.index[item]]
        return self._cell(self.index[item])

    def _cell(self, index: int | np.integer[Any]) -> SoilCell:
        own = self.model.own_cells.get(int(index))
        return own if own is not None else SoilCell(self.model, int(index))

    def replace(self, cell: SoilCell) -> None:
        """Put a cell of one's own kind among the others; it steps by its own ``step``.

        Such cells step before the others, in the order of their index.
        """
        if cell.model is not self.model:
            raise ValueError(f"{cell} belongs to another model")
        self.model.own_cells[cell.index] = cell

    # -- Mesa's verbs ------------------------------------------------------------------------------

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> CellSet:
        """Call a method on every cell; ``"step"`` runs the batch kernels."""
        if method == "step" and not args and not kwargs:
            self._step()
            return self
        self.map(method, *args, **kwargs)
        return self

    def _step(self) -> None:
        self.model.require_open_year()
        own = [i for i in self.index if int(i) in self.model.own_cells]
        for i in own:
            self._cell(i).step()
        batch = list(ranges(np.setdiff1d(self.index, own)))
        for start, stop in batch:
            self.model.book(start, stop)
        for start, stop in batch:
            self.model.ledger.close(start, stop)

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> CellSet:
        """As :meth:`do`, in random order; for ``"step"`` the order cannot matter."""
        if method == "step":
            return self.do(method, *args, **kwargs)
        self.shuffle().map(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Results of a method, or of a function of the cell, for every cell."""
        if isinstance(method, str):
            return [getattr(cell, method)(*args, **kwargs) for cell in self]
        return [method(cell, *args, **kwargs) for cell in self]

    def get(
        self,
        attr_names: str | list[str],
        handle_missing: str = "error",
        default_value: Any = None,
    ) -> Any:
        """Return values of an attribute or field; an array ``[..., cell]`` for a field."""
        if isinstance(attr_names, list):
            return [self.get(a, handle_missing, default_value) for a in attr_names]
        array = self._field(attr_names)
        if array is not None:
            return array
        if handle_missing == "default":
            return [getattr(cell, attr_names, default_value) for cell in self]
        return [getattr(cell, attr_names) for cell in self]

    def set(self, attr_name: str, value: Any) -> CellSet:
        """Refuse: the state of a cell changes through the ledger only."""
        raise TypeError(
            f"cannot set {attr_name!r}: a cell's state changes through the ledger; "
            "book a flux, or use an intervention"
        )

    def agg(self, attribute: str, func: Any) -> Any:
        """Aggregate a field or attribute over the cells (last axis)."""
        values = self.get(attribute)
        functions = func if isinstance(func, Iterable) and not callable(func) else [func]
        results = [
            f(values, axis=-1) if isinstance(values, np.ndarray) and values.ndim > 1 else f(values)
            for f in functions
        ]
        return results if functions is func else results[0]

    def select(
        self,
        filter_func: Callable[[SoilCell], bool] | NDArray[np.bool_] | None = None,
        at_most: int | float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> CellSet:
        """Cells that a mask (over this set) or a function picks; a mask costs no views."""
        index = self.index
        if agent_type is not None:
            keep = [isinstance(self._cell(i), agent_type) for i in index]
            index = index[np.array(keep, dtype=bool)]
        if filter_func is not None:
            if callable(filter_func):
                mask = np.array([bool(filter_func(self._cell(i))) for i in index], dtype=bool)
            else:
                mask = np.asarray(filter_func).reshape(-1)
            index = index[mask]
        if at_most != float("inf"):
            n = int(len(self) * at_most) if isinstance(at_most, float) else at_most
            index = index[:n]
        return self._build(index, inplace)

    def shuffle(self, inplace: bool = False) -> CellSet:
        """Return the cells in random order, drawn from the model's generator."""
        return self._build(self.model.rng.permutation(self.index), inplace)

    def sort(
        self,
        key: str | Callable[[SoilCell], Any],
        ascending: bool = False,
        inplace: bool = False,
    ) -> CellSet:
        """Return the cells by a one-dimensional field or a function of the cell."""
        values = self.get(key) if isinstance(key, str) else [key(c) for c in self]
        order = np.argsort(np.asarray(values), kind="stable")
        return self._build(self.index[order if ascending else order[::-1]], inplace)

    def groupby(self, by: str | Callable[[SoilCell], Any], result_type: str = "agentset") -> Any:
        """Return cell sets by the value of ``by``: ``"district"``, a field, or a function."""
        if by == "district":
            values = self.model.region.district.reshape(-1)[self.index]
        elif isinstance(by, str):
            values = np.asarray(self.get(by))
        else:
            values = np.asarray([by(cell) for cell in self])
        return {v: self._build(self.index[values == v], False) for v in np.unique(values).tolist()}

    def to_list(self) -> list[SoilCell]:
        """Return the cells as views."""
        return list(self)

    def add(self, agent: Any) -> None:
        """Refuse: the grid fixes the cells."""
        raise TypeError("the grid fixes the cells; use replace() for a cell of your own kind")

    def discard(self, agent: Any) -> None:
        """Refuse: the grid fixes the cells."""
        raise TypeError("the grid fixes the cells; use select() for fewer of them")

    remove = discard

    # -- helpers -----------------------------------------------------------------------------------

    def _build(self, index: NDArray[np.intp], inplace: bool) -> CellSet:
        if inplace:
            self.index = index
            return self
        return CellSet(self.model, index)

    def _field(self, name: str) -> NDArray[np.float64] | None:
        state = self.model.state
        if name == "content":
            return state.content()[..., self.index]
        try:
            return state.flat(name)[..., self.index]
        except AttributeError:
            return None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def ranges(index: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    """Contiguous ranges ``(start, stop)`` that make up a set of indices."""
    index = np.sort(index)
    if index.size == 0:
        return
    breaks = np.flatnonzero(np.diff(index) > 1)
    starts = np.concatenate(([index[0]], index[breaks + 1]))
    stops = np.concatenate((index[breaks], [index[-1]])) + 1
    yield from zip(starts.tolist(), stops.tolist(), strict=True)
