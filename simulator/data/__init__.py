"""Parameter tables, each row with its range and source, and the object that serves them."""

from simulator.data.parameters import Parameter, Parameters
from simulator.data.units import si_unit, to_si

__all__ = ["Parameter", "Parameters", "si_unit", "to_si"]
