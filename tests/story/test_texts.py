"""The texts: complete in both languages, used, plain; and how numbers are written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis.story
from analysis.assessment.thresholds import RECEPTORS
from analysis.story.language import LANGUAGES, Language, fields_of, number, texts
from analysis.story.model import Number, Sentence, Story
from simulator.agents.interventions.base import Intervention
from simulator.constants import LAND_CLASSES, METALS
from simulator.errors import InputError

#: Tables whose templates the program names by their keys.
_TEMPLATES = ("titles", "clauses", "sentences", "labels")
#: Numbers that are part of a name.
_NAMES = ("GB 15618-2018", "GB 36600-2018", "risk_class 4", "warning 4", "layer 1", "第 1 层")
_THOUSAND = "\N{NARROW NO-BREAK SPACE}"


def forms(template: Any) -> list[str]:
    """All forms of a template."""
    return [template] if isinstance(template, str) else list(template.values())


def fields(template: Any) -> dict[str, set[str]]:
    """Fields of a template by its form; those of singular and plural together."""
    if isinstance(template, str) or set(template) <= {"one", "other"}:
        return {"": set().union(*(fields_of(f) for f in forms(template)))}
    return {form: set(fields_of(text)) for form, text in template.items()}


def test_both_languages_have_the_same_keys_and_fields() -> None:
    english, chinese = texts("en"), texts("zh")
    assert list(english) == list(chinese)
    for table, words in english.items():
        if not isinstance(words, dict):
            continue
        assert set(words) == set(chinese[table]), table
        for key, template in words.items():
            assert fields(template) == fields(chinese[table][key]), (table, key)


def test_every_template_is_used_and_every_key_is_there() -> None:
    folder = Path(analysis.story.__file__).parent
    source = "\n".join(p.read_text("utf-8") for p in sorted(folder.glob("*.py")))
    keys = {key for table in _TEMPLATES for key in texts("en")[table]}
    literal = set(re.findall(r'"([a-z_]+)"', source))
    patterns = {
        re.sub(r"\\{[^}]*\\}", "[a-z_]+", re.escape(p))
        for p in re.findall(r'f"([a-z_]+_\{[^"]*)"', source)
    }
    unused = {k for k in keys - literal if not any(re.fullmatch(p, k) for p in patterns)}
    assert not unused
    named = re.findall(r't\.(?:teller\.)?(?:say|clause|title|label)\(\s*"([a-z_]+)"', source)
    assert not set(named) - keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_never_in_the_wording(language: str) -> None:
    for table in (*_TEMPLATES, "quantities"):
        for template in texts(language)[table].values():
            for form in forms(template):
                for name in _NAMES:
                    form = form.replace(name, "")
                assert not re.search(r"[0-9]", re.sub(r"\{.*?\}", "", form)), form


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_names_of_the_program_have_words(language: str, told: Story) -> None:
    words = texts(language)
    assert set(words["metals"]) == set(METALS)
    assert set(words["lands"]) >= set(LAND_CLASSES)
    assert set(words["receptors"]) == set(RECEPTORS)
    assert set(words["pathways"]) >= {p["name"] for p in told.runs[0].manifest["pathways"]}
    assert set(words["kinds"]) >= set(Intervention.kinds)
    assert set(words["risks"]) == set("12345")


def test_chinese_has_no_english_words() -> None:
    allowed = {"pH", "GB"}
    for table in ("sentences", "clauses", "titles", "labels"):
        for template in texts("zh")[table].values():
            for form in forms(template):
                plain = re.sub(r"\{.*?\}", "", form).replace("metalscape", "")
                assert set(re.findall(r"[A-Za-z]+", plain)) <= allowed, form


@pytest.mark.parametrize(
    "template", ["{a.b}", "{a[0]}", "{a!r}", "{a:.2f}", "{", "}", "{{a}}", "{A}"]
)
def test_templates_reach_nothing_but_their_fields(template: str) -> None:
    with pytest.raises(ValueError, match="braces"):
        fields_of(template)


def test_fields_are_filled_once() -> None:
    # a field whose text looks like a template stays as it is
    found = Language().fill("{a} and {b}", {"a": "{b}", "b": Number("2", "e1")})
    assert found == Sentence(("{b} and ", Number("2", "e1")))
    assert (found.text, found.evidence) == ("{b} and 2", ("e1",))


def test_lists() -> None:
    english, chinese = Language("en"), Language("zh")
    assert english.listed(["a"]).text == "a"
    assert english.listed(["a", "b", "c"]).text == "a, b and c"
    assert chinese.listed(["甲", "乙", "丙"]).text == "甲、乙和丙"


def test_one_and_many() -> None:
    count = Number("1", "e1")
    assert (
        "1 year less" in Language().sentence("sentences", "decade_short", {"count": count}, 1).text
    )
    assert (
        "1 years less" in Language().sentence("sentences", "decade_short", {"count": count}, 2).text
    )
    chinese = Language("zh").sentence("sentences", "decade_short", {"count": count}, 1)
    assert chinese.text == "有 1 年找到的建设用地少于需求。"


def test_unknown_languages_are_refused() -> None:
    with pytest.raises(InputError, match="en, zh"):
        Language("fr")


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (2070, "year", "2070"),
        (20200101, "seed", "20200101"),
        (57, "index", "57"),
        (13988, "count", f"13{_THOUSAND}988"),
        (20.000000000000004, "cm", "20"),
        (0.20149, "mg_kg", "0.201"),
        (412.49, "ha", "412"),
        (0.0, "ha", "0"),
        (-4.25, "percent", "\N{MINUS SIGN}4.25"),
        (3.14e-13, "ratio", "3.1 × 10⁻¹³"),
        (float("nan"), "kg_ha", "\N{EN DASH}"),
        ("0.1.0", "version", "0.1.0"),
    ],
)
def test_numbers_are_written(value: float | str, kind: str, text: str) -> None:
    assert number(value, kind) == text


@given(st.floats(1e-4, 1e9))
def test_written_numbers_keep_three_digits(value: float) -> None:
    plain = number(value, "mg_kg").replace(_THOUSAND, "")
    assert float(plain) == pytest.approx(value, rel=0.00501)
