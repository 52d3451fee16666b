"""Files of the soil-column program HYDRUS-1D, and cases that HYDRUS-1D has computed.

``case``
    Reference cases: a column, when it reports, and HYDRUS's own results.
``case_read``
    Reading the folder of a case.
``project``
    The input files of HYDRUS-1D 4.xx for any column, so that anyone can repeat a run with it.

Nothing is imported here; import the module that is needed.
"""
