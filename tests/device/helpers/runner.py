"""Runs one file of tests on MicroPython and says on standard output how each test went.

    micropython runner.py MODULE [Class.test_name …]      without names: all of the module's tests

Lines for the collector begin with a record separator: begin NAME, ok NAME, skip NAME REASON,
fail NAME, end. What else is printed, and the traceback of a failure, belongs to the test that
began last.
"""

import sys
import unittest

_MARK = "\x1e"


def tests(module):
    """Pairs of class and method name, in the order of their names."""
    for class_name in sorted(dir(module)):
        case = getattr(module, class_name)
        if isinstance(case, type) and issubclass(case, unittest.TestCase):
            for name in sorted(dir(case)):
                if name.startswith("test"):
                    yield case, name


def run_one(case, name):
    """Run one test on a fresh object, tearDown even after a failure; returns the line to print."""
    test = case()
    full_name = case.__name__ + "." + name
    try:
        getattr(test, "setUp", _nothing)()
        try:
            getattr(test, name)()
        finally:
            getattr(test, "tearDown", _nothing)()
    except unittest.SkipTest as why:
        return "skip %s %s" % (full_name, why.args[0] if why.args else "no reason given")
    except Exception as why:
        sys.print_exception(why)
        return "fail " + full_name
    return "ok " + full_name


def _nothing():
    """Stand in for a setUp or tearDown that a class does not have."""


def main(module_name, wanted):
    """Run the wanted tests (an empty list means all)."""
    module = __import__(module_name)
    for case, name in tests(module):
        full_name = case.__name__ + "." + name
        if not wanted or full_name in wanted:
            print(_MARK + "begin " + full_name)
            print(_MARK + run_one(case, name))
    print(_MARK + "end")


main(sys.argv[1], sys.argv[2:])
