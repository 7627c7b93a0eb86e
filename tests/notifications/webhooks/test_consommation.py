"""From events to calls: which, to whom, in which order, and above all what they say."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cases.models import Sinistre
from cases.states import PASSAGES
from documents.enums import Visibilite
from documents.models import Piece
from journal import outbox
from journal.models import Evenement
from notifications.models import Abonnement, Livraison
from notifications.webhooks import services
from notifications.webhooks.catalogue import ESSAI, TYPE_OF, TYPES, libelle
from notifications.webhooks.consommation import CONSUMER, deriver, handle
from tests import factories as f
from tests.horizon import wait_for_horizon
from tests.indemnities.virements import bordereau as virable
from tests.notifications.webhooks.conftest import abonner, dire, evenement

URL = "https://sirh.example/vigie"


def corps(livraison: Livraison) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(livraison.corps)
    return found


def test_the_body_names_the_dossier_and_nobody(m: f.Monde, sinistre: Sinistre) -> None:
    abonnement, _ = abonner(m.responsable, URL)
    un = evenement(sinistre, "sinistre.clore", avant="VALIDE", apres="CLOS", motif="DECES", nature="CMO", commentaire="Dupont")
    with transaction.atomic():
        handle(un)
    (livraison,) = Livraison.objects.all()
    assert corps(livraison) == {
        "id": str(livraison.uid),
        "type": "sinistre.clore",
        "le": un.le.isoformat(),
        "abonnement": str(abonnement.uid),
        "rang": 1,
        "sinistre": {"numero": sinistre.numero, "etat": "CLOS"},
        "lien": f"http://localhost:8000{reverse('api:sinistre', args=[sinistre.numero])}",
    }


@pytest.mark.parametrize("type", sorted(TYPE_OF))
def test_no_type_says_more_than_ids_codes_and_the_number(m: f.Monde, type: str) -> None:
    """Every public event about an accident at work, its event stuffed with what must not pass: the body holds known keys alone."""
    abonner(m.responsable, URL)
    accident = f.sinistre(m, "AS")
    piece = Piece.objects.filter(sinistre=accident).exclude(visibilite=Visibilite.M).order_by("pk")[0]
    objets = {"piece": ("piece", piece.pk), "decompte": ("decompte", 7), "bordereau": ("bordereau", 0)}
    objet = objets.get(type.partition(".")[0])
    if type.startswith("bordereau"):
        objet = ("bordereau", virable(m).pk)
    (livraison,) = dire(
        None if type.startswith("bordereau") else accident, type, objet,
        apres="VALIDE", nature="AS", motif="NON_IMPUTABLE", code=piece.code, montant="1234.56", libelle=piece.libelle,
    )  # fmt: skip
    assert set(corps(livraison)) <= {"id", "type", "le", "abonnement", "rang", "sinistre", "bordereau", "lien"}
    assert set(corps(livraison).get("sinistre", {})) <= {"numero", "etat"} and set(corps(livraison).get("bordereau", {})) <= {"numero"}
    agent = accident.agent
    said = livraison.corps.lower()
    for word in (
        agent.nom,
        agent.prenom,
        agent.matricule,
        piece.code,
        piece.libelle,
        "1234",
        "imputable",
        "rechute",
        '"as"',
        m.collectivite.siret,
    ):
        assert word.lower() not in said, word


def test_links_are_those_of_the_api(m: f.Monde, sinistre: Sinistre) -> None:
    abonner(m.responsable, URL)
    piece = Piece.objects.filter(sinistre=sinistre).exclude(visibilite=Visibilite.M).order_by("pk")[0]
    bordereau = virable(m)
    cas: list[tuple[Sinistre | None, str, tuple[str, int] | None, str]] = [
        (sinistre, "piece.refusee", ("piece", piece.pk), reverse("api:piece", args=[sinistre.numero, piece.pk])),
        (sinistre, "decompte.regle", ("decompte", 12), reverse("api:decompte", args=[12])),
        (sinistre, "pieces.demandees", None, reverse("api:sinistre", args=[sinistre.numero])),
        (None, "bordereau.regle", ("bordereau", bordereau.pk), reverse("api:bordereau", args=[bordereau.pk])),
    ]
    for dossier, type, objet, chemin in cas:
        (livraison,) = dire(dossier, type, objet)
        assert corps(livraison)["lien"].removeprefix("http://localhost:8000") == chemin


def test_medical_pieces_are_told_to_no_program(m: f.Monde) -> None:
    abonner(m.responsable, URL)
    accident = f.sinistre(m, "AS")
    medicale = Piece.objects.filter(sinistre=accident, visibilite=Visibilite.M).order_by("pk")[0]
    for type in ("piece.conforme", "piece.refusee", "piece.recue", "piece.a_renvoyer"):
        assert dire(accident, type, ("piece", medicale.pk), code=medicale.code) == []


@pytest.mark.parametrize(
    "type",
    ["contre_visite.avis", "expertise.conclue", "citis.decidee", "branche.ouverte", "branche.terminee", "soutien.ouvert", "saisine.avis",
     "prise_en_charge.donnee", "arret_connu.saisi", "avis.rendu", "piece.recue", "honoraire.saisi", "remise.signee", "recours.encaisse",
     "sinistre.inconnu"],
)  # fmt: skip
def test_what_is_not_of_the_list_is_told_to_no_program(m: f.Monde, sinistre: Sinistre, type: str) -> None:
    abonner(m.responsable, URL)
    assert dire(sinistre, type) == []


def test_a_rechute_reads_as_any_reopening_and_a_requalification_as_a_change() -> None:
    assert TYPE_OF["sinistre.rouvrir_rechute"] == TYPE_OF["sinistre.rouvrir"]
    assert TYPE_OF["sinistre.requalifier"] == TYPE_OF["sinistre.arret_ajoute"] == "sinistre.modifie"


def test_every_type_is_announced_somewhere_and_has_words() -> None:
    """A name that no room announces would be a promise nobody keeps. Transitions are announced by their table's names."""

    root = Path(__file__).resolve().parents[3]
    rooms = ("cases", "documents", "indemnities", "workflows", "notifications")
    code = "\n".join(
        path.read_text()
        for room in rooms
        for path in (root / room).rglob("*.py")
        if "webhooks" not in path.parts and "migrations" not in path.parts
    )
    announced = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', code)) | {f"sinistre.{nom}" for nom in PASSAGES}
    assert set(TYPE_OF) <= announced
    assert all(un.libelle[0].isupper() for un in TYPES.values()) and libelle(ESSAI) == "Appel d’essai"


def test_who_is_told(m: f.Monde, sinistre: Sinistre) -> None:
    tous, _ = abonner(m.responsable, URL, nom="Tous")
    chez_elle, _ = abonner(m.responsable, URL, nom="Chez elle", collectivite=m.collectivite)
    ailleurs, _ = abonner(m.responsable, URL, nom="Ailleurs", collectivite=m.autre_collectivite)
    autre_chose, _ = abonner(m.responsable, URL, nom="Autre chose", types=["sinistre.clore"])
    en_pause, _ = abonner(m.responsable, URL, nom="En pause")
    services.suspendre(acteur=m.responsable, uid=en_pause.uid)
    ferme, _ = abonner(m.responsable, URL, nom="Fermé")
    services.fermer(acteur=m.responsable, uid=ferme.uid)
    assert {un.abonnement_id for un in dire(sinistre)} == {tous.pk, chez_elle.pk, en_pause.pk}
    assert {un.abonnement_id for un in dire(f.sinistre(m, par=m.mairie2, de=m.autre_agent))} == {tous.pk, ailleurs.pk, en_pause.pk}
    assert autre_chose.livraisons.count() == 0


def test_what_happened_before_is_not_told(m: f.Monde, sinistre: Sinistre) -> None:
    avant = evenement(sinistre)
    abonner(m.responsable, URL)
    with transaction.atomic():
        handle(avant)
    assert not Livraison.objects.exists()


def test_ranks_follow_each_dossier_without_a_gap_and_once_an_event(m: f.Monde, sinistre: Sinistre) -> None:
    abonner(m.responsable, URL)
    autre = f.sinistre(m, de=f.agent(m.collectivite))
    for _ in range(3):
        dire(sinistre)
        dire(autre)
    again = Evenement.objects.order_by("-pk")[:1].get()
    with transaction.atomic():
        handle(again)
    for dossier in (sinistre, autre):
        assert list(Livraison.objects.filter(sinistre_id=dossier.pk).order_by("pk").values_list("rang", flat=True)) == [1, 2, 3]


def test_real_acts_reach_the_program_through_the_outbox(vraie_base: None) -> None:
    """The consumer starts at the present, misses nothing, handles nothing twice, and is known to health."""
    m = f.monde()
    f.sinistre(m)
    wait_for_horizon()
    assert deriver() == 0 and Abonnement.objects.count() == 0
    abonner(m.responsable, URL, types=["sinistre.declare"])
    un, deux = f.sinistre(m, de=f.agent(m.collectivite)), f.sinistre(m, de=f.agent(m.collectivite))
    wait_for_horizon()
    assert deriver() > 0
    assert list(Livraison.objects.order_by("pk").values_list("sinistre_id", flat=True)) == [un.pk, deux.pk]
    assert deriver() == 0 and Livraison.objects.count() == 2
    assert CONSUMER in outbox.registered()


def test_a_subscription_younger_than_the_event_is_not_told_even_late(m: f.Monde, sinistre: Sinistre) -> None:
    abonnement, _ = abonner(m.responsable, URL)
    Abonnement.objects.filter(pk=abonnement.pk).update(cree_le=timezone.now() + dt.timedelta(seconds=30))
    assert dire(sinistre) == []
