"""How soon a person is told: each decides for himself, within what the employer must be told."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from accounts.models import User
from cases.errors import DonneeInvalide
from journal.services import consigner
from notifications.models import Preference
from notifications.selectors_preferences import choix_de


def choisir(*, acteur: User, cadences: Mapping[str, str]) -> int:
    """Keep the cadences chosen for kinds of news (by code) that `acteur` may receive; news put on record before keep theirs.

    Returns how many have changed. Raises DonneeInvalide for a kind he does not receive, or a cadence that it does not allow.
    """
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=acteur.pk)  # two tabs of one person, one after the other
        actuels = {str(choix.genre.code): choix for choix in choix_de(acteur)}
        erreurs: dict[str, list[str]] = {}
        for code, cadence in cadences.items():
            choix = actuels.get(code)
            if choix is None:
                erreurs[code] = ["Vous ne recevez pas ce genre de nouvelles."]
            elif cadence not in choix.genre.permises:
                erreurs[code] = [choix.raison or "Choisissez dans la liste."]
        if erreurs:
            raise DonneeInvalide(erreurs)
        changes = {code: cadence for code, cadence in cadences.items() if actuels[code].cadence != cadence}
        if changes:
            Preference.objects.bulk_create(
                [Preference(user=acteur, genre=code, cadence=cadence) for code, cadence in changes.items()],
                update_conflicts=True,
                unique_fields=["user", "genre"],
                update_fields=["cadence"],
            )
            consigner(acteur=acteur, action="courriels.choisis", objet_type="compte", objet_id=acteur.pk, donnees=changes)
    return len(changes)
