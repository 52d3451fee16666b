"""Charts of a cell, a stack or a parcel as matplotlib figures, for notebooks.

Figures are not tied to any backend; ``savefig`` writes them.
"""

from analysis.plots.cell import (
    history_plot,
    profile_plot,
    sources_plot,
    waterfall_plot,
    yearly_plot,
)
from analysis.plots.places import parcel_plot, stack_plot

__all__ = [
    "history_plot",
    "parcel_plot",
    "profile_plot",
    "sources_plot",
    "stack_plot",
    "waterfall_plot",
    "yearly_plot",
]
