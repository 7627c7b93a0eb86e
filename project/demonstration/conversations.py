"""What mairies and gestionnaires write to each other in the last days, and the answers that the responsable keeps ready."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from accounts.models import User
from cases.enums import Etat
from cases.enums_message import RaisonMots
from cases.models import Message, ReponseType, Sinistre
from cases.selectors_messages import non_lus_de
from cases.services import messages, reponses_types
from project.demonstration.temps import Agenda, Vie
from project.demonstration.vies import Monde
from workflows.reponses import texte_pour

MANQUE, DELAI, PAIEMENT, PRECISION, MERCI = (
    "Pièces encore attendues", "Délai de remboursement", "Paiement parti", "Précision demandée", "Bien reçu",
)  # fmt: skip
REPONSES: dict[str, str] = {
    MANQUE: "Bonjour,\n\nPour le dossier {{ numero }} ({{ agent }}), {{ pieces_attendues }} sont encore à envoyer. Vous les déposez sur la "
    "page du dossier, sous « Documents à envoyer ».\n\n{{ signature }}",
    DELAI: "Bonjour,\n\nLe remboursement suit la validation du dossier : il part avec le prochain bordereau de {{ collectivite }}.\n\n"
    "{{ signature }}",
    PAIEMENT: "Bonjour,\n\nLe paiement est parti. Le bordereau, avec le détail des jours, se trouve sous « Paiements ».\n\n{{ signature }}",
    PRECISION: "Bonjour,\n\nPour avancer sur le dossier {{ numero }}, pouvez-vous nous préciser :\n- \n\n{{ signature }}",
    MERCI: "Bonjour,\n\nBien reçu, merci.\n\n{{ signature }}",
}
"""By title."""

MAIRIE, CDG, LU = "mairie", "cdg", "lu"
ECHANGES: tuple[tuple[tuple[str, str], ...], ...] = (
    ((MAIRIE, "Bonjour, que manque-t-il encore à ce dossier ?"), (CDG, MANQUE), (LU, MAIRIE), (MAIRIE, "Merci, l’arrêté part lundi.")),
    ((CDG, PRECISION), (LU, MAIRIE), (MAIRIE, "L’agent a changé de service le 1er du mois, sans changer de grade."), (CDG, MERCI)),
    ((MAIRIE, "Quand serons-nous remboursés du mois dernier ?"), (CDG, DELAI)),
    ((MAIRIE, "L’arrêté est signé, mais notre scanner est en panne : pouvons-nous l’envoyer par courrier ?"),),
    ((CDG, MANQUE),),
    ((MAIRIE, "Nous avons bien reçu le paiement, merci."), (LU, CDG)),
)
"""Turns of each conversation. A turn of the CDG names the answer it starts from; « lu » says who opens the page."""


TOURS = max(len(echange) for echange in ECHANGES)


def inscrire(agenda: Agenda, monde: Monde) -> None:
    """One turn a day until the reference day, at set hours: nothing is drawn, so that the rest of the portfolio stays as it is."""
    choisis: list[Sinistre] = []
    for rang in range(TOURS):
        jour = monde.reference - dt.timedelta(days=TOURS - rang)
        jour -= dt.timedelta(days=max(0, jour.weekday() - 4))
        agenda.inscrire(_tour(monde, rang, choisis), timezone.make_aware(dt.datetime.combine(jour, dt.time(9 + rang, 20))))


def _tour(monde: Monde, rang: int, choisis: list[Sinistre]) -> Vie:
    """One turn of each conversation. The first one chooses the dossiers, those of the demonstration's mairie before the others."""
    if rang == 0:
        for titre, texte in REPONSES.items():
            reponses_types.enregistrer(acteur=monde.socle.comptes["responsable"], titre=titre, texte=texte)
        siennes = monde.socle.comptes["mairie"].collectivite_ids
        ouverts = Sinistre.objects.filter(etat__in=[Etat.PIECES_EN_ATTENTE, Etat.VALIDE]).select_related("collectivite", "agent", "contrat")
        choisis += sorted(ouverts.order_by("pk"), key=lambda sinistre: sinistre.collectivite_id not in siennes)[: len(ECHANGES)]
    for sinistre, echange in zip(choisis, ECHANGES, strict=False):
        if rang < len(echange):
            _turn(monde, sinistre, *echange[rang])
    yield from ()


def _turn(monde: Monde, sinistre: Sinistre, qui: str, quoi: str) -> None:
    gestionnaire, declarant = monde.socle.comptes["gestionnaire"], monde.socle.declarants[sinistre.collectivite_id]
    if qui == LU:
        _read(declarant if quoi == MAIRIE else gestionnaire, sinistre)
    elif qui == MAIRIE:
        # « Notre scanner » looks medical: the mairie says that here it is not.
        messages.ecrire(acteur=declarant, sinistre=sinistre, texte=quoi, raison=RaisonMots.USAGE)
    else:
        _read(gestionnaire, sinistre)
        reponse = ReponseType.objects.get(titre=quoi)
        dernier = Message.objects.filter(sinistre=sinistre).order_by("-pk").first()
        messages.ecrire(
            acteur=gestionnaire, sinistre=sinistre, texte=texte_pour(acteur=gestionnaire, reponse=reponse, sinistre=sinistre),
            reponse_type=reponse, vu=dernier.pk if dernier is not None else None,
        )  # fmt: skip


def _read(lecteur: User, sinistre: Sinistre) -> None:
    """Somebody opens the page of a dossier: what came for his side is before his eyes."""
    montres = list(non_lus_de(lecteur, sinistre).values_list("pk", flat=True))
    messages.marquer_lus(lecteur=lecteur, sinistre=sinistre, montres=montres)
