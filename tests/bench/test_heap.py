"""The firmware fits the board's heap: what it holds and what it throws away, with budgets.

An ESP32-WROOM has about 149 kB free with its access point up, in 16-byte blocks of 32-bit words.
The 64-bit interpreter of set-up has words and floats of twice the size but the same byte code and
text, so the same firmware takes 1.5 times as much there (192 kB for 129 kB). A budget is what was
measured plus 3 %: less than any new module of importance takes. MICROPYTHON=… of a 32-bit,
single-precision build checks the board's own numbers.
"""

import pytest

from tools.bench import heap

IN_USE_BYTES = {32: 133_000, 64: 198_000}  # page open, console used
SIGNAL_PATH_BYTES_PER_S = {32: 150_000, 64: 300_000}  # floats of fit and tracker, mostly
CLIENT_BYTES_PER_S = {32: 16_000, 64: 30_000}  # one live view


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The firmware on the scales, once."""
    return heap.measure(tmp_path_factory.mktemp("heap"))


def test_what_was_measured_was_the_whole_product_at_work(measured):
    assert measured.because == "following"
    assert measured.answers == 4
    assert measured.views > 5
    assert measured.shown > 1500


def test_it_fits_with_page_and_console_in_use(measured):
    assert measured.in_use("console_used") < IN_USE_BYTES[measured.bits]


def test_a_closed_command_leaves_almost_nothing_behind(measured):
    assert measured.in_use("console_used") - measured.in_use("page_open") < 3000


def test_garbage_keeps_to_its_budget(measured):
    alone = measured.signal_path("alone")
    assert alone < SIGNAL_PATH_BYTES_PER_S[measured.bits]
    assert measured.rates["page_open"]["page"] < CLIENT_BYTES_PER_S[measured.bits]
    assert measured.signal_path("page_open") == pytest.approx(alone, rel=0.1)


def test_a_sample_of_the_mains_allocates_nothing(measured):
    for rates in measured.rates.values():
        assert rates["mains samples"] == 0
