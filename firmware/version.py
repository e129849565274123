"""The version of the firmware, as the page, the console and the CHANGELOG name it."""

VERSION = "0.1.0"
