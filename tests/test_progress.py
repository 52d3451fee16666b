"""Telling how far work has come."""

from simulator import progress


def test_a_listener_hears_what_is_told_within_its_block():
    heard = []
    progress.tell("before", 0.0, 1.0)
    with progress.listening(lambda *said: heard.append(said)):
        progress.tell("plumes", 1.0, 3.0)
        with progress.listening(lambda *_: None):
            progress.tell("to another", 1.0, 1.0)
        progress.tell("plumes", 3.0, 3.0)
    progress.tell("after", 0.0, 1.0)
    assert heard == [("plumes", 1.0, 3.0), ("plumes", 3.0, 3.0)]
