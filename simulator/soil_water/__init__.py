"""Water of a region's soils: columns by land class and soil, solved once on its daily weather.

``demand``
    What weather and crop ask of a column, day by day.
``soils``
    Soils of a region as columns.
``solve``
    Runs the columns and makes of them what the yearly balance needs.
``compare``
    One column day by day beside the yearly balance.

Nothing is imported here; import the module that is needed.
"""
