"""Files that are two things at once: a picture or a PDF for us, a page, an archive or a program for whoever saves it under another name."""

from __future__ import annotations

import re

from documents.atelier import jpeg

ARCHIVE = "une archive ZIP"
ANYWHERE = {
    "une page web": re.compile(rb"<(?:html|script|!doctype|svg|body|iframe)[\s>]", re.IGNORECASE),
    "un PDF": re.compile(rb"%PDF-\d"),
    "un programme": re.compile(rb"<\?php|#!/|This program cannot be run"),
    "une archive": re.compile(rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c"),
}
"""What nothing appended to a file by a telephone or a scanner contains, wherever it stands after the end."""
AT_START = {"un programme": (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe"), ARCHIVE: (b"PK\x03\x04",)}
"""Short signatures, which chance would write in a long enough film: looked for at the very end only."""
EOF = re.compile(rb"%%EOF")
BLANKS = b"\0\t\n\x0c\r "
ZIP_END, ZIP_ENTRY, ZIP_TAIL = b"PK\x05\x06", b"PK\x01\x02", 22 + 65535


def hidden_in(contenu: bytes, type: str) -> str:
    """What else a file of `type` is, in words (« une archive ZIP »), or an empty string.

    Telephones append a film, a second picture or their own notes to a JPEG: none of these is refused.
    """
    if _opens_as_zip(contenu):
        return ARCHIVE
    if type == "application/pdf":
        for mark in EOF.finditer(contenu):  # a PDF corrected since has several
            found = _begins(contenu[mark.end() : mark.end() + 512])
            if found:
                return found
    end = _end_of(contenu, type)
    if end is None:
        return ""
    return _begins(contenu[end:]) or next((words for words, pattern in ANYWHERE.items() if pattern.search(contenu, end)), "")


def _begins(tail: bytes) -> str:
    """What begins here, blanks aside."""
    start = tail[:512].lstrip(BLANKS)
    for words, starts in AT_START.items():
        if start.startswith(starts):
            return words
    return next((words for words, pattern in ANYWHERE.items() if pattern.match(start)), "")


def _opens_as_zip(contenu: bytes) -> bool:
    """Whether an archiver would open it: an end record near the end of the file, and a directory where it says."""
    place = contenu.rfind(ZIP_END, max(0, len(contenu) - ZIP_TAIL))
    if place < 0 or place + 22 > len(contenu):
        return False
    entries, size = int.from_bytes(contenu[place + 10 : place + 12], "little"), int.from_bytes(contenu[place + 12 : place + 16], "little")
    return entries > 0 and size <= place and contenu[place - size : place - size + 4] == ZIP_ENTRY


def _end_of(contenu: bytes, type: str) -> int | None:
    """Where the file's own format ends; None where nothing can be said (a TIFF is read by offsets)."""
    match type:
        case "application/pdf":
            mark = contenu.rfind(b"%%EOF")
            return mark + 5 if mark >= 0 else None
        case "image/jpeg":
            return jpeg.end_of(contenu)
        case "image/png":
            return _end_of_png(contenu)
        case "image/heic":
            return _end_of_boxes(contenu)
    return None


def _end_of_png(contenu: bytes) -> int | None:
    place = 8
    while place + 12 <= len(contenu):
        end = place + 12 + int.from_bytes(contenu[place : place + 4], "big")
        if contenu[place + 4 : place + 8] == b"IEND":
            return end
        place = end
    return None


def _end_of_boxes(contenu: bytes) -> int:
    """HEIC: boxes that each tell their length. What is no box is no part of it."""
    place = 0
    while place + 8 <= len(contenu):
        size, name = int.from_bytes(contenu[place : place + 4], "big"), contenu[place + 4 : place + 8]
        if size == 0:  # up to the end of the file
            return len(contenu)
        if size == 1:
            size = int.from_bytes(contenu[place + 8 : place + 16], "big")
        if size < 8 or not name.isalnum() or place + size > len(contenu):
            return place
        place += size
    return place
