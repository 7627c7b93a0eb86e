"""Canaries, and how they are looked for: in clear, in hexadecimal, in base64, compressed, inside a PDF."""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import json
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import pikepdf

MARQUE = "Canari"


@dataclass(frozen=True)
class Canaris:
    """Distinctive words by the place where they are planted. ASCII letters and digits, so that few encodings change them."""

    mots: dict[str, str]

    @classmethod
    def tirer(cls, *places: str) -> Canaris:
        return cls({place: f"{MARQUE}{rang:02d}{place.title().replace('_', '')}Zq" for rang, place in enumerate(places)})

    def __getitem__(self, place: str) -> str:
        return self.mots[place]

    def ecritures(self) -> dict[bytes, dict[bytes, list[str]]]:
        """How each word may be written, in lower case, with its places; by the beginning that several words share when so written.

        Looked for one by one, the beginning first: fifty times faster than one great expression, and few contents have a beginning.
        """
        par_debut: dict[bytes, dict[bytes, list[str]]] = {}
        marque = tuple(_ecritures(MARQUE))
        for place, mot in self.mots.items():
            for debut, ecriture in zip(marque, _ecritures(mot), strict=True):
                commun = _commun(debut, ecriture) if mot.startswith(MARQUE) else ecriture
                par_debut.setdefault(commun.lower(), {}).setdefault(ecriture.lower(), []).append(place)
        return par_debut


def _ecritures(mot: str) -> Iterator[bytes]:
    """How a word may be written by what stores or carries it. Base64 has three alignments; its ends depend on the neighbours."""
    octets = mot.encode()
    yield octets
    yield octets.hex().encode()
    yield mot.encode("utf-16-le")
    for recul in range(3):
        encode = base64.b64encode(b"\0" * recul + octets)
        debut = {0: 0, 1: 2, 2: 3}[recul]
        fin = (len(octets) + recul) // 3 * 4
        yield encode[debut:fin]


def _commun(a: bytes, b: bytes) -> bytes:
    return bytes(octet for octet, _ in itertools.takewhile(lambda deux: deux[0] == deux[1], zip(a, b, strict=False)))


def deplier(contenu: bytes) -> Iterator[bytes]:
    """The bytes as they are, and what a reader would make of them: a gzip opened, the streams of a PDF inflated."""
    yield contenu
    if contenu.startswith(b"\x1f\x8b"):
        yield gzip.decompress(contenu)
    if b"%PDF-" in contenu[:1024]:
        yield from _flux(contenu)


def _flux(contenu: bytes) -> Iterator[bytes]:
    try:
        with pikepdf.open(io.BytesIO(contenu)) as pdf:
            for objet in pdf.objects:
                if isinstance(objet, pikepdf.Stream):
                    try:
                        yield bytes(objet.read_bytes())
                    except pikepdf.PdfError:
                        yield bytes(objet.read_raw_bytes())
            yield str(dict(pdf.docinfo)).encode()
    except pikepdf.PdfError:
        for flux in re.findall(rb"stream\r?\n(.*?)endstream", contenu, re.DOTALL):
            try:
                yield zlib.decompress(flux)
            except zlib.error:
                yield flux


@dataclass
class Releve:
    """What has been read, by whom and where, and the canaries met there."""

    canaris: Canaris
    lus: dict[str, int] = field(default_factory=dict)
    trouves: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    _ecritures: dict[bytes, dict[bytes, list[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ecritures = self.canaris.ecritures()

    def lire(self, qui: str, ou: str, contenu: bytes | str) -> set[str]:
        """Note that `qui` read `contenu` at `ou`; returns the canaries that stood in it."""
        octets = contenu.encode() if isinstance(contenu, str) else contenu
        self.lus[qui] = self.lus.get(qui, 0) + 1
        vus: set[str] = set()
        for clair in deplier(octets):
            bas = clair.lower()
            for debut, ecritures in self._ecritures.items():
                if debut in bas:
                    vus.update(place for ecriture, places in ecritures.items() if ecriture in bas for place in places)
        for place in vus:
            self.trouves.setdefault(qui, {}).setdefault(place, []).append(ou)
        return vus

    def vus_par(self, *qui: str) -> set[str]:
        return {place for nom in qui for place in self.trouves.get(nom, {})}

    def fuites(self, permis: Mapping[str, Collection[str]]) -> list[str]:
        """One line for each place where somebody met what he may not read. Who is not named in `permis` may read nothing."""
        return [
            f"{qui} lit {place} : {', '.join(sorted(set(endroits))[:5])}"
            for qui, places in sorted(self.trouves.items())
            for place, endroits in sorted(places.items())
            if place not in permis.get(qui, ())
        ]


def texte(valeur: object) -> bytes:
    return json.dumps(valeur, ensure_ascii=False, default=str).encode()
