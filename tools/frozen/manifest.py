"""Manifest of an image for an ESP32: what MicroPython freezes there anyway, then the product."""

include("$(PORT_DIR)/boards/manifest.py")  # noqa: F821 - words of MicroPython's manifests
include("product.py")  # noqa: F821
