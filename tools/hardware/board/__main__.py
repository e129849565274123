"""`make hardware`: place, route, fill, check and plot the board with KiCad, check the schematic.

Gerbers, drill file and reports stay in build/hardware; the routed board goes to hardware/.
`--rules` only checks the schematic.
"""

import csv
import json
import shutil
import subprocess
import sys

from tools.hardware import netlist
from tools.hardware.board import distance, pictures, placing, routing, silk, window
from tools.hardware.board.footprints import FOOTPRINTS, turned
from tools.hardware.bom import FILE

HARDWARE = FILE.parent
BUILD = FILE.parents[1] / "build" / "hardware"
KICAD = FILE.parents[1] / "tools" / "hardware" / "board" / "kicad.py"
HOLES = ((4.5, 107.5), (165, 50.5), (114, 4.5), (53, 4.5))  # nylon: no metal near a barrier


def description(places, board):
    """All that kicad.py needs, as plain data."""
    parts = []
    for part in netlist.PARTS:
        x, y, quarters = places[part.ref]
        print_of = FOOTPRINTS[part.package]
        ends = [turned(*p, quarters) for p in (print_of.body[:2], print_of.body[2:])]
        body = [x + min(e[0] for e in ends), y + min(e[1] for e in ends),
                x + max(e[0] for e in ends), y + max(e[1] for e in ends)]  # fmt: skip
        pads = [
            dict(zip(("name", "net", "x", "y", "wide", "high", "drill"), pad[1:], strict=True))
            for pad in board.pads
            if pad[0] == part.ref
        ]
        top = min([body[1]] + [p["y"] - p["high"] / 2 for p in pads])
        parts.append({
            "ref": part.ref, "value": part.shown, "package": part.package, "x": x, "y": y,
            "pads": pads, "body": body, "hole": any(p["drill"] for p in pads),
            "label": [x, top - 0.75], "tall": print_of.tall,
        })  # fmt: skip
    zones = []
    for net, side in (("GND", "logic"), ("GNDI", "rs485")):
        left, top, right, bottom = placing.AREAS[side][0]
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        if side == "logic":
            bulge = placing.AREAS[side][1]
            corners[2:2] = [(right, bulge[1]), (bulge[2], bulge[1]), (bulge[2], bottom)]
        zones.append((net, corners))
    return {
        "wide": placing.WIDE, "high": placing.HIGH, "holes": HOLES, "parts": parts,
        "nets": list(netlist.nets()), "tracks": board.tracks, "vias": board.vias, "zones": zones,
        "silk": silk.everything(parts),
    }  # fmt: skip


def pick_and_place(places):
    """Rows for a machine: only what is soldered onto the surface."""
    yield "reference", "value", "package", "x_mm", "y_mm", "rotation", "side"
    for part in netlist.PARTS:
        if not any(pad.drill for pad in FOOTPRINTS[part.package].pads):
            x, y, quarters = places[part.ref]
            yield (part.ref, part.shown, part.package, f"{x:g}", f"{placing.HIGH - y:g}",
                   (360 - 90 * quarters) % 360, "top")  # fmt: skip


def rules():
    """How often KiCad objects to the schematic, and how many nets it reads otherwise."""
    try:
        report, differ = window.check(BUILD / "editor")
    except window.NoWindow as why:
        print(f"the schematic was not checked by KiCad: {why}")
        return 1
    (BUILD / "erc.txt").write_text(report)
    found = window.count(report)
    print(f"electrical rules: KiCad objects {found} times")
    print(f"netlist that KiCad reads from the schematic: {len(differ)} nets differ", *differ)
    return found + len(differ)


def main():
    """Make everything; not 0 if KiCad or the distances object."""
    BUILD.mkdir(parents=True, exist_ok=True)
    if sys.argv[1:] == ["--rules"]:
        sys.exit(bool(rules()))
    places = placing.everything()
    print("routing …", flush=True)
    board = routing.routed(places)
    data = BUILD / "board.json"
    data.write_text(json.dumps(description(places, board)))
    done = subprocess.run(["/usr/bin/python3", KICAD, data, BUILD], check=False)
    if done.returncode:
        sys.exit("KiCad's Python is missing or failed (Debian, Ubuntu: package kicad)")
    with (BUILD / "pick-and-place.csv").open("w") as file:
        csv.writer(file, lineterminator="\n").writerows(pick_and_place(places))
    report = (BUILD / "drc.txt").read_text()
    apart = distance.smallest(BUILD / "battery-ct.kicad_pcb")
    for name in ("battery-ct.kicad_pcb", "pick-and-place.csv"):
        shutil.copy(BUILD / name, HARDWARE / name)
    pictures.write(json.loads(data.read_text()), FILE.parents[1] / "docs" / "schematic")
    bad = [line for line in report.splitlines() if line.startswith("[")]
    print(f"{len(board.tracks)} tracks, {len(board.vias)} vias")
    print(f"design rules: KiCad objects {len(bad)} times")
    for (one, two), millimetres in apart.items():
        print(f"{one} to {two}: {millimetres:.2f} mm")
    sys.exit(bool(rules()) or bool(bad) or min(apart.values()) < placing.GAP)


if __name__ == "__main__":
    main()
