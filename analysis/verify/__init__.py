"""Verification: what this program computes against what a reference program has computed.

``cases``
    Where the cases are.
``agreement``, ``percolation_agreement``
    Statistics of agreement and the limits that they are held to.
``dispersion``
    Cases that AERMOD has computed, computed again.
``percolation``
    Cases that HYDRUS-1D has computed, computed again.
"""
