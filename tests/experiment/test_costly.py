"""Which uncertain parameters are costly."""

from __future__ import annotations

from analysis.experiment.costly import costly_notes
from analysis.experiment.read import read_experiment
from tests.experiment.files import SMALL, write_experiment


def test_parameters_of_water_and_plumes_are_told(make_scenario, tmp_path):
    text = SMALL.replace(
        '"material_contents/*manure*/C*"',
        '"vegetation/paddy/rooting_depth", "surface/urban/summer/*", "uptake/rice/*"',
    )
    notes = costly_notes(*read_experiment(write_experiment(tmp_path, make_scenario, text)))
    assert len(notes) == 2
    assert "soil water (vegetation/paddy/rooting_depth)" in notes[0]
    assert "plumes (surface/urban/summer/" in notes[1]


def test_what_is_taken_as_it_is_is_not_told(make_scenario, tmp_path):
    path = write_experiment(tmp_path, make_scenario)
    assert costly_notes(*read_experiment(path)) == []
