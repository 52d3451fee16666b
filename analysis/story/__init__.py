"""A finished run told as a story whose every number has a row of the run behind it."""

from analysis.story.build import build_story

__all__ = ["build_story"]
