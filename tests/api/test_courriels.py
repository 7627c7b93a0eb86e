"""The e-mails of a dossier, as a programme reads them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from accounts.models import User
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel, GenreCourriel
from notifications.models import Annonce
from tests import factories as f
from tests.api.conftest import Caller, champs
from tests.notifications.retours import parti

Par = Callable[[User], Caller]


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["resultats"]]


def test_those_of_a_dossier_digests_included(m: f.Monde, par: Par) -> None:
    sinistre = f.sinistre(m)
    own = parti(sinistre=sinistre, genre=GenreCourriel.ACCUSE_DECLARATION)
    digest = parti(genre=GenreCourriel.RECAPITULATIF, etat=EtatCourriel.INCERTAIN)
    Annonce.objects.create(
        cle=f"essai:{uuid.uuid4()}", genre=GenreCourriel.PIECES_DEMANDEES, destinataire=m.mairie, sinistre=sinistre, courriel=digest,
        cadence=Cadence.RECAPITULATIF, etat=EtatAnnonce.CONFIEE,
    )  # fmt: skip
    other = parti()
    caller = par(m.gestionnaire)
    answer = caller.get(f"courriels/?sinistre={sinistre.numero}")
    assert ids(answer) == [digest.pk, own.pk]
    first, second = answer.json()["resultats"]
    assert (first["sinistre"], first["etat"], second["sinistre"]) == (None, "INCERTAIN", sinistre.numero)
    assert second["message_id"] == own.message_id and not {"objet", "texte", "html"} & set(second)
    assert ids(caller.get(f"courriels/?sinistre={sinistre.numero}&etat=INCERTAIN")) == [digest.pk]
    assert ids(caller.get("courriels/")) == [other.pk, digest.pk, own.pk]
    assert ids(caller.get("courriels/?sinistre=2026-999999")) == []


def test_pages_and_wrong_parameters(m: f.Monde, par: Par) -> None:
    rows = [parti().pk for _ in range(3)]
    caller = par(m.responsable)
    answer = caller.get("courriels/?taille=2")
    assert ids(answer) == rows[:0:-1]
    assert ids(caller.get(answer.json()["suivant"])) == rows[:1]
    assert "etat" in champs(caller.get("courriels/?etat=PERDU"))


def test_none_about_one_s_own_dossier(m: f.Monde, par: Par) -> None:
    m.agent.compte = m.gestionnaire
    m.agent.save(update_fields=["compte"])
    sinistre = f.sinistre(m)
    parti(sinistre=sinistre)
    assert ids(par(m.gestionnaire).get(f"courriels/?sinistre={sinistre.numero}")) == []
    assert len(ids(par(m.gestionnaire2).get(f"courriels/?sinistre={sinistre.numero}"))) == 1


def test_queries(m: f.Monde, par: Par, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        parti(sinistre=f.sinistre(m, de=f.agent(m.collectivite)))
    caller = par(m.responsable)
    caller.get("courriels/")
    with django_assert_max_num_queries(8):
        assert len(ids(caller.get("courriels/"))) == 20
