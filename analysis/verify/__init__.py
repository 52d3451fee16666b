"""Verification: what this program computes against what a reference program has computed.

``agreement``
    Statistics of agreement and the limits that they are held to.
``dispersion``
    Cases that AERMOD has computed, computed again.
"""
