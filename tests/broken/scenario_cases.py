"""Scenarios that are broken in one way each."""

from __future__ import annotations

from pathlib import Path

from tests.broken.edit import Edit, content, cut, recode, swap

PLAN = "plan.toml"


def _chain(*bases: str) -> Edit:
    """Write ``b0.toml`` to ``bN.toml``, each with the base given, and let the plan start there."""

    def edit(folder: Path) -> None:
        for i, base in enumerate(bases):
            text = f'base = "{base}"\nname = "b{i}"\ntitle = "B"\n'
            (folder / f"b{i}.toml").write_text(text, "utf-8")
        swap(PLAN, 'name = "plan"', 'base = "b0.toml"\nname = "plan"')(folder)

    return edit


def _base(base: str) -> Edit:
    return swap(PLAN, 'name = "plan"', f'base = "{base}"\nname = "plan"')


def _farming(*metals: str) -> str:
    """Table of manure paths, one for each text of a metal, before what follows in the plan."""
    entry = '{{pathway = "manure", {}path = [{{year = 2020, factor = 1}}]}}'
    return f"[farming]\npaths = [{', '.join(entry.format(m) for m in metals)}]\n[parameters]"


def _deposition(line: str) -> str:
    entry = '{metal = "Cd", path = [{year = 2020, factor = 1}]}'
    return f"[deposition]\n{line.replace('{0}', entry)}\n[parameters]"


def _demand(lines: str) -> str:
    return f"[landuse.demand]\n{lines}\n[parameters]"


_AREA = "{year = 2010, area_km2 = 5.0}"
_CLASS = '{land_class = "%s", path = [{year = 2010, rate = 0.01}]}'

#: Name, the edit, and words that the message has.
SCENARIO_CASES: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "scenario not TOML": (swap(PLAN, "[landuse]", "[landuse"), ("is not TOML", "line 8")),
    "scenario with a key twice": (
        swap(PLAN, "start = 2010", "start = 2010\nstart = 2011"),
        ("is not TOML", "line 5"),
    ),
    "scenario empty": (content(PLAN, b""), ("name: is missing", "landuse: is missing")),
    "scenario in GBK": (recode(PLAN, "Plan", "情景", "gbk"), ("plan.toml", "not UTF-8")),
    "scenario too large": (cut(PLAN, 5 * 2**20), ("5.0 MiB", "may have 1 MiB")),
    "scenario nested without end": (
        content(PLAN, b"x = " + b"[" * 100_000),
        ("is not TOML",),
    ),
    "scenario with an endless number": (
        swap(PLAN, "seed = 1", "seed = " + "9" * 5000),
        ("is not TOML",),
    ),
    "unknown key": (swap(PLAN, "years", "yeers"), ("unknown key 'yeers'", "Did you mean 'years'?")),
    "unknown key in a table": (
        swap(PLAN, "densification_rate", "densification"),
        ("landuse.densification", "Did you mean 'densification_rate'?"),
    ),
    "bad name": (swap(PLAN, 'name = "plan"', 'name = "../plan"'), ("name: found '../plan'",)),
    "too many years": (swap(PLAN, "years = 50", "years = 501"), ("years: found 501", "500")),
    "no years": (swap(PLAN, "years = 50", "years = 0"), ("years: found 0",)),
    "years as text": (swap(PLAN, "years = 50", 'years = "50"'), ("found '50'", "valid integer")),
    "half a year": (swap(PLAN, "years = 50", "years = 50.5"), ("found 50.5", "valid integer")),
    "date for a year": (swap(PLAN, "start = 2010", "start = 2010-01-01"), ("start: found",)),
    "negative seed": (swap(PLAN, "seed = 1", "seed = -1"), ("seed: found -1",)),
    "no land use": (swap(PLAN, "[landuse]", "[land_use]"), ("Did you mean 'landuse'?",)),
    "rate not a number": (
        swap(PLAN, "rate = 0.05", "rate = nan"),
        ("landuse.built_growth 1, rate", "found nan"),
    ),
    "rate in percent": (swap(PLAN, "rate = 0.05", "rate = 5.0"), ("found 5.0", "0.01 = 1 %")),
    "years of a path that fall": (
        swap(PLAN, "year = 2040", "year = 2000"),
        ("landuse.built_growth", "the years of a path rise"),
    ),
    "path without points": (
        swap(PLAN, "[{year = 2010, rate = 0.05}, {year = 2040, rate = 0.01}]", "[]"),
        ("landuse.built_growth", "at least 1 item"),
    ),
    "growth at no rates": (
        swap(PLAN, "built_growth = [{year = 2010, rate = 0.05}, {year = 2040, rate = 0.01}]", ""),
        ("landuse: found", "rates of built_growth", "[landuse.demand]"),
    ),
    "unknown path": (
        swap(PLAN, "[landuse]", '[landuse]\npath = "compct"'),
        ("landuse.path: found 'compct'", "Did you mean 'compact'?"),
    ),
    "unknown kind of demand": (
        swap(PLAN, "[parameters]", _demand('kind = "markow"')),
        ("landuse.demand: kind 'markow'", "Did you mean 'markov'?"),
    ),
    "demand without a kind": (
        swap(PLAN, "[parameters]", _demand("classes = []")),
        ("landuse.demand: kind is missing", "rate, trend, logistic"),
    ),
    "key of another kind of demand": (
        swap(PLAN, "[parameters]", _demand('kind = "trend"\nceiling_km2 = 9.0')),
        ("landuse.demand", "unknown key 'ceiling_km2'"),
    ),
    "table of one area": (
        swap(PLAN, "[parameters]", _demand(f'kind = "table"\nareas = [{_AREA}]')),
        ("landuse.demand", "areas", "at least 2 items"),
    ),
    "areas whose years fall": (
        swap(PLAN, "[parameters]", _demand(f'kind = "table"\nareas = [{_AREA}, {_AREA}]')),
        ("landuse.demand", "the years of a path rise"),
    ),
    "people below none": (
        swap(
            PLAN,
            "[parameters]",
            _demand('kind = "population"\npopulation = [{year = 2010, people = -1.0}]'),
        ),
        ("people", "found -1.0", "the people at the date"),
    ),
    "demand for water": (
        swap(PLAN, "[parameters]", _demand(f'kind = "rate"\nclasses = [{_CLASS % "water"}]')),
        ("land_class", "found 'water'", "must be one of paddy"),
    ),
    "two demands of a class": (
        swap(
            PLAN,
            "[parameters]",
            _demand(f'kind = "rate"\nclasses = [{_CLASS % "forest"}, {_CLASS % "forest"}]'),
        ),
        ("landuse.demand", "each land class has one demand, forest has more"),
    ),
    "past that is not known": (
        swap(PLAN, "[parameters]", _demand('kind = "markov"')),
        ("scenario plan: landuse.demand", "kind 'markov'", "[files.land_history]"),
    ),
    "chance beyond all": (
        swap(PLAN, "[parameters]", '[parameters]\n"urbanisation/trend/chance" = 2.0'),
        ("urbanisation/trend/chance", "found 2", "lies in 0 to 1"),
    ),
    "sealed beyond all": (
        swap(PLAN, "max_impervious_urban = 0.8", "max_impervious_urban = 1.2"),
        ("max_impervious_urban", "less than or equal to 1"),
    ),
    "path of an unknown sector": (
        swap(PLAN, 'sector = "coal power"', 'sector = "coal"'),
        ("emission.paths 1, sector", "unknown sector 'coal'"),
    ),
    "two paths of a sector": (
        swap(
            PLAN,
            "[emission]\npaths = [",
            '[emission]\npaths = [{sector = "coal power", path = [{year = 2020, factor = 1}]}, ',
        ),
        ("emission.paths", "each sector has one path"),
    ),
    "two paths of a pathway and metal": (
        swap(PLAN, "[parameters]", _farming('metal = "Cu", ', 'metal = "Cu", ')),
        ("farming.paths", "each pathway and metal has one path", "manure of Cu has more"),
    ),
    "two paths of the other metals": (
        swap(PLAN, "[parameters]", _farming("", 'metal = "*", ')),
        ("farming.paths", "manure of * has more"),
    ),
    "path of an unknown metal": (
        swap(PLAN, "[parameters]", _farming('metal = "Fe", ')),
        ("farming.paths 1, metal", "found 'Fe'", "As, Cd, Cr"),
    ),
    "start from what nobody found": (
        swap(PLAN, "[parameters]", '[soil]\ninitial_content = "samples"\n[parameters]'),
        ("soil.initial_content", "found 'samples'", "background, survey"),
    ),
    "start from a survey that is not there": (
        swap(PLAN, "[parameters]", '[soil]\ninitial_content = "survey"\n[parameters]'),
        ("soil.initial_content", "has no survey", "files.survey"),
    ),
    "two deposition paths of a metal": (
        swap(PLAN, "[parameters]", _deposition("paths = [{0}, {0}]")),
        ("deposition.paths", "each metal has one path", "Cd has more"),
    ),
    "deposition without a list of paths": (
        swap(PLAN, "[parameters]", _deposition("path = [{0}]")),
        ("deposition.path", "unknown key 'path'", "Did you mean 'paths'?"),
    ),
    "unknown parameter": (
        swap(PLAN, "sorption/Cd/m_ph", "sorption/Cd/m_pH"),
        ("parameters.sorption/Cd/m_pH", "Did you mean 'sorption/Cd/m_ph'?"),
    ),
    "parameter as text": (swap(PLAN, "-0.45", '"-0.45"'), ("parameters.sorption/Cd/m_ph",)),
    "unknown kind": (
        swap(PLAN, 'kind = "retrofit"', 'kind = "retrofitt"'),
        ("interventions 1", "Did you mean 'retrofit'?"),
    ),
    "no kind": (swap(PLAN, 'kind = "retrofit"\n', ""), ("interventions 1", "kind is missing")),
    "key of another kind": (
        swap(PLAN, 'kind = "retrofit"', 'kind = "close"'),
        ("interventions 1, close.removal", "unknown key 'removal'"),
    ),
    "removal beyond all": (
        swap(PLAN, "all = 0.9", "all = 1.9"),
        ("interventions 1, retrofit.removal.all", "found 1.9"),
    ),
    "removal of an unknown metal": (swap(PLAN, "Hg = 0.4", "Fe = 0.4"), ("found 'Fe'", "As, Cd")),
    "date after the run": (
        swap(PLAN, "date = 2017.5", "date = 2060.0"),
        ("interventions 1, date", "2060 is outside the run", "2010 to 2060"),
    ),
    "unknown source": (
        swap(PLAN, '"coal-1"', '"coal1"'),
        ("interventions 1 (retrofit), sources", "'coal1'", "Did you mean 'coal-1'?"),
    ),
    "sector without sources": (
        swap(PLAN, "sector:secondary copper", "sector:cement"),
        ("'sector:cement' is no source of testland",),
    ),
    "unknown parcel": (swap(PLAN, "[7,", "[700,"), ("interventions 2", "700 is no parcel")),
    "unknown district": (
        swap(PLAN, "district:North", "district:Nort"),
        ("'district:Nort' is no district", "Did you mean 'North'?"),
    ),
    "parcel by an unknown word": (
        swap(PLAN, "district:North", "distrikt:North"),
        ("interventions 2, protect.parcels 2", "'class:NAME' or 'all'"),
    ),
    "unknown zone": (swap(PLAN, "district:North", "zone:shut"), ("'zone:shut' is no zone",)),
    "region that does not exist": (
        swap(PLAN, '"testland"', '"nowhere"'),
        ("region 'nowhere'", "no such folder or built-in region"),
    ),
    "region that is broken": (
        swap("testland/sources.csv", "210.0", "-210.0"),
        ("testland/sources.csv: row 2, height_m",),
    ),
    "unknown base": (
        _base("wuhan-baselin"),
        ("plan.toml: base", "found 'wuhan-baselin'", "Did you mean 'wuhan-baseline'?"),
    ),
    "base not there": (_base("other.toml"), ("plan.toml: base", "'other.toml' is not there")),
    "base outside the folder": (_base("../../other.toml"), ("may not leave it",)),
    "base a list": (swap(PLAN, 'name = "plan"', 'base = []\nname = "plan"'), ("base: found []",)),
    "base of itself": (_base("plan.toml"), ("plan.toml -> plan.toml", "circle")),
    "bases in a circle": (
        _chain("b1.toml", "b2.toml", "b0.toml"),
        ("b2.toml -> b0.toml", "leads in a circle"),
    ),
    "bases without end": (
        _chain(*(f"b{i + 1}.toml" for i in range(30)), "wuhan-baseline"),
        ("is a long way", "16 files"),
    ),
    "derived without a name": (
        swap(PLAN, 'name = "plan"', 'base = "wuhan-baseline"'),
        ("plan.toml: name", "is missing"),
    ),
}
