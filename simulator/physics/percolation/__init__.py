"""Water and dissolved metals in soil columns: HYDRUS-1D's formulation, batched over columns.

Units are those of soil physics: cm, d, ug; concentrations ug cm-3, sorbed contents ug g-1, bulk
density g cm-3. Depth counts downwards from the surface and fluxes are positive downwards. Heads are
negative where the soil is unsaturated.
"""
