"""The page's files, gzipped, from the flash; a browser that has this very one is told so."""

from firmware.views import web
from firmware.views.web import RefusedError
from lib.ondemand import folder

FOLDER = folder("firmware.views") + "/page/"
_FILES = {"/": "index.html"}
for _name in ("way.js", "more.js", "home.js"):
    _FILES["/" + _name] = _name


def get(_parts, request):
    """One file; whatever else is asked for leads to the page."""
    name = _FILES.get(request.path)
    if name is None:
        near = request.headers.get("host", web.ADDRESS).split(":")[0] != web.ADDRESS
        return 302, "Location: %s\r\nContent-Length: 0\r\n" % ("/" if near else web.URL), b""
    try:
        file = open(FOLDER + name + ".gz", "rb")
    except OSError:
        words = "The page %s is not on this device; flash it again." % name
        raise RefusedError(500, words) from None
    length = file.seek(0, 2)
    file.seek(-8, 2)  # a gzip file ends with the check sum and the length of what is in it
    tag = '"%s"' % file.read(8).hex()
    head = "Cache-Control: no-cache\r\nETag: %s\r\n" % tag
    if request.headers.get("if-none-match") == tag:
        file.close()
        return 304, head, b""
    file.seek(0)
    kind = {"html": "html", "js": "javascript"}[name.rsplit(".", 1)[1]]
    head += "Content-Type: text/%s; charset=UTF-8\r\n" % kind
    return 200, head + "Content-Encoding: gzip\r\nContent-Length: %d\r\n" % length, file
