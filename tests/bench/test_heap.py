"""The firmware fits the board's heap: what it holds and what it throws away.

Measured on an interpreter with a board's words where there is one (make micropython32) and on the
64-bit one of set-up; the budgets of both are in tools/bench/heap_budget.py.
"""

import os

import pytest

from tools.bench import heap
from tools.bench import heap_budget as budget
from tools.micropython import MICROPYTHON32


@pytest.fixture(scope="module", params=[32, 64])
def measured(request, tmp_path_factory):
    """The firmware on the scales, once for each interpreter."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == 32 and not os.environ.get("MICROPYTHON"):
            if not MICROPYTHON32.exists():
                pytest.skip("make micropython32 builds the interpreter with a board's words")
            patch.setenv("MICROPYTHON", str(MICROPYTHON32))
        elif request.param == 64 and os.environ.get("MICROPYTHON"):
            pytest.skip("MICROPYTHON names the one interpreter of this run")
        return heap.measure(tmp_path_factory.mktemp("heap"))


def test_what_was_measured_was_the_whole_product_at_work(measured):
    assert measured.because == "following"
    assert measured.answers == 8  # of two browsers
    assert measured.views > 5
    assert measured.shown > 1500


def test_it_fits_at_rest(measured):
    assert measured.in_use("at_rest") < budget.REST[measured.bits]


def test_it_fits_with_page_and_console_in_use(measured):
    assert measured.in_use("console_used") < budget.IN_USE[measured.bits]


def test_a_closed_command_leaves_almost_nothing_behind(measured):
    left = measured.in_use("console_used") - measured.in_use("page_open")
    assert left < budget.CLOSED_COMMAND


def test_garbage_keeps_to_its_budget(measured):
    bits = measured.bits
    alone = measured.signal_path("alone")
    assert alone < budget.SIGNAL_PATH_PER_S[bits]
    assert sum(measured.rates["alone"].values()) < budget.GARBAGE_PER_S[bits]
    assert measured.rates["page_open"]["page"] < budget.CLIENT_PER_S[bits]
    assert measured.signal_path("page_open") == pytest.approx(alone, rel=0.1)


def test_a_sample_of_the_mains_allocates_nothing(measured):
    for rates in measured.rates.values():
        assert rates["mains samples"] == 0
