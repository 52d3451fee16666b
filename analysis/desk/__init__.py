"""The desk: runs of a folder, live runs in processes of their own, branches and their policies."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.desk.costs import REMARK as REMARK
    from analysis.desk.desk import Desk as Desk
    from analysis.desk.desk import ScenarioEntry as ScenarioEntry
    from analysis.desk.job import Job as Job
    from analysis.desk.job import Status as Status
    from analysis.desk.levers import Lever as Lever
    from analysis.desk.levers import PolicyCard as PolicyCard
    from analysis.desk.levers import SourceCard as SourceCard
    from analysis.desk.levers import levers_of as levers_of
    from analysis.desk.levers import library as library
    from analysis.desk.levers import sources_at as sources_at
    from analysis.desk.plan import Choice as Choice
    from analysis.desk.plan import Plan as Plan
    from analysis.desk.plan import Setting as Setting
    from analysis.desk.shelf import ExperimentEntry as ExperimentEntry
    from analysis.desk.shelf import RunEntry as RunEntry
    from analysis.desk.spent import PolicySpending as PolicySpending
    from analysis.desk.spent import spending as spending

# On demand: the process of a run needs little of this.
_PUBLIC = {
    "REMARK": "costs",
    "Desk": "desk",
    "ScenarioEntry": "desk",
    "Job": "job",
    "Status": "job",
    "Lever": "levers",
    "PolicyCard": "levers",
    "SourceCard": "levers",
    "levers_of": "levers",
    "library": "levers",
    "sources_at": "levers",
    "Choice": "plan",
    "Plan": "plan",
    "Setting": "plan",
    "ExperimentEntry": "shelf",
    "RunEntry": "shelf",
    "PolicySpending": "spent",
    "spending": "spent",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"analysis.desk.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'analysis.desk' has no attribute {name!r}")
