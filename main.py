"""Starts the product, unless boot.py found a reason not to."""

from firmware.board import Board

SAFE_MODE_S = 600  # then another try: a board that waits for ever for its owner is a dead board


def idle(board, why):
    """Silent and reachable: no output, the REPL is one Ctrl-C away."""
    import time

    print("Battery CT safe mode: %s. The output is off." % why)
    print("Ctrl-C for the REPL; crash.txt says what happened; trying again in 10 minutes.")
    for _ in range(SAFE_MODE_S):
        board.led(True)
        time.sleep_ms(100)
        board.led(False)
        time.sleep_ms(900)
    board.forget_crashes()
    board.reset()


board = Board()
why = globals().get("safe_mode", "")
if why:
    idle(board, why)
else:
    from firmware import app  # after the radio has taken its memory

    app.start(board)
