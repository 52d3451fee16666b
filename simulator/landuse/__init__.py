"""Land-use change: where land is built on next, how much of it, and in what patches.

Maps of the past tell where (:mod:`~simulator.landuse.growth_model`), a demand tells how much
(:mod:`~simulator.landuse.demand`), and an allocation chooses the units of land, pixels of a map or
parcels alike (:mod:`~simulator.landuse.allocation`).
"""
