"""Files of the EPA's dispersion model AERMOD, and cases that AERMOD has computed.

``met_files``
    Meteorology as AERMET writes it (``.SFC``, ``.PFL``).
``case``
    Reference cases: sources, receptors, options and AERMOD's results.
``runstream``
    Input files that AERMOD reads, so that anyone can repeat a run with the original.
``plot_file``
    AERMOD's own results (``PLOTFILE``, ``POSTFILE``).
``project``
    A region as a project that AERMOD runs.
``footprint_import``
    AERMOD's results as footprints of a region.

Nothing is imported here; import the module that is needed.
"""
