"""Write, fill, check and plot the board with KiCad's own Python (pcbnew, KiCad 6).

Run by the system's Python, which has pcbnew:  python3 kicad.py BOARD.json FOLDER
BOARD.json comes from tools/hardware/board/__main__.py; FOLDER receives the board, Gerbers and
drill files. Imports nothing but its neighbour: the system's Python has none of our packages.
"""

import json
import sys
from pathlib import Path

import pcbnew
import steady

GERBERS = (
    ("F_Cu", pcbnew.F_Cu), ("B_Cu", pcbnew.B_Cu), ("F_Mask", pcbnew.F_Mask),
    ("B_Mask", pcbnew.B_Mask), ("F_SilkS", pcbnew.F_SilkS), ("F_Paste", pcbnew.F_Paste),
    ("Edge_Cuts", pcbnew.Edge_Cuts),
)  # fmt: skip


def mm(value):
    """KiCad's own unit."""
    return int(round(value * 1e6))


def at(x, y):
    """A point."""
    return pcbnew.wxPoint(mm(x), mm(y))


def outline(board, wide, high, holes):
    """Edge of the board and its four mounting holes."""
    corners = [(0, 0), (wide, 0), (wide, high), (0, high), (0, 0)]
    for (x1, y1), (x2, y2) in zip(corners[:-1], corners[1:], strict=True):
        line = pcbnew.PCB_SHAPE(board)
        line.SetShape(pcbnew.SHAPE_T_SEGMENT)
        line.SetStart(at(x1, y1))
        line.SetEnd(at(x2, y2))
        line.SetLayer(pcbnew.Edge_Cuts)
        line.SetWidth(mm(0.1))
        board.Add(line)
    for x, y in holes:
        circle = pcbnew.PCB_SHAPE(board)
        circle.SetShape(pcbnew.SHAPE_T_CIRCLE)
        circle.SetCenter(at(x, y))
        circle.SetEnd(at(x + 1.6, y))
        circle.SetLayer(pcbnew.Edge_Cuts)
        circle.SetWidth(mm(0.1))
        board.Add(circle)


def footprint(board, nets, part):
    """One part with its pads, body on the silk screen, reference and value."""
    made = pcbnew.FOOTPRINT(board)
    made.SetReference(part["ref"])
    made.SetValue(part["value"])
    made.SetFPID(pcbnew.LIB_ID("battery-ct", part["package"]))
    made.SetPosition(at(part["x"], part["y"]))
    made.SetAttributes(pcbnew.FP_THROUGH_HOLE if part["hole"] else pcbnew.FP_SMD)
    board.Add(made)
    for pad in part["pads"]:
        one = pcbnew.PAD(made)
        size = pcbnew.wxSize(mm(pad["wide"]), mm(pad["high"]))
        one.SetSize(size)
        one.SetName(pad["name"])
        if pad["drill"]:
            one.SetAttribute(pcbnew.PAD_ATTRIB_PTH)
            one.SetShape(pcbnew.PAD_SHAPE_CIRCLE)
            one.SetDrillSize(pcbnew.wxSize(mm(pad["drill"]), mm(pad["drill"])))
            one.SetLayerSet(one.PTHMask())
        else:
            one.SetAttribute(pcbnew.PAD_ATTRIB_SMD)
            one.SetShape(pcbnew.PAD_SHAPE_RECT)
            one.SetLayerSet(one.SMDMask())
        made.Add(one)
        one.SetPosition(at(pad["x"], pad["y"]))
        one.SetPos0(at(pad["x"] - part["x"], pad["y"] - part["y"]))
        if pad["net"]:
            one.SetNet(nets[pad["net"]])
    left, top, right, bottom = part["body"]
    frame = pcbnew.FP_SHAPE(made)
    frame.SetShape(pcbnew.SHAPE_T_RECT)
    frame.SetStart0(at(left - part["x"], top - part["y"]))
    frame.SetEnd0(at(right - part["x"], bottom - part["y"]))
    frame.SetStart(at(left, top))
    frame.SetEnd(at(right, bottom))
    frame.SetLayer(pcbnew.F_Fab)
    frame.SetWidth(mm(0.1))
    made.Add(frame)
    for text, y in ((made.Reference(), (top + bottom) / 2), (made.Value(), (top + bottom) / 2)):
        text.SetPosition(at((left + right) / 2, y))
        text.SetTextSize(pcbnew.wxSize(mm(0.8), mm(0.8)))
        text.SetTextThickness(mm(0.12))
    made.Reference().SetLayer(pcbnew.F_Fab)
    made.Value().SetVisible(False)
    made.Value().SetLayer(pcbnew.F_Fab)
    printed(board, part["ref"], *part["label"], 0.8)


def printed(board, text, x, y, high):
    """A word on the silk screen."""
    label = pcbnew.PCB_TEXT(board)
    label.SetText(text)
    label.SetPosition(at(x, y))
    label.SetLayer(pcbnew.F_SilkS)
    label.SetTextSize(pcbnew.wxSize(mm(high), mm(high)))
    label.SetTextThickness(mm(0.15 * high))
    board.Add(label)


def silk(board, data):
    """Dots at pin 1, words, and lines along the barriers."""
    for x, y in data["dots"]:
        dot = pcbnew.PCB_SHAPE(board)
        dot.SetShape(pcbnew.SHAPE_T_CIRCLE)
        dot.SetFilled(True)
        dot.SetCenter(at(x, y))
        dot.SetEnd(at(x + data["radius"] - 0.05, y))
        dot.SetWidth(mm(0.1))
        dot.SetLayer(pcbnew.F_SilkS)
        board.Add(dot)
    for word in data["words"]:
        printed(board, *word)
    for x1, y1, x2, y2 in data["lines"]:
        line = pcbnew.PCB_SHAPE(board)
        line.SetShape(pcbnew.SHAPE_T_SEGMENT)
        line.SetStart(at(x1, y1))
        line.SetEnd(at(x2, y2))
        line.SetLayer(pcbnew.F_SilkS)
        line.SetWidth(mm(0.2))
        board.Add(line)


def zone(board, nets, net, layer, corners):
    """A filled area of a net."""
    made = pcbnew.ZONE(board)
    made.SetLayer(layer)
    made.SetNetCode(nets[net].GetNetCode())
    shape = made.Outline()
    shape.NewOutline()
    for x, y in corners:
        shape.Append(mm(x), mm(y))
    made.SetLocalClearance(mm(0.25))
    made.SetMinThickness(mm(0.25))
    made.SetPadConnection(pcbnew.ZONE_CONNECTION_THERMAL)
    made.SetThermalReliefGap(mm(0.3))
    made.SetThermalReliefSpokeWidth(mm(0.4))
    made.SetIslandRemovalMode(pcbnew.ISLAND_REMOVAL_MODE_ALWAYS)
    board.Add(made)
    return made


def copper(board, nets, data):
    """Tracks, vias and zones."""
    layers = (pcbnew.F_Cu, pcbnew.B_Cu)
    for net, layer, x1, y1, x2, y2, width in data["tracks"]:
        track = pcbnew.PCB_TRACK(board)
        track.SetStart(at(x1, y1))
        track.SetEnd(at(x2, y2))
        track.SetWidth(mm(width))
        track.SetLayer(layers[layer])
        track.SetNet(nets[net])
        board.Add(track)
    for net, x, y in data["vias"]:
        via = pcbnew.PCB_VIA(board)
        via.SetPosition(at(x, y))
        via.SetWidth(mm(0.6))
        via.SetDrill(mm(0.3))
        via.SetNet(nets[net])
        board.Add(via)
    for net, corners in data["zones"]:
        for layer in layers:
            zone(board, nets, net, layer, corners)


def plot(board, folder):
    """Gerbers, drill files and pictures of both sides."""
    control = pcbnew.PLOT_CONTROLLER(board)
    options = control.GetPlotOptions()
    options.SetOutputDirectory(str(folder / "gerber"))
    options.SetPlotFrameRef(False)
    options.SetUseGerberProtelExtensions(False)
    options.SetCreateGerberJobFile(False)
    options.SetSubtractMaskFromSilk(True)
    for name, layer in GERBERS:
        control.SetLayer(layer)
        control.OpenPlotfile(name, pcbnew.PLOT_FORMAT_GERBER, name)
        control.PlotLayer()
    control.ClosePlot()
    drill = pcbnew.EXCELLON_WRITER(board)
    drill.SetOptions(False, False, pcbnew.wxPoint(0, 0), True)
    drill.SetFormat(True)
    drill.CreateDrillandMapFilesSet(str(folder / "gerber"), True, False)


def main():
    """Make the board, fill it, check it, plot it; the exit code is KiCad's opinion."""
    data = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(sys.argv[2]).resolve()
    (folder / "gerber").mkdir(parents=True, exist_ok=True)
    file = folder / "battery-ct.kicad_pcb"
    board = pcbnew.NewBoard(str(file))
    settings = board.GetDesignSettings()
    settings.m_TrackMinWidth = mm(0.2)
    settings.m_MinClearance = mm(0.2)
    settings.m_ViasMinSize = mm(0.5)
    settings.m_CopperEdgeClearance = mm(0.5)
    nets = {}
    for name in data["nets"]:
        nets[name] = pcbnew.NETINFO_ITEM(board, name)
        board.Add(nets[name])
    outline(board, data["wide"], data["high"], data["holes"])
    for part in data["parts"]:
        footprint(board, nets, part)
    copper(board, nets, data)
    silk(board, data["silk"])
    board.BuildConnectivity()
    pcbnew.ZONE_FILLER(board).Fill(board.Zones())
    board.BuildConnectivity()
    board.SetFileName(str(file))
    pcbnew.SaveBoard(str(file), board)
    file.write_text(steady.steady(file.read_text()))
    board = pcbnew.LoadBoard(str(file))  # what is checked and plotted is what is handed out
    pcbnew.WriteDRCReport(board, str(folder / "drc.txt"), pcbnew.EDA_UNITS_MILLIMETRES, True)
    plot(board, folder)


if __name__ == "__main__":
    main()
