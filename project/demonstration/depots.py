"""How pièces of the demonstration arrive: as real PDF files in the store, on paper through the corbeille, or taken over in bulk."""

from __future__ import annotations

import datetime as dt
from io import BytesIO

from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre
from documents import storage
from documents.enums import Canal, EtatDepot, EtatPiece
from documents.models import Depot, Piece
from documents.services import courriers, depots
from documents.services.checklist import follow
from journal.services import consigner
from project.demonstration.scans import FORMATS

LINE_HEIGHT = 18
IMAGE_EVERY = 8


def pdf(lignes: list[str]) -> bytes:
    """A one-page A4 PDF of a few lines of text, in Helvetica: what a small mairie's printer would send, some 900 bytes."""
    texte = "".join(f"({_escape(ligne)}) Tj 0 -{LINE_HEIGHT} Td\n" for ligne in lignes)
    contenu = f"BT /F1 12 Tf 72 770 Td\n{texte}ET".encode("cp1252", "replace")
    objets = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (fr-FR) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(contenu), contenu),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    sortie, positions = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for rang, objet in enumerate(objets, start=1):
        positions.append(len(sortie))
        sortie += b"%d 0 obj\n%b\nendobj\n" % (rang, objet)
    debut_table = len(sortie)
    sortie += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objets) + 1)
    sortie += b"".join(b"%010d 00000 n \n" % position for position in positions)
    sortie += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objets) + 1, debut_table)
    return bytes(sortie)


def _escape(ligne: str) -> str:
    return ligne.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").replace("\u202f", "\u00a0")


class Guichet:
    """Receives pièces. Counts the real files, and stops making any when the store does not answer."""

    def __init__(self, acteur: User, fichiers: int) -> None:
        self.acteur = acteur
        self.fichiers = fichiers

    def deposer(self, piece: Piece, declarant: User) -> bool:
        """Send a real file, as the collectivité's browser would: one in eight is a photograph or a scan, and the first of the papers that
        suffice is the one sent. False when the budget is spent or the store is silent."""
        if self.fichiers <= 0:
            return False
        suffixe, type_mime, contenu = self._paper(page_of(piece))
        depot = depots.annoncer_depot(
            acteur=declarant,
            piece=piece,
            nom=f"{piece.code}.{suffixe}",
            type=type_mime,
            taille=len(contenu),
            alternative=_first_that_suffices(piece),
        )
        if not self._send(depot, contenu, declarant):
            return False
        self.fichiers -= 1
        return True

    def _paper(self, lignes: list[str]) -> tuple[str, str, bytes]:
        """End of the name, type and bytes of the next paper."""
        rang = self.fichiers // IMAGE_EVERY
        if self.fichiers % IMAGE_EVERY:
            return "pdf", "application/pdf", pdf(lignes)
        suffixe = list(FORMATS)[rang % len(FORMATS)]
        type_mime, make = FORMATS[suffixe]
        return suffixe, type_mime, make(lignes)

    def recevoir_papier(self, piece: Piece, canal: str, recu_le: dt.date) -> None:
        """File a paper that came by post or e-mail: the pièce is then there « sur papier », to be checked."""
        courrier = courriers.enregistrer(
            acteur=self.acteur,
            canal=canal,
            expediteur=piece.sinistre.collectivite.nom,
            objet=piece.libelle,
            recu_le=recu_le,
            collectivite=piece.sinistre.collectivite,
        )
        courriers.classer(acteur=self.acteur, courrier=courrier, sinistre=piece.sinistre, piece=piece)

    def remplir_corbeille(self, objet: str, canal: str, sinistre: Sinistre, recu_le: dt.date) -> None:
        """A paper that nobody has filed yet; one in two has its scan."""
        depot = None
        if canal != Canal.GUICHET and self.fichiers > 0:
            contenu = pdf([sinistre.collectivite.nom, "", objet, f"Agent : {sinistre.agent.nom_court()}"])
            depot = depots.annoncer_courrier(acteur=self.acteur, nom="numerisation.pdf", type="application/pdf", taille=len(contenu))
            self._send(depot, contenu, self.acteur)
        courriers.enregistrer(
            acteur=self.acteur,
            canal=canal,
            expediteur=sinistre.collectivite.nom,
            objet=objet,
            recu_le=recu_le,
            collectivite=sinistre.collectivite,
            depot=depot,
        )

    def _send(self, depot: Depot, contenu: bytes, envoyeur: User) -> bool:
        try:
            storage.put_quarantine(depot, BytesIO(contenu))
        except storage.StockageIndisponible:
            self.fichiers = 0
            return False
        depots.confirmer(acteur=envoyeur, depot=depot)
        return depots.controler(depot.pk) == EtatDepot.DISPONIBLE


def take_over_pieces(sinistre: Sinistre, acteur: User) -> None:
    """Every pièce still owed by an old dossier becomes conforme « sur papier », in one act and one journal entry.

    It stands for what a CDG does with the dossiers it already had; dozens of thousands of single acts would take minutes.
    """
    now = timezone.now()
    dues = Piece.objects.filter(sinistre=sinistre, requise=True).exclude(etat=EtatPiece.CONFORME)
    nombre = dues.update(
        etat=EtatPiece.CONFORME,
        sur_papier=True,
        recue_le=now,
        decidee_le=now,
        decidee_par=acteur,
        motif_refus="",
        message_refus="",
    )
    follow(sinistre)
    consigner(
        acteur=acteur,
        action="pieces.reprises",
        objet_type="sinistre",
        objet_id=sinistre.pk,
        sinistre_id=sinistre.pk,
        donnees={"nombre": nombre},
    )


def _first_that_suffices(piece: Piece) -> str:
    """The code of the first of the papers of which one suffices, for the agent's régime; empty where there is no choice."""
    regime = piece.sinistre.regime
    return next((une["code"] for une in piece.exigence.alternatives if regime in (une.get("regimes") or [regime])), "")


def page_of(piece: Piece) -> list[str]:
    """What a paper of the demonstration says: whose, which, for which days."""
    sinistre, arret = piece.sinistre, piece.arret
    periode = f"Période du {arret.debut:%d/%m/%Y} au {arret.fin:%d/%m/%Y}" if arret is not None else ""
    return [
        sinistre.collectivite.nom,
        "",
        piece.libelle.upper(),
        "",
        f"Agent : {sinistre.agent.prenom} {sinistre.agent.nom}, matricule {sinistre.agent.matricule}",
        periode,
        "",
        "Document de démonstration, sans valeur.",
    ]
