"""What a click shows: of a cell, a stack, a parcel. Pure data, of runs finished or not."""

from analysis.inspector.cell import Cell, look

__all__ = ["Cell", "look"]
