"""The pin maps of firmware/board.py, read from its source: it runs on the board alone."""

import ast
from pathlib import Path

BOARD = Path(__file__).parents[2] / "firmware" / "board.py"
BOARDS = {"devkit_wroom32": "ESP32 DevKit (WROOM-32)", "nano_esp32": "Arduino Nano ESP32"}
# Use of a pin -> (net of the board, words).
USES = {
    "ct": ("DATA", "pulse stream to the gate"),
    "clock": ("–", "I2S bit clock; nothing is wired to it"),
    "word": ("WORD", "I2S word clock to the gate"),
    "mains": ("MAINS", "mains sensing"),
    "sense": ("SENSE", "readback, optional"),
    "tx": ("TX", "to the RS485 transceiver"),
    "rx": ("RX", "from the RS485 transceiver"),
    "de": ("DE", "high while sending; leave open if the module switches by itself"),
    "button": ("–", "to ground while boot.py looks: safe mode"),
    "led": ("–", "the board's own LED"),
}
SILK = {
    "nano_esp32": {5: "D2", 6: "D3", 7: "D4", 1: "A0", 2: "A1", 43: "TX", 44: "RX", 8: "D5",
                   47: "D12", 48: "D13"}
}  # fmt: skip


def maps():
    """{board: {use: GPIO}} as the firmware has it."""
    tree = ast.parse(BOARD.read_text())
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id in ("Pins", "PINS"):
            found[node.targets[0].id] = node.value
    fields = ast.literal_eval(found["Pins"].args[1])
    boards = zip(found["PINS"].keys, found["PINS"].values, strict=True)
    return {
        ast.literal_eval(name): dict(
            zip(fields, (ast.literal_eval(a) for a in call.args), strict=True)
        )
        for name, call in boards
    }


def rows():
    """Markdown table of all boards' pins."""
    boards = maps()
    lines = [
        "| use | net | " + " | ".join(BOARDS[b] for b in boards) + " |",
        "|---|---|" + "---|" * len(boards),
    ]
    for use, (net, words) in USES.items():
        cells = (_pin(board, pins[use]) for board, pins in boards.items())
        lines.append(f"| {words} | {net} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _pin(board, gpio):
    silk = SILK.get(board, {}).get(gpio)
    return f"{silk} (GPIO {gpio})" if silk else f"GPIO {gpio}"
