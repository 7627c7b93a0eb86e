"""The JPEG format, as far as one must know it to find its end, or to take its metadata out without decoding it."""

from __future__ import annotations

import re
from collections.abc import Iterator

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
KEPT = {0xE0, 0xE2, 0xEE}
"""Of APP0 to APP15: JFIF, colour profile, Adobe's colour transform. The others carry EXIF, place, captions, thumbnails."""
COMMENT = 0xFE
_NEXT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""In the points themselves, a byte FF is followed by 00 or by a restart mark; anything else is the next segment."""


def segments(contenu: bytes) -> Iterator[tuple[int, int, int]]:
    """(mark, start, end) of each segment, the points that follow one included, up to the end mark. Stops where the format does."""
    place = 2
    yield SOI, 0, 2
    while place + 4 <= len(contenu) and contenu[place] == 0xFF:
        mark = contenu[place + 1]
        if mark == 0xFF:  # padding
            place += 1
            continue
        end = place + 2 + int.from_bytes(contenu[place + 2 : place + 4], "big")
        if mark == SOS:
            found = _NEXT.search(contenu, end)
            end = found.start() if found is not None else len(contenu)
        yield mark, place, end
        place = end
        if contenu[place : place + 2] == bytes([0xFF, EOI]):
            yield EOI, place, place + 2
            return


def end_of(contenu: bytes) -> int | None:
    """Where the picture ends: what follows is something else. None for a picture that never ends."""
    for mark, _, end in segments(contenu):
        if mark == EOI:
            return end
    return None


def stripped(contenu: bytes) -> bytes:
    """The same points, without metadata. Bytes that are not a whole JPEG come back as they are."""
    parts, last = [], 0
    for mark, start, end in segments(contenu):
        last = mark
        if (0xE0 <= mark <= 0xEF and mark not in KEPT) or mark == COMMENT:
            continue
        parts.append(contenu[start:end])
    return b"".join(parts) if last == EOI else contenu
