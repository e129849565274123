"""Find where a SunSpec inverter keeps its models: the layout moves the registers.

A SunSpec map begins with "SunS" at wire address 40000 and goes on as a chain of models, each with
its number and length in front, until number 0xFFFF. Source: SunSpec Device Information Model
Specification.
"""

from micropython import const

from firmware.inverter.fields import Field

_BASE = const(40000)
_MARK = const((0x5375, 0x6E53))  # "SunS"
_END = const(0xFFFF)
_MOST_MODELS = const(40)  # a chain longer than any real one is a broken one


async def models(ask):
    """Where each model's number stands: {model: wire address}, empty if this is no SunSpec map."""
    found = {}
    if await ask(3, _BASE, 2) != _MARK:
        return found
    address = _BASE + 2
    for _ in range(_MOST_MODELS):
        model, length = await ask(3, address, 2)
        if model == _END or address + length + 2 > 65000:
            break
        found.setdefault(model, address)
        address += 2 + length
    return found


async def located(profile, ask):
    """The profile with its registers moved to where this inverter has them.

    profile.sunspec lists [model, its usual address]: registers from there on belong to that model.
    """
    found = await models(ask)
    moves = [(usual, found[model] - usual) for model, usual in profile.sunspec if model in found]
    for name in dir(profile):
        field = getattr(profile, name)
        if isinstance(field, Field):
            setattr(profile, name, _moved(field, sorted(moves)))
    return profile


def _moved(field, moves):
    extras = dict(field.extras)
    if "sf" in extras:
        extras["sf"] = _address(extras["sf"], moves)
    address = _address(field.address, moves)
    return Field(field.function, address, field.type, field.scale, extras)


def _address(address, moves):
    by = 0
    for usual, distance in moves:
        if address >= usual:
            by = distance
    return address + by if 0 <= address + by <= 65535 else address
