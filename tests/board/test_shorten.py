"""Short private names on the board: nothing public changes, nothing that meets is mixed up."""

import ast
import re

from tools.board import arguments, flash, shorten

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
    short = shorten.mapping(texts())
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


def test_names_of_others_and_public_ones_stay():
    short = shorten.mapping(texts())
    assert "_io_queue" not in short
    made = shorten.shortened(ONE, short)
    assert "public" in made and "Child" in made and "_mine" not in made


def test_names_that_never_meet_share_a_short_one():
    short = shorten.mapping(texts())
    assert short["_alone"] in {short["_theirs"], short["_mine"], short["_asyncio_like"]}


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
    assert max(len(new) for new, _ in pairs) <= 3
