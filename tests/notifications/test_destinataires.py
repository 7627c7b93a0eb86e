"""Who may still be told, at the moment of sending."""

from __future__ import annotations

import pytest

from notifications.destinataires import encore_a_dire, sans_destinataire
from notifications.enums import Cadence, GenreCourriel
from notifications.models import Annonce
from tests import factories as f
from tests.notifications.dits import petit_monde
from tests.notifications.test_passation import deactivated, dire, right_ended, venir

pytestmark = pytest.mark.django_db


def test_the_two_readings_of_who_may_be_told_agree() -> None:
    """One takes rows with all that is joined to them, the other ids by the thousand."""
    m = petit_monde()
    dossier = f.sinistre(m)
    sienne = f.sinistre(m, de=f.agent(m.collectivite, compte=m.mairie), par=venir(m))
    ailleurs = f.sinistre(m, par=m.mairie2, de=m.autre_agent)
    for rang, une in enumerate((dossier, sienne, ailleurs)):
        dire(une, f"essai:{rang}")
    m.autre_collectivite.email = "ailleurs@mairie.example"
    m.autre_collectivite.save(update_fields=["email"])
    for user in (None, m.mairie, m.mairie2, m.gestionnaire):
        for rang, une in enumerate((dossier, sienne, ailleurs)):
            for adresse in ("ailleurs@mairie.example", "ancienne@mairie.example") if user is None else ("",):
                Annonce.objects.create(
                    cle=f"autre:{rang}:{user and user.pk}:{adresse}", genre=GenreCourriel.VALIDATION, destinataire=user, adresse=adresse,
                    sinistre=une, collectivite_id=une.collectivite_id, cadence=Cadence.RECAPITULATIF,
                )  # fmt: skip
    for changer in (lambda: None, lambda: deactivated(m.mairie), lambda: right_ended(m.mairie2)):
        changer()
        rows = list(Annonce.objects.select_related("sinistre__agent", "collectivite", "destinataire").order_by("pk"))
        admises = {une.pk for une in encore_a_dire(rows)}
        plates = list(Annonce.objects.order_by("pk"))
        assert {une.pk for une in rows} - admises == {une.pk for une in sans_destinataire(plates)}
        assert admises and len(admises) < len(rows)
