"""`wifi`: what a person needs to reach the page."""

HELP = "wifi", "name, password and page address"
NEEDS = ("firmware.views.wifi",)


def obey(parts, words, wifi):
    """One line of it."""
    if parts.health.gauges.get("radio") is False:
        yield "The radio is off (setting radio). Press the button for a second to have it once."
        return
    yield wifi.greeting(parts.settings)
