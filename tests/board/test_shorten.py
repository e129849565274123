"""Cheap names on the board: what others may say stays, nothing that meets is mixed up."""

import ast
import re
import shutil
import subprocess

from tools.board import arguments, flash, public_names, shorten, translate
from tools.board.free_names import FREE
from tools.micropython import DEVICE, ROOT, interpreter

ONE = '''"""One."""
from lib.two import Parent


class Child(Parent):
    """Has a name of its own beside its parent's."""

    def __init__(self, value):
        super().__init__(value)
        self._mine = self._theirs + value

    def public(self, _given=0):
        """Kept."""
        return self._mine + _given
'''
TWO = '''"""Two."""


class Parent:
    """Seen by its child."""

    def __init__(self, value):
        self._theirs = value
        self._asyncio_like = value.core._io_queue
'''
THREE = '''"""Three."""


def _alone(_it):
    """Meets nobody."""
    return _it
'''


def texts():
    """Three modules, of which two are a family."""
    return {"lib/one.py": ONE, "lib/two.py": TWO, "lib/three.py": THREE}


def test_a_child_and_its_parent_share_names_and_no_short_one_means_two_things():
    short = shorten.mapping(texts(), "Parent, Child, public")
    assert short["_theirs"] != short["_mine"]
    made = {name: shorten.shortened(text, short) for name, text in texts().items()}
    names = {}
    exec(made["lib/two.py"], names)
    module = type("two", (), names)
    code = made["lib/one.py"].replace("from lib.two import Parent", "Parent = two.Parent")
    exec(code, scope := {"two": module})

    class Value(int):
        core = type("core", (), {"_io_queue": 1})

    assert scope["Child"](Value(3)).public() == 6


def test_names_that_others_say_stay():
    short = shorten.mapping(texts(), "board.public()")
    assert "_io_queue" not in short
    made = shorten.shortened(ONE, short)
    assert "public" in made and "_mine" not in made and "Child" not in made


SAID = '''"""A document that says documented."""
from collections import namedtuple

Fields = namedtuple("Fields", "first second")


class Thing:
    """Its attributes are asked for in several ways."""

    def __init__(self):
        self.documented = self.asked_for = self.keyword_too = self.first = 1
        self.formatted = f"{self.documented}"


def get_it(thing, **values):
    """As the interface calls it."""
    return getattr(thing, "asked_for", dict(keyword_too=1))


class OddError(Exception):
    """Its name is shown."""
'''


def test_a_name_in_a_string_a_keyword_or_a_call_by_words_stays():
    renamed = public_names.renamable({"lib/said.py": SAID}, "")
    assert renamed == {"Thing", "formatted"}  # `documented` stands in a format


def test_an_attribute_that_is_set_from_outside_is_nothing_elses_name():
    texts = {
        "lib/one.py": "class One:\n    def __init__(self):\n        self.inner_state = 1\n",
        "lib/two.py": "def mark(thing):\n    thing.from_outside = 1\n",
    }
    short = shorten.mapping(texts)
    assert short["from_outside"] != short["inner_state"]


def test_no_name_of_micropythons_own_objects_is_taken(monkeypatch):
    files = flash.sources()
    texts = {
        name: path.read_text()
        for name, path in files.items()
        if name.endswith(".py") and "/" in name and DEVICE not in path.parents
    }
    foreign = set()
    for stub in (flash.ROOT / "build/types").rglob("*.pyi"):
        text = stub.read_text()
        foreign |= set(re.findall(r"^\s*(?:async )?(?:def|class) (\w+)", text, re.M))
        foreign |= set(re.findall(r"^\s*(\w+)\s*:", text, re.M))
    assert len(foreign) > 1000
    assert not public_names.renamable(texts, "") & foreign


def test_the_images_own_names_cost_next_to_nothing_on_a_unix_build_too(tmp_path):
    code = f"""
import gc, names
free = names.widen()
for name in {FREE!r}:
    hasattr(0, name)
print(names.used(free))
"""
    (tmp_path / "cost.py").write_text(code)
    shutil.copy(flash.ROOT / "tools/virtual/names.py", tmp_path)
    done = subprocess.run(
        [interpreter(), "-X", "heapsize=3m", "cost.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert int(done.stdout) < len(FREE) / 6  # a unix build has no `machine`, and more it lacks


def test_names_that_never_meet_share_a_short_one():
    short = shorten.mapping(texts())
    assert short["_alone"] in {new for old, new in short.items() if old != "_alone"}


def test_every_line_of_the_product_stays_where_it_is(tmp_path):
    files = flash.sources()
    made = shorten.shorten(files, tmp_path)
    for name, path in made.items():
        if path != files[name]:
            before, after = files[name].read_text(), path.read_text()
            assert before.count("\n") == after.count("\n")
            assert outline(before) == outline(after), name


def outline(text):
    """The module's tree with all names of variables, arguments and attributes left out."""
    return re.sub(r"(id|arg|attr|name)='\w+'|names=\[[^]]*\]", "", ast.dump(ast.parse(text)))


ARGUMENTS = '''
LONG = 5


def given(first, second=LONG, *, third=3):
    """A default, a lambda that sees it, a function inside with a name of its own."""
    a = [first for first in (first, second)]

    def inner(first, fourth):
        return first + fourth + second + third

    return inner(a[0], 1) + (lambda value: value + second)(third)


def keeper(kept):
    return given(kept, third=LONG)
'''


def test_arguments_get_letters_and_mean_the_same():
    kept = arguments.named_in_calls([ast.parse(ARGUMENTS)])
    after = arguments.renamed(ARGUMENTS, kept)
    assert "second" not in after and "third" in after
    results = []
    for text in (ARGUMENTS, after):
        scope = {}
        exec(text, scope)
        results.append((scope["given"](1), scope["given"](2, 3, third=4), scope["keeper"](7)))
    assert results[0] == results[1]


def test_far_fewer_names_are_left(tmp_path):
    files = flash.sources()
    shorten.shorten(files, tmp_path)
    pairs = [line.split() for line in (tmp_path / "names.txt").read_text().splitlines()]
    assert len(pairs) > 200
    assert len({new for new, _ in pairs}) < len(pairs) / 3
    assert all(new in FREE or len(new) <= 3 for new, _ in pairs)


def test_a_traceback_of_a_board_gets_its_names_back():
    short = {"follow": "acos", "decide": "asin", "elsewhere": "acos"}
    words = {"firmware/app.py": {"follow"}, "firmware/policy.py": {"decide", "elsewhere"}}
    shown = '  File "app", line 1, in acos\n  File "policy", line 1, in asin\nValueError: no\n'
    expected = shown.replace("in acos", "in follow").replace("in asin", "in decide")
    assert translate.translated(shown, short, words, {}, {}) == expected


def test_a_traceback_out_of_the_joined_module_does_too():
    short = {"follow": "acos", "decide": "acos", "_fit": "asin"}
    words = {"firmware/app.py": {"follow"}, "firmware/policy.py": {"decide", "_fit"}}
    whole = {"firmware/app.py": {"acos": "acos"}, "firmware/policy.py": {"acos": "ceil"}}
    shown = (
        'File "app", line 1, in acos\nFile "app", line 1, in ceil\nFile "app", line 1, in asin\n'
    )
    expected = shown.replace("acos", "follow").replace("ceil", "decide").replace("asin", "_fit")
    assert translate.translated(shown, short, words, whole, {}) == expected


def test_boot_and_main_share_cheap_names_which_a_traceback_of_theirs_gives_back():
    texts = {name: (ROOT / name).read_text() for name in shorten.FIRST}
    own = shorten.names_of_first(texts)
    assert len(own) > 25
    assert len(set(own.values())) == len(own)
    for asked in ("safe_mode", "radio", "LED", "LED_ON"):  # by words, or of the namespace
        assert asked not in own
    short = shorten.shortened(texts["main.py"], own)
    compile(short, "main.py", "exec")
    assert "last_resort" not in short
    shown = f'  File "main.py", line 70, in {own["last_resort"]}\n'
    expected = '  File "main.py", line 70, in last_resort\n'
    assert translate.translated(shown, {}, {}, {}, own) == expected


def test_what_the_server_asks_a_module_for_by_its_path_keeps_its_name():
    text = """
def get_home(parts, request):
    pass
async def post_home(parts, body):
    pass
def anything_else():
    pass
"""
    found = public_names.renamable({"firmware/views/api_home.py": text}, "")
    assert found == {"anything_else"}


def test_what_is_set_on_an_object_from_outside_shares_no_name_with_what_the_object_has():
    """As lib/rtusettle.py notes on a client how late an answer was, without its class."""
    texts = {
        "lib/line.py": "class Line:\n    def __init__(self):\n        self._occupied = False\n",
        "lib/late.py": "def note(line):\n    line.lateness_took = 3\n",
        "lib/more.py": "class More:\n    def __init__(self):\n        self._another = 1\n",
    }
    short = shorten.mapping(texts)
    assert short["lateness_took"] not in {short["_occupied"], short["_another"]}
