"""`wifi`: what a person needs to reach the page."""

HELP = "wifi", "name, password and page address"
NEEDS = "firmware.views.wifi"


def obey(parts, words, wifi):
    """One line of it."""
    yield wifi.greeting(parts.settings)
