"""The board's numbers on CPython: 32-bit words, single floats, ticks that aren't numbers.

`Board().load("lib.waveform")` gives a module of the product whose arithmetic is done as the ESP32
does it; `Board(bits=64, floats=float)`, as the simulator's 64-bit interpreter does it. Its source
is read anew and marked: in functions under `micropython.viper` each integer is a Word, in the
others each float a Single and each division one of Singles.

- Word: an integer that raises Overflow as soon as a sum, product or shift needs more than `bits`.
- Pointer: what ptr8, ptr16, ptr32 are in viper; loads are unsigned on the 64-bit interpreter, and
  on the board a 32-bit load is the word itself, top bit and all.
- Single: a float rounded to 24 bits of mantissa after each operation.
- Ticks: a time stamp. Arithmetic with it raises TypeError; only ticks_add and ticks_diff, and
  viper functions, which mask, may touch it.
"""

import ast
import builtins
import math
import operator
import types

import numpy as np

from tools.micropython import ROOT

TICKS = 1 << 30


class Overflow(ArithmeticError):
    """An integer that does not fit the board's word."""


class Kind:
    """A width of words and what a 32-bit load makes of the top bit."""

    def __init__(self, bits, signed_loads):
        self.low, self.high = -(1 << bits - 1), (1 << bits - 1) - 1
        self.signed_loads = signed_loads
        self.largest = 0  # magnitude of any result of an operation so far
        kind = self

        class BoundWord(Word):
            pass

        BoundWord.kind = kind
        self.word = BoundWord


class Word(int):
    """An integer of limited width; what comes out of its operations is one, too."""

    kind: Kind

    def __new__(cls, value):
        if not cls.kind.low <= value <= cls.kind.high:
            raise Overflow(f"{int(value)} does not fit a word")
        return super().__new__(cls, value)


def _checked(name):
    plain = getattr(int, name)

    def operation(self, other):
        if isinstance(other, float):
            raise TypeError("a float in viper code")
        value = type(self)(plain(int(self), int(other)))
        self.kind.largest = max(self.kind.largest, abs(int(value)))
        return value

    return operation


for _name in ("add", "sub", "mul", "floordiv", "mod", "and", "or", "xor", "lshift", "rshift"):
    for _full in (f"__{_name}__", f"__r{_name}__"):
        setattr(Word, _full, _checked(_full))
Word.__neg__ = lambda self: type(self)(-int(self))


class Pointer:
    """Memory seen through a viper pointer."""

    def __init__(self, kind, code, buffer):
        self._kind = kind
        self._memory = memoryview(buffer).cast("B").cast(code)
        self._bits = 8 * self._memory.itemsize

    def __getitem__(self, place):
        value = self._memory[place]
        if self._kind.signed_loads and self._bits == 32 and value >= 1 << 31:
            value -= 1 << 32
        return self._kind.word(value)

    def __setitem__(self, place, value):
        if not -(1 << self._bits - 1) <= value < 1 << self._bits:
            raise Overflow(f"{int(value)} stored into {self._bits} bits")
        self._memory[place] = int(value) & (1 << self._bits) - 1


class Ticks(int):
    """A time stamp: an int to whoever stores it, no number to whoever calculates."""


def _no_number(self, *_other):
    raise TypeError("a time stamp is not a number; take ticks_diff first")


for _name in (
    *("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv", "rfloordiv"),
    *("mod", "rmod", "neg", "lt", "le", "gt", "ge", "float", "pow", "rpow", "abs", "round"),
):
    setattr(Ticks, f"__{_name}__", _no_number)


class Single(float):
    """A float of the board."""

    def __new__(cls, value):
        if isinstance(value, Ticks):
            _no_number(value)
        return super().__new__(cls, np.float32(value))


def _single(name):
    function = getattr(operator, name)

    def operation(self, other):
        return Single(function(np.float32(self), np.float32(Single(other))))

    def reflected(self, other):
        return Single(function(np.float32(Single(other)), np.float32(self)))

    return operation, reflected


for _name in ("add", "sub", "mul", "truediv", "pow"):
    _forth, _back = _single(_name)
    setattr(Single, f"__{_name}__", _forth)
    setattr(Single, f"__r{_name}__", _back)
Single.__neg__ = lambda self: Single(-float(self))
Single.__abs__ = lambda self: Single(abs(float(self)))


class _Rewriter(ast.NodeTransformer):
    """Wraps integers in viper functions, floats and divisions in the others."""

    def __init__(self):
        self._in_viper = False

    def visit_FunctionDef(self, node):
        marks = [getattr(mark, "attr", "") for mark in node.decorator_list]
        if "viper" not in marks:
            return self.generic_visit(node)
        self._in_viper = True
        node.body = [self.visit(part) for part in node.body]
        self._in_viper = False
        return node

    def visit_Constant(self, node):
        if self._in_viper and type(node.value) is int:
            return _call("_Word", node)
        if not self._in_viper and type(node.value) is float:
            return _call("_Float", node)
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if self._in_viper or not isinstance(node.op, ast.Div):
            return node
        return ast.BinOp(_call("_Float", node.left), ast.Div(), node.right)


def _call(name, *arguments):
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _viper(kind):
    """The decorator: arguments become words and pointers, as their annotations say."""

    def decorate(function):
        wanted = [v for k, v in function.__annotations__.items() if k != "return"]

        def called(*arguments):
            values = [
                value if want is object else kind.word(int(value)) if want is int else want(value)
                for want, value in zip(wanted, arguments, strict=True)
            ]
            found = function(*values)
            return int(found) if isinstance(found, int) else found

        return called

    return decorate


def _math(number):
    """`math` whose functions round as the board's single-precision library does."""
    rounded = types.SimpleNamespace(pi=number(math.pi), floor=math.floor)
    for name in ("sqrt", "sin", "cos", "atan2"):
        function = getattr(math, name)
        setattr(rounded, name, lambda *x, function=function: number(function(*map(number, x))))
    return rounded


class Board:
    """Loads modules of the product onto numbers of one kind; `now_us` is what ticks_us tells."""

    def __init__(self, bits=32, floats=Single, replace=()):
        self.kind = Kind(bits, signed_loads=bits == 32)
        self.now_us = 0
        self._floats = floats
        self._replace = replace  # pairs of source text: a fault that the checker must find
        self.replaced = 0  # times that one of them was found
        self._loaded = {}
        self._given = {
            "micropython": types.SimpleNamespace(viper=_viper(self.kind), const=lambda x: x),
            "math": _math(floats),
            "time": types.SimpleNamespace(
                ticks_us=lambda: Ticks(self.now_us % TICKS),
                ticks_add=lambda ticks, delta: Ticks((int(ticks) + int(delta)) % TICKS),
                ticks_diff=lambda a, b: (int(a) - int(b) + TICKS // 2) % TICKS - TICKS // 2,
            ),
        }

    def load(self, name):
        """The module of that dotted name."""
        if name not in self._loaded:
            path = ROOT / (name.replace(".", "/") + ".py")
            text = path.read_text()
            for old, new in self._replace:
                self.replaced += text.count(old)
                text = text.replace(old, new)
            tree = ast.fix_missing_locations(_Rewriter().visit(ast.parse(text, str(path))))
            module = types.ModuleType(name)
            module.__dict__.update(self._names())
            exec(compile(tree, str(path), "exec"), module.__dict__)
            self._loaded[name] = module
        return self._loaded[name]

    def _names(self):
        word = self.kind.word
        return {
            "__builtins__": {**vars(builtins), "__import__": self._import},
            "_Word": word,
            "_Float": self._floats,
            "ptr8": lambda b: Pointer(self.kind, "B", b),
            "ptr16": lambda b: Pointer(self.kind, "H", b),
            "ptr32": lambda b: Pointer(self.kind, "I", b),
        }

    def _import(self, name, globals=None, locals=None, fromlist=(), level=0):
        if name in self._given:
            return self._given[name]
        if name.split(".")[0] not in ("lib", "firmware"):
            return builtins.__import__(name, globals, locals, fromlist, level)
        if (ROOT / (name.replace(".", "/") + ".py")).exists():
            return self.load(name)
        return types.SimpleNamespace(**{one: self.load(f"{name}.{one}") for one in fromlist})
