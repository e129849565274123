"""axe-core, the accessibility checker: fetched by npm into build/, verified, not committed."""

import base64
import hashlib
import shutil
import subprocess
import tarfile

from tools.micropython import ROOT

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
ARCHIVE = ROOT / "build" / "downloads" / f"axe-core-{VERSION}.tgz"


def script() -> str:
    """The checker's source; "" where it can't be had."""
    if not ARCHIVE.exists():
        if not shutil.which("npm"):
            return ""
        ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", f"axe-core@{VERSION}"]
        done = subprocess.run(
            command, cwd=ARCHIVE.parent, capture_output=True, timeout=120, check=False
        )
        if done.returncode or not ARCHIVE.exists():
            return ""
    found = base64.b64encode(hashlib.sha512(ARCHIVE.read_bytes()).digest()).decode()
    assert found == SHA512, f"{ARCHIVE.name} is not the file that was pinned; delete it"
    with tarfile.open(ARCHIVE) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member
        return member.read().decode()


def violations(page) -> list[str]:
    """What a person with a screen reader, a keyboard or weak eyes would stumble over."""
    page.run(script())
    return page.run(
        "return axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target + ' '"
        " + n.html.slice(0, 80)).join(' | ')))"
    )
