"""A kernel of scikit-learn that sees some columns of its input only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.gaussian_process.kernels import Hyperparameter, Kernel

Matrix = NDArray[np.float64]


class OnColumns(Kernel):
    """Another kernel on the columns ``start`` to ``stop``.

    Parameters
    ----------
    kernel : Kernel
        The kernel.
    start, stop : int
        Columns, the last one excluded.
    """

    def __init__(self, kernel: Kernel, start: int, stop: int) -> None:
        self.kernel = kernel
        self.start = start
        self.stop = stop

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters, with those of the kernel under ``kernel__``."""
        params: dict[str, Any] = {"kernel": self.kernel, "start": self.start, "stop": self.stop}
        if deep:
            params |= {f"kernel__{k}": v for k, v in self.kernel.get_params().items()}
        return params

    @property
    def hyperparameters(self) -> list[Hyperparameter]:
        """Those of the kernel."""
        return [
            Hyperparameter(f"kernel__{h.name}", h.value_type, h.bounds, h.n_elements)
            for h in self.kernel.hyperparameters
        ]

    @property
    def theta(self) -> NDArray[np.float64]:
        """Logarithms of the free parameters."""
        return self.kernel.theta

    @theta.setter
    def theta(self, theta: NDArray[np.float64]) -> None:
        self.kernel.theta = theta

    @property
    def bounds(self) -> Matrix:
        """Bounds of theta."""
        return self.kernel.bounds

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, OnColumns)
            and self.kernel == other.kernel
            and (self.start, self.stop) == (other.start, other.stop)
        )

    def __call__(self, X: Matrix, Y: Matrix | None = None, eval_gradient: bool = False) -> Any:
        """Covariance of rows, and its gradient if asked for."""
        columns = slice(self.start, self.stop)
        other = None if Y is None else Y[:, columns]
        return self.kernel(X[:, columns], other, eval_gradient=eval_gradient)

    def diag(self, X: Matrix) -> NDArray[np.float64]:
        """Variances of rows."""
        return self.kernel.diag(X[:, self.start : self.stop])

    def is_stationary(self) -> bool:
        """Whether it depends on differences only."""
        return self.kernel.is_stationary()

    def __repr__(self) -> str:
        return f"{self.kernel!r}[{self.start}:{self.stop}]"
