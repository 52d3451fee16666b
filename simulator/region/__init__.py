"""Regions: what they are, and reading and checking them."""

from simulator.region.model import Grid, LayerInfo, Region, Soil
from simulator.region.read import builtin_regions, check_region, read_region, region_folder

__all__ = [
    "Grid",
    "LayerInfo",
    "Region",
    "Soil",
    "builtin_regions",
    "check_region",
    "read_region",
    "region_folder",
]
