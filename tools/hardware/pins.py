"""The pins of the boards as firmware/board_pins.py has them, for drawings and docs."""

from firmware import board_pins

BOARDS = {
    "devkit_wroom32": "ESP32 DevKit (WROOM-32)",
    "wrover": "ESP32 DevKit (WROVER)",
    "nano_esp32": "Arduino Nano ESP32",
    "s3_devkitc": "ESP32-S3-DevKitC-1",
}
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
    "led": (
        "–",
        "status LED: the board's own; on the S3-DevKitC one of yours, with 1 kΩ, if you like",
    ),
}
SILK = {
    "nano_esp32": {5: "D2", 6: "D3", 7: "D4", 1: "A0", 2: "A1", 43: "TX", 44: "RX", 8: "D5",
                   47: "D12", 48: "D13"}
}  # fmt: skip


def maps():
    """{board: {use: GPIO}} as the firmware has it."""
    return {
        name: dict(zip(board_pins.FIELDS, pins, strict=True))
        for name, _, pins, _ in board_pins.BOARDS
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
