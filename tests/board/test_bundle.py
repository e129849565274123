"""Modules joined into one do what they did apart."""

import ast
import re
import sys
import types

import pytest

from tools.board import bundle, flash
from tools.board.by_name import by_name
from tools.board.texts import Texts
from tools.micropython import ROOT

SAYS = """
def said(a, b='%d'):
    '%s'
    return '%s: ' % a, f'{a}: ', 'word', b, '%s: '
"""
LATE = """
import gc
from lib import later
from lib.later import two, one as uno


def load(name):
    return "its own"


def inside():
    from lib.later import two as inner

    return inner
"""
APP = """
import gc
from lib import other, third
from lib.other import LIMIT, give

run = 5


def start(give_me, names):
    other_name = [run for run in names]
    return give(give_me) + other.twice(LIMIT) + third.twice(run), other_name, gc is not None


def shadow(twice):
    return other.twice(twice), third.Ring.kept
"""
OTHER = """
import gc
from lib import third
from lib.third import handed

LIMIT = 3
_private = 7


def twice(value):
    return 2 * value


def give(value):
    global _private
    _private += 1
    return value + _private + handed


run = twice


class Pair:
    def twice(self):
        return twice(5)
"""
THIRD = """
handed = 100


def twice(value):
    first, second = value, value
    return first + second + 1000


class Ring:
    kept = twice(1)

    def twice(self):
        return twice(2)
"""
OUTSIDE = """
from lib import other
from lib.third import Ring, twice as double


def all_of_it():
    pair = other.Pair().twice(), Ring().twice()
    return other.twice(2), other.run(4), double(1), pair, other.LIMIT
"""
TEXTS = {
    "firmware/app.py": APP,
    "lib/other.py": OTHER,
    "lib/third.py": THIRD,
    "firmware/outside.py": OUTSIDE,
}


def loaded(texts, folder, monkeypatch):
    """The modules of these texts, imported from a folder of their own."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for name in [n for n in sys.modules if n.split(".")[0] in ("firmware", "lib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(folder)
    import firmware.app
    import firmware.outside

    return firmware.app, firmware.outside


def answers(texts, folder, monkeypatch):
    """What the modules do."""
    app, outside = loaded(texts, folder, monkeypatch)
    return app.start(1, [4]), app.shadow(6), app.run, outside.all_of_it()


def test_names_that_clash_stay_apart_and_what_is_outside_looks_in(tmp_path, monkeypatch):
    apart = answers(TEXTS, tmp_path / "apart", monkeypatch)
    whole = bundle.joined(TEXTS, bundle.cheap_names())
    assert answers(whole, tmp_path / "whole", monkeypatch) == apart
    assert "import" not in whole["firmware/app.py"].replace("import gc", "")


def test_what_was_joined_can_still_be_imported_by_its_name(tmp_path, monkeypatch):
    loaded(bundle.joined(TEXTS, bundle.cheap_names()), tmp_path, monkeypatch)
    from firmware import app
    from lib import other, third

    assert (other.twice(4), third.twice(4), other.LIMIT) == (8, 1008, 3)
    assert third.Ring.__module__ == app.__name__


def test_what_is_loaded_later_is_loaded_by_the_loader(monkeypatch):
    trees = {
        "firmware/late.py": ast.parse(LATE),
        "lib/later.py": ast.parse("one, two = 1, 2"),
    }
    assert by_name(trees, (), ()) == {"firmware/late.py"}
    text = ast.unparse(trees["firmware/late.py"])
    assert "import later" not in text
    assert "from lib.later" not in text
    rooms = types.SimpleNamespace(one=1, two=2)
    asked = []
    loader = types.SimpleNamespace(load=lambda name: asked.append(name) or rooms)
    monkeypatch.setitem(sys.modules, "lib.ondemand", loader)
    scope = {}
    exec(text, scope)
    assert (scope["two"], scope["uno"], scope["later"], scope["inside"]()) == (2, 1, rooms, 2)
    assert asked == ["lib.later"] * 3
    assert scope["load"]("x") == "its own"


def test_short_texts_of_a_module_on_demand_are_no_names():
    tree = ast.parse(SAYS)
    assert Texts(tree, {"word"}).replace()
    made = ast.unparse(tree)
    assert "('%s: ',)" in made.splitlines()[0]
    scope = {}
    exec(made, scope)
    assert scope["said"](3) == ("3: ", "3: ", "word", "%d", "%s: ")
    assert not Texts(ast.parse("def said(): return '%s: ', '.'"), {"%s: "}).replace()


def test_a_pair_is_assigned_without_a_tuple():
    whole = bundle.joined(TEXTS, bundle.cheap_names())["firmware/app.py"]
    assert "first, second = value, value" in whole


def test_a_module_used_as_a_value_is_refused():
    texts = dict(TEXTS, **{"firmware/app.py": APP + "kept = other\n"})
    with pytest.raises(SyntaxError, match="used as a value"):
        bundle.joined(texts, bundle.cheap_names())


def test_a_constant_has_a_name_that_no_local_has():
    texts = dict(TEXTS)
    texts["lib/third.py"] += "\nfrom micropython import const\n_value = const(7)\n"
    texts["lib/other.py"] += "\ndef same(_value):\n    return _value\n"
    whole = bundle.joined(texts, bundle.cheap_names())["firmware/app.py"]
    assert re.search(r"^(?!_value\b)\w+ = const\(7\)", whole, re.MULTILINE)


def test_the_frequent_names_come_first_and_are_forgotten():
    whole = bundle.joined(TEXTS, bundle.cheap_names())["firmware/app.py"]
    first = whole.split("\ndel _\n")[0].splitlines()
    assert first[0] == "def _():" and "    twice" in first


def test_the_products_own_start_needs_one_module_and_the_board(tmp_path):
    files = bundle.bundle(flash.sources(), tmp_path)
    joined = {name for name, path in files.items() if tmp_path in path.parents}
    taken = re.compile(r"^(\w+ = .*\n)*from firmware.app import .*\n$")  # and numbers, before it
    stubs = {name for name in joined if taken.match(files[name].read_text())}
    for name in ("lib/tracker.py", "firmware/signal/ct.py", "firmware/policy.py"):
        assert name in stubs
    for name in ("firmware/board.py", "firmware/safe_mode.py", "lib/ondemand.py"):
        assert files[name].read_text() == (ROOT / name).read_text()


def test_a_number_stands_where_its_name_stood_in_every_module_that_says_it(tmp_path, monkeypatch):
    texts = {
        "firmware/app.py": "from lib import other\nfrom lib.other import LIMIT, WORD\n"
        "def start(LONG):\n    return LIMIT + other.STEP, WORD, LONG, other.twice(2)\n",
        "lib/other.py": "LIMIT = 1 << 4\nSTEP, WIDTH = range(2, 4)\nWORD = 'short'\nCHANGED = 1\n"
        "LONG = 'a text that is no name'\nBIG = 1 << 30\nONCE = (BIG, -LIMIT)\n"
        "def twice(LIMIT):\n    global CHANGED\n    CHANGED += WIDTH\n"
        "    return 2 * LIMIT, CHANGED, LONG, LONG, ONCE, BIG, BIG\n",
        "firmware/outside.py": "def all_of_it():\n    from lib import other\n"
        "    from lib.other import LIMIT\n    return LIMIT, other.STEP, other.BIG\n",
    }

    def told(which, name):
        app, outside = loaded(which, tmp_path / name, monkeypatch)
        return app.start(7), outside.all_of_it()

    whole = bundle.joined(texts, bundle.cheap_names())
    assert told(whole, "whole") == told(texts, "apart")
    there = ast.parse(whole["firmware/app.py"]).body
    given = [ast.unparse(one.value) for one in there if isinstance(one, ast.Assign)]
    assert given == ["1", "'a text that is no name'", "1 << 30"], "what changes, what is no number"


def test_a_joined_module_still_offers_the_numbers_that_the_whole_has_not(tmp_path, monkeypatch):
    loaded(bundle.joined(TEXTS, bundle.cheap_names()), tmp_path, monkeypatch)
    from firmware import app
    from lib import other

    assert other.LIMIT == 3 and 3 not in vars(app).values()
