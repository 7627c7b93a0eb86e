"""The other news: each is told once, to the right people, and not when it no longer holds; none says what it must not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Habilitation
from cases.enums import FileTravail, GenreTache
from cases.enums_message import RaisonMots
from cases.models import Delegation, Message, Sinistre, Tache
from cases.services import avis, echeances, messages, taches
from journal.models import Evenement
from notifications import composition, derivation
from notifications.enums import Cadence, EtatCourriel, GenreCourriel
from notifications.genres import GENRES
from notifications.models import Annonce, Courriel, Preference
from notifications.rendering import Rendu, ecrire
from tests import contre_visites as cv
from tests import factories as f
from tests.factories import Monde
from tests.indemnities.virements import bordereau as transmis
from tests.notifications.dits import a_qui, annonces, deriver, ecrit, petit_monde, tout
from workflows import payments
from workflows.branches.contre_visite import demande
from workflows.branches.mediation.actes import donner_position
from workflows.demande import Demande
from workflows.lifecycle import declarer_reprise, transiter
from workflows.suites import terminer

G = GenreCourriel
pytestmark = pytest.mark.django_db


@pytest.fixture
def m(db: None) -> Monde:
    return petit_monde()


@pytest.fixture
def dossier(m: Monde) -> Sinistre:
    return f.sinistre(m)


def valider(m: Monde, sinistre: Sinistre) -> None:
    f.complete_pieces(sinistre, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def sans_insecables(rendu: Rendu) -> str:
    return rendu.texte.replace("\u00a0", " ")


def page(sinistre: Sinistre, nom: str = "dossier") -> str:
    return settings.PUBLIC_URL + reverse(f"collectivite:{nom}", args=[sinistre.numero])


# -- Life of the dossier ------------------------------------------------------------------------------------------------------


def test_a_validation_is_told_to_the_collectivite(m: Monde, dossier: Sinistre) -> None:
    valider(m, dossier)
    assert a_qui(G.VALIDATION) == {m.mairie.pk}
    (rendu,) = ecrit(G.VALIDATION)
    assert page(dossier) in rendu.texte and "validé" in rendu.texte


def test_a_validation_that_no_longer_stands_is_not_told(m: Monde, dossier: Sinistre) -> None:
    valider(m, dossier)
    transiter(
        acteur=m.gestionnaire, numero=dossier.numero, nom="proposer_refus",
        demande=Demande(motif="NON_JUSTIFIE", portee="SINISTRE", commentaire="Contesté."),
    )  # fmt: skip
    assert ecrit(G.VALIDATION) == []


def rouvert(m: Monde) -> Sinistre:
    sinistre = f.sinistre(m, "AS")
    valider(m, sinistre)
    debut = timezone.localdate()
    return transiter(
        acteur=m.gestionnaire, numero=sinistre.numero, nom="rouvrir_rechute",
        demande=Demande(arret=f.arret_demande(debut, 10)),
    )  # fmt: skip


def test_a_rechute_is_told_as_a_dossier_opened_again(m: Monde) -> None:
    sinistre = rouvert(m)
    (rendu,) = ecrit(G.RECHUTE_OUVERTE)
    assert f"Dossier {sinistre.numero}" in rendu.texte and "rouvert" in rendu.texte
    assert "rechute" not in tout(rendu).lower()


# -- Clocks -------------------------------------------------------------------------------------------------------------------


def echoir(sinistre: Sinistre, genre: str) -> None:
    """Its clock of that kind runs out now."""
    le = timezone.now() - dt.timedelta(minutes=5)
    if not sinistre.echeances.filter(genre=genre, traitee_le=None, levee_le=None).exists():
        sinistre.echeances.create(genre=genre, depart=le, jours=0, due_at=le)
    sinistre.echeances.filter(genre=genre).update(due_at=le)
    echeances.balayer()


@pytest.mark.parametrize(
    ("horloge", "genre", "tache"),
    [
        ("REPRISE_ATTENDUE", G.REPRISE_DEMANDEE, None),
        ("SAISINE", G.SAISINE_A_PREPARER, GenreTache.SAISINE),
        ("CONTROLE_6_MOIS", G.CONTROLE_A_ORGANISER, GenreTache.CONTROLE_6_MOIS),
    ],
)
def test_a_clock_that_runs_out_is_told_until_it_is_seen_to(
    m: Monde, dossier: Sinistre, horloge: str, genre: GenreCourriel, tache: GenreTache | None
) -> None:
    assert annonces(genre) == []
    echoir(dossier, horloge)
    (annonce,) = annonces(genre)
    assert annonce.destinataire == m.mairie and annonce.echeance is not None
    (rendu,) = ecrit(genre)
    assert dossier.numero in rendu.texte
    if tache is None:
        declarer_reprise(acteur=m.mairie, numero=dossier.numero, le=timezone.localdate())
    else:
        taches.fermer(sinistre=dossier, genres=[tache], issue="essai")
    assert ecrit(genre) == []


def test_the_control_says_the_day_of_the_six_months(m: Monde, dossier: Sinistre) -> None:
    echoir(dossier, "CONTROLE_6_MOIS")
    (annonce,) = annonces(G.CONTROLE_A_ORGANISER)
    assert annonce.echeance is not None and 150 < (annonce.echeance - dossier.survenance).days < 190


def test_the_return_is_asked_once_though_clock_and_gestionnaire_both_ask(m: Monde, dossier: Sinistre) -> None:
    echoir(dossier, "REPRISE_ATTENDUE")
    terminer(acteur=m.gestionnaire, tache_id=Tache.objects.get(sinistre=dossier, genre=GenreTache.DEMANDER_REPRISE, fermee_le=None).pk)
    assert len(annonces(G.REPRISE_DEMANDEE)) == 2
    (rendu,) = ecrit(G.REPRISE_DEMANDEE)
    assert rendu.texte.count(page(dossier, "reprise")) == 1


def test_the_other_clocks_are_the_cdgs_own_affair(m: Monde, dossier: Sinistre) -> None:
    echoir(dossier, "DECOMPTE")
    (evenement,) = Evenement.objects.filter(type="echeance.echue", donnees__genre="DECOMPTE")
    deriver()
    assert not Annonce.objects.filter(evenement_id=evenement.pk).exists()


# -- Procedures ---------------------------------------------------------------------------------------------------------------


def test_a_step_that_waits_for_the_employer_is_told_with_its_day(m: Monde, dossier: Sinistre) -> None:
    transiter(
        acteur=m.gestionnaire, numero=dossier.numero, nom="proposer_refus",
        demande=Demande(motif="NON_JUSTIFIE", portee="SINISTRE", commentaire="Contesté."),
    )  # fmt: skip
    (annonce,) = annonces(G.DECISION_ATTENDUE)
    tache = Tache.objects.get(file=FileTravail.EMPLOYEUR, sinistre=dossier)
    assert annonce.echeance == timezone.localdate(tache.due_at) and annonce.destinataire == m.mairie
    (rendu,) = ecrit(G.DECISION_ATTENDUE)
    assert "au plus tard le" in rendu.texte and "diation" not in rendu.texte
    branche = dossier.branches.get(genre="MEDIATION")
    donner_position(acteur=m.mairie, branche=branche, partie="COLLECTIVITE", sens="OPPOSEE", motif="Vu.")
    assert ecrit(G.DECISION_ATTENDUE) == []


def test_conclusions_of_a_control_are_told_by_word_of_mouth_then_in_writing(m: Monde, dossier: Sinistre) -> None:
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")
    cv.convoquee(m, branche)
    assert annonces(G.AVIS_CONTRE_VISITE) == []
    cv.avis(m, branche, cv.R.JUSTIFIE)
    assert a_qui(G.AVIS_CONTRE_VISITE) == {m.mairie.pk}
    cv.conclusions(m, branche)
    oral, ecrit_ = annonces(G.AVIS_CONTRE_VISITE)
    tient = GENRES[G.AVIS_CONTRE_VISITE].tiennent([oral, ecrit_])
    assert set(tient) == {ecrit_.pk}
    (rendu,) = ecrit(G.AVIS_CONTRE_VISITE)
    assert "onclusions du contrôle" in rendu.texte and "contre-visite" not in tout(rendu).lower()


def test_a_control_that_could_not_take_place_has_no_conclusions(m: Monde, dossier: Sinistre) -> None:
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")
    cv.convoquee(m, branche)
    cv.avis(m, branche, cv.R.NON_PRESENTE)
    assert annonces(G.AVIS_CONTRE_VISITE) == []
    assert a_qui(G.DECISION_ATTENDUE) == {m.mairie.pk}


# -- Money --------------------------------------------------------------------------------------------------------------------


def test_a_bordereau_is_told_once_when_it_is_settled(m: Monde) -> None:
    bordereau = transmis(m, "100.00", "250.00")
    assert annonces(G.PAIEMENT) == []
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR-1")
    assert a_qui(G.PAIEMENT) == {m.mairie.pk} and len(annonces(G.PAIEMENT)) == 1
    (rendu,) = ecrit(G.PAIEMENT)
    assert bordereau.numero in rendu.texte and "2 dossiers" in sans_insecables(rendu)
    assert settings.PUBLIC_URL + reverse("collectivite:bordereau", args=[bordereau.numero]) in rendu.texte
    assert "350" not in rendu.texte and "100,00" not in tout(rendu)


def test_a_bordereau_of_ones_own_dossier_alone_is_not_told_to_oneself(m: Monde) -> None:
    second = f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    bordereau = transmis(m, "100.00")
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR-1")
    agent = bordereau.decomptes.get().sinistre.agent
    agent.compte = m.mairie
    agent.save()
    assert [c.destinataire_id for c, _ in both(G.PAIEMENT)] == [second.pk]


def both(genre: GenreCourriel) -> list[tuple[Courriel, Any]]:
    rendus = ecrit(genre)
    courriels = [c for c in Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).order_by("pk") if any(dit(r, c) for r in rendus)]
    return list(zip(courriels, rendus, strict=True))


def dit(rendu: Any, courriel: Courriel) -> bool:
    return set(rendu.dites) <= set(courriel.annonces.values_list("pk", flat=True))


# -- Messages -----------------------------------------------------------------------------------------------------------------

SECRET = "Elle m’a dit son cancer du sein."


def test_a_message_is_told_to_the_collectivite_without_its_words(m: Monde, dossier: Sinistre) -> None:
    for texte in ("Bonjour, il manque une page.", SECRET):
        messages.ecrire(acteur=m.gestionnaire, sinistre=dossier, texte=texte, raison=RaisonMots.values[0] if texte == SECRET else "")
    assert a_qui(G.MESSAGE) == {m.mairie.pk}
    rendus = ecrit(G.MESSAGE)
    assert any("2 messages" in sans_insecables(r) and page(dossier, "messages") in r.texte for r in rendus)
    for rendu in rendus:
        assert "cancer" not in tout(rendu) and "page manque" not in tout(rendu)
    messages.marquer_lus(lecteur=m.mairie, sinistre=dossier, montres=list(dossier.messages.values_list("pk", flat=True)))
    assert ecrit(G.MESSAGE) == []


def test_a_message_of_the_collectivite_is_told_to_whoever_holds_the_dossier(m: Monde, dossier: Sinistre) -> None:
    messages.ecrire(acteur=m.mairie, sinistre=dossier, texte="Bonjour.")
    assert annonces(G.MESSAGE) == []
    taches.prendre(acteur=m.gestionnaire, tache=Tache.objects.get(sinistre=dossier, genre=GenreTache.INSTRUIRE))
    messages.ecrire(acteur=m.mairie, sinistre=dossier, texte="Encore moi.")
    Preference.objects.create(user=m.gestionnaire, genre=G.MESSAGE, cadence=Cadence.RECAPITULATIF)
    siennes = annonces(G.MESSAGE)
    assert {(a.destinataire, a.collectivite) for a in siennes} == {(m.gestionnaire, None)}
    (rendu,) = ecrit(G.MESSAGE)
    assert settings.PUBLIC_URL + reverse("gestion:messages", args=[dossier.numero]) in rendu.texte
    Habilitation.objects.filter(user=m.gestionnaire).delete()
    assert ecrit(G.MESSAGE) == []
    assert Message.objects.filter(lu_le=None).count() == 2


# -- The bulle ----------------------------------------------------------------------------------------------------------------


def confier(m: Monde, sinistre: Sinistre) -> None:
    avis.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question="JUSTIFICATION")


def test_a_medecin_is_told_how_much_waits_and_nothing_else(m: Monde, dossier: Sinistre) -> None:
    second = f.sinistre(m, de=f.agent(m.collectivite))
    confier(m, dossier)
    confier(m, second)
    siennes = annonces(G.MISSION)
    assert {a.destinataire for a in siennes} == {m.medecin} and all(a.sinistre is None and a.collectivite is None for a in siennes)
    (rendu,) = ecrit(G.MISSION)
    assert "2 éléments" in sans_insecables(rendu) and f"{settings.BULLE_URL}/" in rendu.texte
    for mot in (dossier.numero, second.numero, dossier.agent.nom, dossier.agent.matricule, m.collectivite.nom):
        assert mot not in tout(rendu)
    assert rendu.texte.count("éléments") == 1


def test_an_avis_taken_back_is_not_told(m: Monde, dossier: Sinistre) -> None:
    confier(m, dossier)
    avis.rappeler(acteur=m.gestionnaire, avis=dossier.avis_medecin.get())
    assert ecrit(G.MISSION) == []


def test_whoever_replaces_the_medecin_today_is_told_too(m: Monde, dossier: Sinistre) -> None:
    remplacant, plus_tard = f.person(Role.MEDECIN_CONSEIL), f.person(Role.MEDECIN_CONSEIL)
    jour = timezone.localdate()
    Delegation.objects.create(medecin=m.medecin, remplacant=remplacant, debut=jour, fin=jour)
    Delegation.objects.create(medecin=m.medecin, remplacant=plus_tard, debut=jour + dt.timedelta(days=1), fin=jour + dt.timedelta(days=9))
    confier(m, dossier)
    assert a_qui(G.MISSION) == {m.medecin.pk, remplacant.pk}
    assert len(ecrit(G.MISSION)) == 2


def test_nothing_of_a_soutien_is_ever_told(m: Monde) -> None:
    """The items of a psychologue make no event, hence no e-mail, whatever their kind."""
    for genre in (GenreTache.SP_CONTACT, GenreTache.SP_SEANCES, GenreTache.SP_SOCIAL, GenreTache.AC_PSYCHOLOGUE):
        taches.ouvrir(genre=genre, sinistre=None, objet_type="etape", objet_id=1, destinataire=m.psychologue)
    assert not Evenement.objects.exists()
    assert all(Role.PSYCHOLOGUE not in genre.roles for genre in GENRES.values())


# -- All of them --------------------------------------------------------------------------------------------------------------


def everything(m: Monde) -> list[Sinistre]:
    """One dossier at least for each kind of news of a dossier, with words that must never leave in every field that has some."""
    dossiers = []
    for place in range(2):
        agent = f.agent(m.collectivite, nom="Quatremarre", prenom="Jean-Marc", matricule=f"MAT-7{place}")
        sinistre = f.sinistre(m, "CMO", de=agent)
        for horloge in ("REPRISE_ATTENDUE", "SAISINE", "CONTROLE_6_MOIS"):
            echoir(sinistre, horloge)
        branche = demande.demander(acteur=m.mairie, sinistre=sinistre, motif="DOUTE")
        cv.convoquee(m, branche)
        cv.avis(m, branche, cv.R.NON_JUSTIFIE_REPRISE)
        cv.conclusions(m, branche)
        messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte=SECRET, raison=RaisonMots.values[0])
        confier(m, sinistre)
        dossiers.append(sinistre)
    return dossiers


def test_nothing_is_said_that_must_not_be(m: Monde) -> None:
    dossiers = [*everything(m), rouvert(m)]
    jamais = ["Quatremarre", "Jean-Marc", "cancer", "escalier", "contre-visite", "maladie", "rechute", "accident", "tilleuls", "arnal"]
    jamais += [dossier.get_nature_display().lower() for dossier in dossiers]
    for genre in GENRES:
        if genre == G.ACCUSE_DECLARATION:
            continue
        deriver()
        for rendu in ecrit(G(genre)):
            for mot in jamais:
                assert mot.lower() not in tout(rendu).lower(), (genre, mot)
            assert not re.search(r"\b(CMO|AS)\b", tout(rendu)), genre
        Annonce.objects.all().delete()


def test_nobody_is_told_about_his_own_dossier(m: Monde) -> None:
    second = f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    for dossier in everything(m):
        dossier.agent.compte = m.mairie
        dossier.agent.save()
    deriver()
    assert {a.destinataire_id for a in Annonce.objects.exclude(genre__in=[G.MISSION])} == {second.pk}


def test_who_has_left_the_collectivite_between_is_not_told(m: Monde) -> None:
    everything(m)
    deriver()
    Annonce.objects.exclude(destinataire=m.mairie).delete()
    Annonce.objects.update(prevue_le=timezone.now())
    composition.composer()
    courriels = list(Courriel.objects.filter(destinataire=m.mairie))
    assert len([courriel for courriel in courriels if ecrire(courriel) is not None]) > 4
    Habilitation.objects.filter(user=m.mairie).update(collectivite=m.autre_collectivite)
    assert [ecrire(courriel) for courriel in courriels] == [None] * len(courriels)


def test_a_digest_goes_by_deadline(m: Monde) -> None:
    loin, pres = everything(m)
    deriver()
    Annonce.objects.filter(genre=G.DECISION_ATTENDUE, sinistre=pres).update(echeance=timezone.localdate())
    Annonce.objects.filter(genre=G.DECISION_ATTENDUE, sinistre=loin).update(echeance=timezone.localdate() + dt.timedelta(days=9))
    (rendu,) = ecrit(G.DECISION_ATTENDUE)
    assert rendu.texte.index(pres.numero) < rendu.texte.index(loin.numero)


def queries(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def test_the_recheck_asks_as_much_for_many_as_for_one(m: Monde) -> None:
    everything(m)
    deriver()
    liees = Annonce.objects.select_related("sinistre__agent", "sinistre__collectivite", "destinataire", "collectivite")
    vus = set()
    for code, genre in GENRES.items():
        lot = list(liees.filter(genre=code).order_by("pk"))
        if len(lot) > 1:
            vus.add(code)
            assert queries(partial(genre.tiennent, lot)) == queries(partial(genre.tiennent, lot[:1])) <= 4, code
    assert {G.REPRISE_DEMANDEE, G.SAISINE_A_PREPARER, G.DECISION_ATTENDUE, G.AVIS_CONTRE_VISITE, G.MESSAGE, G.MISSION} <= vus


def test_events_are_derived_in_as_many_queries_for_many_as_for_few(m: Monde) -> None:
    un, autre = everything(m)
    evenements = list(Evenement.objects.order_by("id"))
    siens = [e for e in evenements if e.sinistre_id == un.pk]
    assert any(e.sinistre_id == autre.pk for e in evenements)
    few = queries(partial(derivation.handle_all, siens))
    assert queries(partial(derivation.handle_all, evenements)) <= few + 1 <= 20, "the calendars, where one of them lacks a pièce"


def test_news_of_the_night_wait_for_the_morning(m: Monde) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 21, 22, 0, tzinfo=dt.UTC)):  # a Saturday
        sinistre = f.sinistre(m)
        valider(m, sinistre)
        (annonce,) = annonces(G.VALIDATION)
        assert timezone.localtime(annonce.prevue_le).strftime("%a %H:%M") == "Mon 08:00"


def test_a_day_of_news_is_one_digest_that_reads_well(m: Monde) -> None:
    dossiers = everything(m)
    bordereau = transmis(m, "100.00")
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR-1")
    deriver()
    Annonce.objects.exclude(cadence=Cadence.RECAPITULATIF).delete()
    Annonce.objects.update(prevue_le=timezone.now())
    composition.composer()
    rendu = ecrire(Courriel.objects.get(genre=G.RECAPITULATIF, destinataire=m.mairie))
    assert rendu is not None
    dits = set(Annonce.objects.filter(pk__in=rendu.dites).values_list("genre", flat=True))
    assert dits >= {G.REPRISE_DEMANDEE, G.SAISINE_A_PREPARER, G.CONTROLE_A_ORGANISER, G.DECISION_ATTENDUE, G.PAIEMENT}
    for dossier in dossiers:
        assert rendu.texte.count(f"Dossier {dossier.numero}, agent J.-M. Q.") == 1
    invites = re.findall(r"<a [^>]*>\s*(.*?)\s*</a>", rendu.html, re.DOTALL)
    assert len(invites) == len(set(invites)) > 8
    assert "Pour le" not in rendu.texte  # each line says its own day, or that it has come
    assert not re.search(r"\{\{|\}\}|None", rendu.texte)
