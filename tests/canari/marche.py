"""Somebody who tries every address, with each method, follows what he finds and sends every form he is shown."""

from __future__ import annotations

import contextlib
import html.parser
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client

from tests.canari.adresses import Motif, Valeurs
from tests.canari.recherche import Releve

BODIES: dict[str, dict[str, Any]] = {
    "api:recherche": {"texte": "dominique"}, "api:agents": {"texte": "dominique"}, "api:relances-suspendre": {"motif": "Essai"},
}  # fmt: skip
"""What the API's searches are asked, and a suspension; its other acts get an empty document."""
QUERIES = {
    "changelist": ("q=canari",),
    "autocomplete": ("term=a&app_label=accounts&model_name=habilitation&field_name=user",),
}
"""What the administration's searches are asked: its pages have hundreds of links for sorting, which show the same rows."""
TYPED = {"q": "canari", "texte": "canari", "recherche": "canari"}
"""What is typed in the fields that search."""


@dataclass
class Formulaire:
    action: str = ""
    methode: str = "get"
    champs: dict[str, str] = field(default_factory=dict)


class Page(html.parser.HTMLParser):
    """The links and forms of a page, with what a browser would send of each as it stands."""

    def __init__(self, contenu: str) -> None:
        super().__init__()
        self.liens: set[str] = set()
        self.formulaires: list[Formulaire] = []
        self._dans: Formulaire | None = None
        self._liste = ""
        self.feed(contenu)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a: dict[str, str] = {nom: valeur or "" for nom, valeur in attrs}
        for nom in ("href", "hx-get", "src", "data-adresse", "data-url"):
            if a.get(nom, "").startswith("/"):
                self.liens.add(a[nom].split("#")[0])
        if a.get("hx-post"):
            self.formulaires.append(Formulaire(a["hx-post"], "post"))
        if tag == "form":
            self._dans = Formulaire(a.get("action", ""), a.get("method", "get").lower())
            self.formulaires.append(self._dans)
        if self._dans is None:
            return
        if tag == "option" and self._liste and a.get("value"):
            self._dans.champs.setdefault(self._liste, a["value"])
        nom = a.get("name", "")
        if nom in ("", "csrfmiddlewaretoken"):
            return
        match tag, a.get("type", "text"):
            case "select", _:
                self._liste = nom
            case "input", "radio":
                self._dans.champs.setdefault(nom, a.get("value", ""))
            case (("input" | "button" | "textarea"), _):
                self._dans.champs[nom] = a.get("value", "") or TYPED.get(nom, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._dans = None
        if tag == "select":
            self._liste = ""


@contextlib.contextmanager
def sans_suite() -> Iterator[None]:
    """What is written inside is rolled back: a walk must not end the dossier it walks through."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass
class Marcheur:
    """One person at one door. All he is answered goes to the `releve`."""

    qui: str
    client: Client
    releve: Releve
    en_tetes: dict[str, str] = field(default_factory=dict)
    vus: set[tuple[str, str, tuple[str, ...]]] = field(default_factory=set)
    statuts: dict[str, list[int]] = field(default_factory=dict)

    def parcourir(self, motifs: list[Motif], valeurs: Valeurs) -> None:
        """Each address by GET; its first one by htmx where there is a page, and by the other methods with nothing.

        Links and forms of pages besides, as they stand.
        """
        for motif in motifs:
            statuts = self.statuts.setdefault(motif.nom, [])
            for rang, chemin in enumerate(valeurs.chemins(motif)):
                reponse = self.demander("get", chemin)
                if reponse is not None:
                    statuts.append(reponse.status_code)
                if rang:
                    continue
                if self.est_une_page(motif, reponse):
                    self.demander("get", chemin, htmx=True)
                for question in QUERIES.get(motif.nom.rsplit("_", 1)[-1].rsplit(":", 1)[-1], ()):
                    self.demander("get", f"{chemin}?{question}", suivre=False)
                for methode in ("put", "patch", "delete", "post") if self.en_tetes else ("post",):
                    self.demander(methode, chemin, BODIES.get(motif.nom, {}))

    def est_une_page(self, motif: Motif, reponse: Any) -> bool:
        """Whether htmx may ask for a part of it: neither the API nor the administration has parts."""
        ailleurs = self.en_tetes or motif.gabarit.startswith("/administration/")
        return not ailleurs and reponse is not None and reponse.status_code == 200

    def demander(
        self, methode: str, chemin: str, donnees: dict[str, Any] | None = None, *, htmx: bool = False, suivre: bool = True
    ) -> HttpResponseBase | None:
        """One request; nothing it writes stays. Links and forms of the page are then tried, and those of their answers are not."""
        if not self._nouveau(f"{methode}{'-htmx' if htmx else ''}", chemin, donnees or {}):
            return None
        en_tetes = self.en_tetes | ({"HX-Request": "true"} if htmx else {})
        # A page may write (a journal row before a medical byte) and must then commit; what a form does is undone.
        with sans_suite() if methode != "get" else contextlib.nullcontext():
            reponse: Any
            if "Authorization" in en_tetes and methode != "get":
                corps = json.dumps(donnees or {})
                reponse = self.client.generic(methode.upper(), chemin, corps, content_type="application/json", headers=en_tetes)
            else:
                reponse = getattr(self.client, methode)(chemin, donnees, headers=en_tetes)
            contenu = corps_de(reponse)
        self.lire(f"{methode.upper()} {chemin}", reponse, contenu)
        if suivre and not chemin.startswith("/administration/") and "text/html" in reponse.headers.get("Content-Type", ""):
            self._suivre(chemin, contenu)
        return reponse

    def lire(self, ou: str, reponse: Any, contenu: bytes) -> None:
        en_tetes = "\n".join(f"{nom}: {valeur}" for nom, valeur in reponse.headers.items())
        self.releve.lire(self.qui, ou, contenu)
        self.releve.lire(self.qui, f"{ou} (en-têtes)", f"{en_tetes}\n{reponse.cookies.output()}")

    def _nouveau(self, methode: str, chemin: str, donnees: dict[str, Any]) -> bool:
        """Whether nothing of this shape was asked yet: same address, same names of parameters and fields."""
        parties = urlsplit(chemin)
        noms = (*sorted(nom for nom, _ in parse_qsl(parties.query, keep_blank_values=True)), "|", *sorted(donnees))
        marque = (methode, parties.path, noms)
        if marque in self.vus:
            return False
        self.vus.add(marque)
        return True

    def _suivre(self, chemin: str, contenu: bytes) -> None:
        """Links (sorts, filters, exports, files) and forms as they stand."""
        page = Page(contenu.decode(errors="replace"))
        ici = urlsplit(chemin).path
        for lien in sorted(page.liens):
            if not lien.startswith(("//", "/static/")) and "logout" not in lien:
                self.demander("get", lien, suivre=False)
        for formulaire in page.formulaires:
            vers = ici + formulaire.action if formulaire.action.startswith("?") else formulaire.action or ici
            if vers.startswith("/") and not vers.startswith("//") and "logout" not in vers:
                self.demander("post" if formulaire.methode == "post" else "get", vers, formulaire.champs, suivre=False)


def corps_de(reponse: Any) -> bytes:
    if getattr(reponse, "streaming", False):
        return b"".join(reponse.streaming_content)
    return bytes(reponse.content)
