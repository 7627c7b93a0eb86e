"""The second step of the loading, under the bulle's login: what its people do of a day, through their own services.

The web's login may neither write nor read any of it. Real time passes here: what is deposited is deposited now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from cases.enums import OUVERTS, SensAvis
from cases.enums_expertise import ButExpertise
from cases.models import AvisMedecin, Branche, MedecinAgree, Sinistre
from cases.services import avis as referrals
from documents.annonces import Annonce
from documents.enums import EtatPiece, MotifRefusPiece, Stade, Visibilite
from documents.models import Piece
from documents.services.extraits import Extrait
from medical.enums import EtatFichier, Finalite, GenreFichier
from medical.errors import Indisponible
from medical.models import Fichier, Mission
from medical.services import controles, controles_fichiers, factures, liens, opinions, ouvertures, reclassement
from medical.services.depots import deposer_pour_piece, deposer_rapport
from project.demonstration import soutiens
from project.demonstration.depots import page_of, pdf
from project.demonstration.scans import FORMATS
from workflows import automates
from workflows.branches.expertise import actes, bulle

SESSION = "demonstration"
"""Openings belong to a session; that of the loading is nobody's."""

DEPOTS, LEFT = 16, 3
"""Medical pièces scanned by the gestionnaire de bulle; one in three is left for a person to check."""

QUESTIONS = (
    "1. Les lésions décrites sont-elles exclusivement et directement dues à l’accident déclaré ?\n"
    "2. Existe-t-il un état antérieur ? Évolue-t-il pour son propre compte ?\n"
    "3. À quelle date la consolidation peut-elle être fixée ?"
)
OPINION = (
    "Lombalgie aiguë après port de charge, sans déficit. Imagerie sans particularité. L’évolution décrite est celle attendue à ce stade ; "
    "pas d’état antérieur retrouvé au dossier. (Texte de démonstration.)"
)
BROUILLON = "Entorse de cheville, appui repris. Demander le compte rendu de kinésithérapie avant de conclure. (Texte de démonstration.)"
REPORT = ["RAPPORT D’EXPERTISE", "", "Examen du dossier et de l’agent.", "Réponses aux questions posées.", "", "Document de démonstration."]
CONCLUSIONS = "Lésions dues à l’accident. Pas d’état antérieur. Consolidation prévisible à trois mois. (Texte de démonstration.)"


@dataclass
class Contenu:
    """How much was put in, for whoever loads."""

    fichiers: int = 0
    avis: int = 0
    missions: int = 0
    factures: int = 0
    soutiens: int = 0
    comptes: dict[str, User] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"{self.fichiers} fichiers chiffrés, {self.avis} avis en deux parties, {self.missions} missions, {self.factures} facture(s), "
            f"{self.soutiens} soutiens."
        )


def remplir() -> Contenu | None:
    """Live a day in the bulle, once. Returns what was put in; None when something is there already.

    A store that does not answer ends the day where it stands: nothing is half done, and what is missing is only less to look at.
    """
    if not settings.DEMO or settings.PRODUCTION or Fichier.objects.filter(genre=GenreFichier.PIECE).exists():
        return None
    noms = ("medecin", "medecin2", "secretariat", "expert", "psychologue", "gestionnaire")
    fait = Contenu(comptes={nom: User.objects.get(email=f"{nom}@demo.example") for nom in noms})
    try:
        reclassement.reprendre()
        _check_what_has_come()
        for journee in (_avis, _pieces, _facture, _soutiens):
            journee(fait)
    except Indisponible:
        pass
    fait.fichiers = Fichier.objects.count()
    return fait


# -- The gestionnaire de bulle -------------------------------------------------------------------------------------------------


def _awaited(*, codes: tuple[str, ...] = (), sinistre: Sinistre | None = None) -> Iterator[Piece]:
    pieces = Piece.objects.filter(visibilite=Visibilite.M, requise=True, etat=EtatPiece.DEMANDEE, sinistre__etat__in=OUVERTS)
    if codes:
        pieces = pieces.filter(code__in=codes)
    if sinistre is not None:
        pieces = pieces.filter(sinistre=sinistre)
    yield from pieces.select_related("sinistre__collectivite", "sinistre__agent", "arret", "exigence").order_by("-sinistre_id", "pk")


def _scan(fait: Contenu, piece: Piece, rang: int) -> Fichier:
    """One paper of an envelope « sous pli confidentiel »: encrypted as it enters, checked, available."""
    suffixe, type_mime, contenu = "pdf", "application/pdf", pdf(page_of(piece))
    if rang % 3 == 1:
        suffixe = list(FORMATS)[rang // 3 % len(FORMATS)]
        type_mime, make = FORMATS[suffixe]
        contenu = make(page_of(piece))
    annonce = Annonce(nom=f"{piece.code}.{suffixe}", type=type_mime, taille=len(contenu))
    fichier = deposer_pour_piece(acteur=fait.comptes["secretariat"], piece=piece, annonce=annonce, morceaux=[contenu])
    _check_what_has_come()
    return Fichier.objects.select_related("piece__sinistre", "cle").get(pk=fichier.pk)


def _check_what_has_come() -> None:
    """As the bulle's worker does."""
    for fichier in Fichier.objects.filter(etat=EtatFichier.CONTROLE).order_by("pk"):
        controles_fichiers.controler(fichier.pk)


def _dated(jour: dt.date) -> dt.date:
    """A paper is made at the latest today; a maternity is declared before its first day."""
    return min(jour, timezone.localdate())


def _open(user: User, sinistre: Sinistre, finalite: str) -> None:
    ouvertures.ouvrir(acteur=user, sinistre=sinistre, session=SESSION, finalite=finalite)


def _pieces(fait: Contenu) -> None:
    """Papers scanned; two in three looked at (one refused, the others conformes with their dates), the third left to be checked."""
    secretariat = fait.comptes["secretariat"]
    for rang, piece in enumerate(list(_awaited())[:DEPOTS]):
        if piece.stade == Stade.FRAIS:
            continue
        _scan(fait, piece, rang)
        _open(secretariat, piece.sinistre, Finalite.CONTROLE)
        if rang == 2:
            controles.decider(
                acteur=secretariat, piece=piece, session=SESSION, conforme=False, motif=MotifRefusPiece.ILLISIBLE,
                message="Merci de renvoyer ce document, entier et lisible.",
            )  # fmt: skip
        elif rang % LEFT:
            extrait = Extrait(etabli_le=_dated(piece.sinistre.survenance))
            controles.decider(acteur=secretariat, piece=piece, session=SESSION, conforme=True, extrait=extrait)


def _facture(fait: Contenu) -> None:
    """An invoice of care: who and what for stay inside, date and amount leave."""
    secretariat = fait.comptes["secretariat"]
    for piece in list(_awaited(codes=("facture-soins",)))[:1]:
        fichier = _scan(fait, piece, 0)
        _open(secretariat, piece.sinistre, Finalite.CONTROLE)
        jour = _dated(max(piece.sinistre.survenance, timezone.localdate() - dt.timedelta(days=10)))
        factures.saisir(
            acteur=secretariat, fichier=fichier, session=SESSION, praticien="Cabinet de kinésithérapie (démonstration)",
            actes="Dix séances de rééducation", extrait=Extrait(etabli_le=jour, montant=Decimal("161.30"), tiers_payant=False),
        )  # fmt: skip
        fait.factures += 1


def _soutiens(fait: Contenu) -> None:
    fait.soutiens = soutiens.mener(fait.comptes["secretariat"], fait.comptes["psychologue"])


# -- The médecin conseil and the expert ----------------------------------------------------------------------------------------


def _avis(fait: Contenu) -> None:
    """An opinion in two halves, a draft, an agent's link, a replacement to come; expertises to designate, under way, report rendered."""
    medecin, expert = fait.comptes["medecin"], fait.comptes["expert"]
    referes = AvisMedecin.objects.filter(medecin=medecin, rappele_le__isnull=True, sinistre__etat__in=OUVERTS)
    lus = referes.select_related("sinistre__collectivite", "sinistre__agent")
    for rang, avis in enumerate(lus.filter(rendu_le__isnull=True).order_by("pk")[:2]):
        for piece in _awaited(sinistre=avis.sinistre):
            _scan(fait, piece, rang)
        _open(medecin, avis.sinistre, Finalite.AVIS)
        if rang:
            opinions.enregistrer(acteur=medecin, avis=avis, session=SESSION, texte=BROUILLON, lue_le=None)
            continue
        opinions.rendre(
            acteur=medecin, avis=avis, session=SESSION, sens=SensAvis.FAVORABLE,
            conclusion="L’arrêt est justifié à la date de l’examen.", texte=OPINION, lue_le=None,
        )  # fmt: skip
        fait.avis += 1
        liens.ouvrir_a_l_agent(acteur=fait.comptes["secretariat"], sinistre=avis.sinistre)
    agree, _ = MedecinAgree.objects.get_or_create(
        compte=expert, defaults={"nom": expert.nom, "prenom": expert.prenom, "commune": "Montpellier", "departement": "34"}
    )
    for rang, avis in enumerate(lus.order_by("-pk")[:3]):
        _open(medecin, avis.sinistre, Finalite.AVIS)
        branche = bulle.demander_du_medecin(acteur=medecin, avis=avis, session=SESSION, buts=[ButExpertise.REPRISE], questions=QUESTIONS)
        if rang == 2:
            continue  # its médecin agréé is still to be designated
        mission = _mission(fait, branche, agree)
        fait.missions += 1
        if rang:
            _report(fait, mission)
    debut = timezone.localdate() + dt.timedelta(days=7)
    referrals.deleguer(acteur=medecin, remplacant=fait.comptes["medecin2"], debut=debut, fin=debut + dt.timedelta(days=13))


def _mission(fait: Contenu, branche: Branche, agree: MedecinAgree) -> Mission:
    """The médecin agréé of an expertise is designated, the agent convoked, the mission confided."""
    gestionnaire = fait.comptes["gestionnaire"]
    actes.designer(acteur=gestionnaire, branche=branche, medecin=agree, atteste=True)
    le = timezone.now() + dt.timedelta(days=20)
    actes.convoquer(acteur=gestionnaire, branche=branche, le=le, lieu="Cabinet du médecin agréé, Montpellier")
    automates.balayer()
    return Mission.objects.lues().get(branche=branche)


def _report(fait: Contenu, mission: Mission) -> None:
    expert, contenu = fait.comptes["expert"], pdf(REPORT)
    _open(expert, mission.sinistre, Finalite.EXPERTISE)
    deposer_rapport(acteur=expert, mission=mission, annonce=Annonce("rapport.pdf", "application/pdf", len(contenu)), morceaux=[contenu])
    _check_what_has_come()
    bulle.rendre_rapport(acteur=expert, mission=mission, session=SESSION, conclusions=CONCLUSIONS)
