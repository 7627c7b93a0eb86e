"""What is said of a dossier that no other column tells, and that its pièces depend on."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from accounts.gate import exiger
from accounts.models import User
from cases.enums import OUVERTS
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from contracts.enums import IMPUTABLES, Nature, Regime
from documents.enums import Fait
from documents.models import DossierPieces
from documents.services.checklist import Changement, follow, reevaluer
from journal.services import consigner

DEATH = (Fait.CONJOINT, Fait.PACS, Fait.DEVOUEMENT)
CITIS = frozenset({Nature.AS, Nature.TRJ, Nature.MP})


def faits_possibles(sinistre: Sinistre) -> list[tuple[str, str]]:
    """(code, question) of what can be said of a dossier of this nature and régime."""
    possibles: list[Fait] = []
    if sinistre.nature in IMPUTABLES:
        possibles += [Fait.ENQUETE, Fait.CONSEIL_MEDICAL]
    if sinistre.nature in CITIS:
        possibles.append(Fait.FRAIS_MEDICAUX)
    if sinistre.nature in CITIS or sinistre.nature == Nature.FM:
        possibles.append(Fait.AVANCE_DES_FRAIS)
    if sinistre.regime == Regime.IRCANTEC:
        possibles.append(Fait.SUBROGATION)
    if sinistre.nature == Nature.DC:
        possibles += DEATH
    return [(fait.value, fait.label) for fait in possibles]


def faits_dits(sinistre: Sinistre) -> list[str]:
    """The codes of what was said of this dossier."""
    dits = DossierPieces.objects.filter(sinistre=sinistre).values_list("faits", flat=True).first()
    return list(dits or [])


def declarer(*, acteur: User, sinistre: Sinistre, faits: Iterable[str]) -> Changement:
    """Say of a dossier all that holds among `faits_possibles`; what is not among `faits` does not. Its pièces follow.

    Raises Refus, DonneeInvalide for a fact that this dossier can't have, Erreur when it is closed. Saying the same again changes nothing.
    """
    exiger(acteur, "faits_declarer", sinistre)
    with transaction.atomic():
        locked = Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=sinistre.pk)
        if locked.etat not in OUVERTS:
            raise Erreur(f"Le dossier est « {locked.get_etat_display().lower()} » : ses pièces ne changent plus.")
        possibles = [code for code, _ in faits_possibles(locked)]
        faits = sorted(set(faits))
        if not set(faits) <= set(possibles):
            raise DonneeInvalide.sur("faits", "Cette précision n’a pas de sens pour ce dossier.")
        dossier, _ = DossierPieces.objects.select_for_update(of=("self",)).get_or_create(sinistre=locked)
        # What was said under another nature stays: a requalification may come back.
        kept = [fait for fait in dossier.faits if fait not in possibles]
        if sorted([*kept, *faits]) == sorted(dossier.faits):
            return Changement()
        avant, dossier.faits = list(dossier.faits), sorted([*kept, *faits])
        dossier.save(update_fields=["faits"])
        changement = reevaluer(locked)
        follow(locked)
        locked.version += 1
        locked.save(update_fields=["version"])
        consigner(
            acteur=acteur,
            action="pieces.faits_declares",
            objet_type="sinistre",
            objet_id=locked.pk,
            sinistre_id=locked.pk,
            donnees={
                "avant": avant,
                "apres": dossier.faits,
                "ajoutees": [p.code for p in changement.gagnees],
                "retirees": [p.code for p in changement.retirees],
            },
        )
    return changement
