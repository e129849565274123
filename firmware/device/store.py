"""Where the settings are kept. What reads and writes there is in memory only while it does so."""


class Store:
    """One file on a disk (None: the board's flash), for firmware/device/settings_file.py."""

    def __init__(self, path="settings.json", disk=None):
        self.path = path
        self.disk = disk
