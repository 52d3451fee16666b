"""The only module that touches Mesa's private parts.

Written for Mesa 3.3; each function says what it relies on.
"""

from __future__ import annotations

import mesa


def forget(model: mesa.Model) -> None:
    """Let a finished model be collected.

    Mesa 3.3 keeps a counter of ids by model in ``Agent._ids``, a class-level dictionary that keeps
    every model that ever held an agent alive (mesa/mesa#3180).
    """
    ids = getattr(mesa.Agent, "_ids", None)
    if ids is not None:
        ids.pop(model, None)


def register_type(model: mesa.Model, agent_type: type, agents: object) -> None:
    """Show a set of agents under its type in ``model.agents_by_type``.

    Relies on ``Model._agents_by_type``, the dictionary behind that property.
    """
    model._agents_by_type[agent_type] = agents
