"""Draws the rooms of the house, docs/rooms.svg and docs/rooms-tools.svg, from the real imports."""

from pathlib import Path

from tools.micropython import ROOT
from tools.rooms import arrows, drawing

# For each room its title and, in a few words, what it is for.
CAPTIONS = {
    "start": ("boot.py  main.py", "start, or safe mode"),
    "app": ("app.py  board.py", "the product; its hardware"),
    "views": ("views/", "how people look and steer"),
    "device": ("device/", "what it keeps of itself"),
    "signal": ("signal/", "mains → current"),
    "inverter": ("inverter/", "register → Reading"),
    "policy": ("policy.py", "what to show, and why"),
    "lib": ("lib/", "bytes and numbers"),
    "product": ("the product", "firmware/  lib/"),
    "meter": ("tests/meter.py", "shares no code with the rest"),
    "analog": ("analog/", "the stage in ngspice"),
    "bench": ("bench/", "how exact, how large"),
    "board": ("board/", "to a real board, by its port"),
    "fake_inverter": ("fake_inverter/", "any inverter on a desk"),
    "hardware": ("hardware/", "one netlist: drawings, parts"),
    "manual": ("manual/", "what is said → troubleshooting"),
    "plant": ("plant/", "mains, stage, Zappi"),
    "play": ("play/", "the plant alive, or in a hurry"),
    "profiles": ("profiles/", "inverters' documents → data"),
    "rooms": ("rooms/", "this picture"),
    "virtual": ("virtual/", "a board's modules, imitated"),
}


def product(root: Path = ROOT) -> str:
    """The picture of firmware/ and lib/."""
    floors = [list(floor) for floor in arrows.FLOORS]
    return drawing.draw(floors, arrows.arrows(root), CAPTIONS)


def tools(root: Path = ROOT) -> str:
    """The picture of tools/ over the product."""
    pairs = arrows.arrows(root, arrows.tools_room)
    rooms = {room for path in arrows.files(root) if (room := arrows.tools_room(path))}
    return drawing.draw(arrows.computed_floors(pairs, rooms), pairs, CAPTIONS)


PICTURES = {"docs/rooms.svg": product, "docs/rooms-tools.svg": tools}

if __name__ == "__main__":
    for name, picture in PICTURES.items():
        (ROOT / name).write_text(picture())
        print(name)
