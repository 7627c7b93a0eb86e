"""A file of invoices, inside the bulle: all its lines or none. Practitioners and acts stay; dates and amounts leave, line by line.

Nothing of a dossier is shown to who imports: what is checked is told by the number of the line alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide
from cases.selectors import sinistres_visibles
from contracts.text import search_key
from documents.enums import Stade, Visibilite
from documents.models import ExtraitAdministratif, Piece
from documents.services.extraits import Extrait
from indemnities.lecture_constats import Ligne, decoder, rangs_de
from journal.services import consigner
from medical.services.factures import MAX_ACTES, MAX_PRATICIEN, ecrire, verifier

LIGNES_MAX = 1000
FAUTES_MAX = 100
COLONNES = ("dossier", "matricule", "date", "montant", "tiers payant", "praticien", "actes", "confirme")
FACULTATIVES = frozenset({"dossier", "matricule", "actes", "confirme"})
OUI_NON = {"oui": True, "o": True, "1": True, "non": False, "n": False, "0": False}


@dataclass(frozen=True, repr=False)
class FactureLue:
    """Line `numero` of the file. `confirme`: it is not the double of another of the same date and amount."""

    numero: int
    dossier: str
    matricule: str
    date: dt.date
    montant: Decimal
    tiers_payant: bool
    praticien: str
    actes: str
    confirme: bool

    @property
    def extrait(self) -> Extrait:
        return Extrait(etabli_le=self.date, montant=self.montant, tiers_payant=self.tiers_payant)


def importer(*, acteur: User, octets: bytes) -> int:
    """Key every invoice of a CSV; returns how many. One fault and none is kept.

    Raises Refus, DonneeInvalide on « fichier » with each fault and the number of its line, Indisponible.
    """
    exiger(acteur, "piece_medicale_controler")
    lignes, fautes = lire(decoder(octets))
    pieces = _find(acteur, lignes, fautes)
    _doubles(lignes, pieces, fautes)
    if fautes:
        raise _refuse(fautes)
    with transaction.atomic():
        for ligne in sorted(lignes, key=lambda une: pieces[une.numero].pk):
            piece = pieces[ligne.numero]
            exiger(acteur, "piece_medicale_controler", piece.sinistre)
            ecrire(acteur=acteur, piece=piece, fichier=None, praticien=ligne.praticien, actes=ligne.actes, extrait=ligne.extrait)
        consigner(
            acteur=acteur, action="facture_medicale.importees", objet_type="user", objet_id=acteur.pk, donnees={"factures": len(lignes)}
        )
    return len(lignes)


def lire(texte: str) -> tuple[list[FactureLue], dict[int, list[str]]]:
    """The lines of a CSV whose first line names the columns, in any order, and what is wrong by line.

    Raises DonneeInvalide on « fichier » for one that can't be read at all.
    """
    rangs = rangs_de(texte)
    if not rangs:
        raise DonneeInvalide.sur("fichier", "Ce fichier est vide.")
    places = _places(rangs[0][1])
    lignes: list[FactureLue] = []
    fautes: dict[int, list[str]] = {}
    for numero, cellules in rangs[1:]:
        if not any(cellules):
            continue
        if len(lignes) + len(fautes) >= LIGNES_MAX:
            raise DonneeInvalide.sur("fichier", f"Ce fichier a plus de {LIGNES_MAX} lignes : partagez-le.")
        ligne, messages = _line(numero, {nom: cellules[place] if place < len(cellules) else "" for nom, place in places.items()})
        if len(cellules) > len(rangs[0][1]) and any(cellules[len(rangs[0][1]) :]):
            messages.append("Cette ligne a plus de cellules que de colonnes.")
        if messages:
            fautes[numero] = messages
        else:
            lignes.append(ligne)
    if not lignes and not fautes:
        raise DonneeInvalide.sur("fichier", "Ce fichier n’a aucune ligne sous ses titres de colonnes.")
    return lignes, fautes


def _places(titres: Sequence[str]) -> dict[str, int]:
    lus = [" ".join(search_key(titre).replace("_", " ").split()) for titre in titres]
    places = {nom: lus.index(nom) for nom in COLONNES if nom in lus}
    manquent = [nom for nom in COLONNES if nom not in places and nom not in FACULTATIVES]
    if "dossier" not in places and "matricule" not in places:
        manquent.insert(0, "dossier")
    if manquent:
        raise DonneeInvalide.sur("fichier", f"La première ligne nomme les colonnes. Il manque : {', '.join(manquent)}.")
    if len([titre for titre in lus if titre]) != len(places):
        raise DonneeInvalide.sur("fichier", f"Ce fichier a d’autres colonnes, ou deux fois la même. Attendues : {', '.join(COLONNES)}.")
    return places


def _line(numero: int, cellules: Mapping[str, str]) -> tuple[FactureLue, list[str]]:
    lu = Ligne(dict.fromkeys(COLONNES, "") | dict(cellules))
    tiers = OUI_NON.get(search_key(lu.cellules["tiers payant"]))
    if tiers is None:
        lu.messages.append("« tiers payant » se dit oui ou non.")
    confirme = OUI_NON.get(search_key(lu.cellules["confirme"]) or "non")
    if confirme is None:
        lu.messages.append("« confirme » se dit oui ou non.")
    dossier, matricule = lu.cellules["dossier"], lu.cellules["matricule"]
    if not dossier and not matricule:
        lu.messages.append("Donnez le numéro du dossier, ou le matricule de l’agent.")
    ligne = FactureLue(
        numero=numero,
        dossier=dossier[:20],
        matricule=matricule[:30],
        date=lu.jour("date") or dt.date.min,
        montant=lu.montant("montant"),
        tiers_payant=bool(tiers),
        praticien=lu.texte("praticien", MAX_PRATICIEN),
        actes=lu.texte("actes", MAX_ACTES) if lu.cellules["actes"] else "",
        confirme=bool(confirme),
    )
    if not lu.messages:
        try:
            verifier(ligne.praticien, ligne.actes, ligne.extrait)
        except DonneeInvalide as error:
            lu.messages += [message for messages in error.champs.values() for message in messages]
    return ligne, lu.messages


def _find(acteur: User, lignes: Sequence[FactureLue], fautes: dict[int, list[str]]) -> dict[int, Piece]:
    """The pièce that each line answers, by the number of its line; a dossier that asks for no invoice is a fault."""
    numeros, matricules = {une.dossier for une in lignes if une.dossier}, {une.matricule for une in lignes if une.matricule}
    visibles = sinistres_visibles(acteur, "piece_medicale_controler")
    attendues = Piece.objects.filter(stade=Stade.FRAIS, visibilite=Visibilite.M, sinistre__in=visibles).select_related(
        "sinistre__agent", "sinistre__collectivite"
    )
    par_numero: dict[str, Piece] = {p.sinistre.numero: p for p in attendues.filter(sinistre__numero__in=numeros).order_by("-pk")}
    par_matricule: dict[str, dict[int, Piece]] = {}
    for attendue in attendues.filter(sinistre__agent__matricule__in=matricules).order_by("-pk"):
        par_matricule.setdefault(attendue.sinistre.agent.matricule, {})[attendue.sinistre_id] = attendue
    trouvees: dict[int, Piece] = {}
    for une in lignes:
        piece = par_numero.get(une.dossier) if une.dossier else _only(par_matricule.get(une.matricule, {}))
        message = ""
        if piece is None and une.dossier:
            message = "Ce dossier est inconnu, ou n’attend pas de facture de soins."
        elif piece is None:
            message = "Cet agent n’a pas un dossier, et un seul, qui attende des factures de soins : donnez son numéro."
        elif une.matricule and piece.sinistre.agent.matricule != une.matricule:
            message = "Le matricule n’est pas celui de l’agent de ce dossier."
        elif une.date < piece.sinistre.survenance:
            message = "La facture précède la survenance du sinistre."
        if message or piece is None:
            fautes.setdefault(une.numero, []).append(message)
        else:
            trouvees[une.numero] = piece
    return trouvees


def _only(pieces: Mapping[int, Piece]) -> Piece | None:
    return next(iter(pieces.values())) if len(pieces) == 1 else None


def _doubles(lignes: Sequence[FactureLue], pieces: Mapping[int, Piece], fautes: dict[int, list[str]]) -> None:
    """The same date and the same amount twice on a dossier, in the file or keyed already, is a slip unless the line says otherwise."""
    connues = {
        (sinistre_id, jour, montant)
        for sinistre_id, jour, montant in ExtraitAdministratif.objects.filter(
            piece__sinistre__in={p.sinistre_id for p in pieces.values()}, piece__stade=Stade.FRAIS, corrige_par__isnull=True
        ).values_list("piece__sinistre_id", "etabli_le", "montant")
    }
    for une in lignes:
        if une.numero not in pieces:
            continue
        cle = (pieces[une.numero].sinistre_id, une.date, une.montant)
        if cle in connues and not une.confirme:
            fautes.setdefault(une.numero, []).append(
                "Une facture de même date et de même montant est déjà saisie : mettez « oui » dans « confirme » si c’en est une autre."
            )
        connues.add(cle)


def _refuse(fautes: Mapping[int, Sequence[str]]) -> DonneeInvalide:
    phrases = [f"Ligne {numero} : {' '.join(messages)}" for numero, messages in sorted(fautes.items())]
    reste = len(phrases) - FAUTES_MAX
    if reste > 0:
        phrases = [*phrases[:FAUTES_MAX], f"… et {reste} autres lignes."]
    return DonneeInvalide({"fichier": phrases})
