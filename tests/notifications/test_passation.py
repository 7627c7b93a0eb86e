"""News whose recipient leaves before they do: they pass to whoever is there, wait where nobody is, and are told to each person once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Habilitation, User
from cases.models import Sinistre
from notifications import relay
from notifications.annonces import Nouvelle, annoncer_nouvelles
from notifications.composition import composer
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel, GenreCourriel
from notifications.models import AdresseEnDefaut, Annonce, Courriel, Preference
from notifications.passation import PATIENCE, passer
from notifications.relay import relayer
from notifications.rendering import Lues
from tests import factories as f
from tests.factories import Monde
from tests.notifications.dits import petit_monde

pytestmark = pytest.mark.django_db

INTENTION = "essai:1"
Quitter = Callable[[User], None]


@pytest.fixture(autouse=True)
def _kept(settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_OUTBOX_ONLY = "notifications.backends.BoiteEnvoi", True


@pytest.fixture
def m(db: None) -> Monde:
    """Its collectivité has one person, and no contact address."""
    monde = petit_monde()
    monde.collectivite.email = ""
    monde.collectivite.save(update_fields=["email"])
    return monde


@pytest.fixture
def dossier(m: Monde) -> Sinistre:
    return f.sinistre(m)


def dire(dossier: Sinistre, intention: str = INTENTION, genre: GenreCourriel = GenreCourriel.PIECES_RELANCE) -> None:
    frais = Sinistre.objects.select_related("agent", "collectivite").get(pk=dossier.pk)
    annoncer_nouvelles([Nouvelle.du_dossier(genre, intention, frais)])
    Annonce.objects.filter(etat=EtatAnnonce.EN_ATTENTE).update(prevue_le=timezone.now())


def le_temps_passe() -> None:
    """What waits is due; no digest of today keeps another from leaving."""
    Annonce.objects.filter(etat=EtatAnnonce.EN_ATTENTE).update(prevue_le=timezone.now())
    Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).update(prochaine_le=timezone.now())


def tour() -> None:
    """Twice, since what is handed over by the relay is composed by the next round."""
    for _ in range(2):
        le_temps_passe()
        composer()
        relayer()


def venir(m: Monde, **champs: Any) -> User:
    return f.person(Role.COLLECTIVITE, collectivites=[m.collectivite], **champs)


def deactivated(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def right_ended(user: User) -> None:
    Habilitation.objects.filter(user=user).update(fin=timezone.localdate() - dt.timedelta(days=1))


def came_back(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=True)
    Habilitation.objects.filter(user=user).update(fin=None)


def lu() -> list[str]:
    """Whom e-mails have told, one entry an e-mail."""
    return sorted(Courriel.objects.filter(etat=EtatCourriel.ENVOYE).values_list("adresse", flat=True))


def attend() -> int:
    return Annonce.objects.filter(etat=EtatAnnonce.EN_ATTENTE).count()


@pytest.mark.parametrize("quitter", [deactivated, right_ended])
@pytest.mark.parametrize("quand", ["before composing", "in the digest"])
def test_what_the_only_person_leaves_is_told_to_the_next(m: Monde, dossier: Sinistre, quitter: Quitter, quand: str) -> None:
    dire(dossier)
    if quand == "in the digest":
        composer()
    quitter(m.mairie)
    suivante = venir(m)
    tour()
    assert lu() == [suivante.email]
    (courriel,) = Courriel.objects.filter(etat=EtatCourriel.ENVOYE)
    assert dossier.numero in courriel.texte
    tour()
    assert lu() == [suivante.email] and attend() == 0
    assert not Courriel.objects.filter(etat__in=[EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS]).exists()


def test_an_e_mail_for_at_once_passes_too(m: Monde, dossier: Sinistre) -> None:
    Preference.objects.create(user=m.mairie, genre=GenreCourriel.ACCUSE_DECLARATION, cadence=Cadence.AUSSITOT)
    dire(dossier, genre=GenreCourriel.ACCUSE_DECLARATION)
    composer()
    deactivated(m.mairie)
    suivante = venir(m)
    tour()
    assert lu() == [suivante.email]
    assert Courriel.objects.get(destinataire=m.mairie).etat == EtatCourriel.SANS_OBJET


def test_the_contact_address_is_told_where_nobody_is_left(m: Monde, dossier: Sinistre) -> None:
    dire(dossier)
    composer()
    deactivated(m.mairie)
    m.collectivite.email = "contact@mairie.example"
    m.collectivite.save(update_fields=["email"])
    tour()
    assert lu() == ["contact@mairie.example"]


def test_a_contact_address_taken_away_leaves_its_news_to_people(m: Monde, dossier: Sinistre) -> None:
    m.collectivite.email = "contact@mairie.example"
    m.collectivite.save(update_fields=["email"])
    right_ended(m.mairie)
    dire(dossier)
    assert Annonce.objects.get(cle=f"{INTENTION}:contact")
    suivante = venir(m)
    m.collectivite.email = ""
    m.collectivite.save(update_fields=["email"])
    tour()
    assert lu() == [suivante.email]


def test_nobody_there_it_waits_for_whoever_comes_without_an_e_mail_to_anybody(m: Monde, dossier: Sinistre) -> None:
    dire(dossier)
    composer()
    deactivated(m.mairie)
    for _ in range(3):
        tour()
    assert lu() == [] and attend() == 1 and Courriel.objects.count() == 1, "looking again writes no e-mail"
    assert Annonce.objects.get().prevue_le > timezone.now() + dt.timedelta(hours=5)
    suivante = venir(m)
    tour()
    assert lu() == [suivante.email] and attend() == 0


def test_it_waits_thirty_days(m: Monde, dossier: Sinistre) -> None:
    dire(dossier)
    deactivated(m.mairie)
    tour()
    assert attend() == 1
    Annonce.objects.update(cree_le=timezone.now() - PATIENCE)
    tour()
    venir(m)
    tour()
    assert attend() == 0 and lu() == []


def test_who_comes_back_is_told(m: Monde, dossier: Sinistre) -> None:
    """Alone, or after somebody who left in his turn: what was taken from him unsaid is his again."""
    dire(dossier)
    composer()
    deactivated(m.mairie)
    tour()
    came_back(m.mairie)
    tour()
    assert lu() == [m.mairie.email]


def test_who_comes_back_after_the_next_has_left_is_told(m: Monde, dossier: Sinistre) -> None:
    dire(dossier)
    deactivated(m.mairie)
    suivante = venir(m)
    composer()
    assert set(Annonce.objects.values_list("destinataire", "etat")) == {
        (m.mairie.pk, EtatAnnonce.SANS_OBJET), (suivante.pk, EtatAnnonce.EN_ATTENTE),
    }  # fmt: skip
    deactivated(suivante)
    came_back(m.mairie)
    tour()
    assert lu() == [m.mairie.email]


def test_nobody_is_told_twice(m: Monde, dossier: Sinistre) -> None:
    """Two people, one of whom leaves: the other has it, and whoever comes later is not told again of old news."""
    autre = venir(m)
    dire(dossier)
    composer()
    deactivated(m.mairie)
    venir(m)
    tour()
    assert lu() == [autre.email]


def test_both_leave_and_the_next_is_told_once(m: Monde, dossier: Sinistre) -> None:
    autre = venir(m)
    dire(dossier)
    composer()
    deactivated(m.mairie)
    right_ended(autre)
    suivante = venir(m)
    tour()
    assert lu() == [suivante.email]
    assert Annonce.objects.filter(destinataire=suivante).count() == 1


def test_who_was_told_already_and_left_is_enough(m: Monde, dossier: Sinistre) -> None:
    """The collectivité was told: its next person is not told what was."""
    autre = venir(m)
    AdresseEnDefaut.objects.create(adresse=m.mairie.email.lower(), genre="REBOND")
    dire(dossier)
    tour()
    assert lu() == [autre.email]
    deactivated(m.mairie)
    deactivated(autre)
    venir(m)
    tour()
    assert lu() == [autre.email] and attend() == 0


@pytest.mark.parametrize("quand", ["before composing", "in the digest"])
def test_a_refused_address_does_not_keep_what_its_owner_left(m: Monde, dossier: Sinistre, quand: str) -> None:
    dire(dossier)
    if quand == "in the digest":
        composer()
    AdresseEnDefaut.objects.create(adresse=m.mairie.email.lower(), genre="REBOND")
    tour()
    assert lu() == []
    deactivated(m.mairie)
    suivante = venir(m)
    tour()
    assert lu() == [suivante.email]


def test_the_agents_own_dossier_passes_to_the_others(m: Monde, dossier: Sinistre) -> None:
    """His account is tied to the agent after the news: nobody is told about his own dossier."""
    dire(dossier)
    composer()
    dossier.agent.compte = m.mairie
    dossier.agent.save(update_fields=["compte"])
    tour()
    assert lu() == [] and attend() == 1
    autre = venir(m)
    tour()
    assert lu() == [autre.email]


def test_a_digest_keeps_what_may_be_told(m: Monde, dossier: Sinistre) -> None:
    """Two collectivités, one right ended: the rest of the digest leaves, what fell passes."""
    Habilitation.objects.create(user=m.mairie, role=Role.COLLECTIVITE, collectivite=m.autre_collectivite, debut=timezone.localdate())
    autre = f.sinistre(m, par=m.mairie2, de=m.autre_agent)
    dire(dossier)
    dire(autre, "essai:2")
    composer()
    Habilitation.objects.filter(user=m.mairie, collectivite=m.collectivite).update(fin=timezone.localdate() - dt.timedelta(days=1))
    suivante = venir(m)
    tour()
    textes = {c.destinataire_id: c.texte for c in Courriel.objects.filter(etat=EtatCourriel.ENVOYE)}
    assert set(textes) == {m.mairie.pk, m.mairie2.pk, suivante.pk}
    assert dossier.numero not in textes[m.mairie.pk] and autre.numero in textes[m.mairie.pk]
    assert dossier.numero in textes[suivante.pk]


def test_what_changed_since_it_was_read_is_left_alone(m: Monde, dossier: Sinistre) -> None:
    """A relay that was taken for dead has read an annonce that has left since: it is not told to another."""
    dire(dossier)
    composer()
    (lue,) = Annonce.objects.all()
    deactivated(m.mairie)
    venir(m)
    Annonce.objects.update(etat=EtatAnnonce.SANS_OBJET)
    passer([lue])
    assert Annonce.objects.count() == 1


def words_stand(m: Monde, dossier: Sinistre) -> Courriel:
    """His e-mail was written and marked at an attempt that the server put off."""
    dire(dossier)
    composer()
    Courriel.objects.update(objet="Récapitulatif", texte=dossier.numero, html=f"<p>{dossier.numero}</p>")
    return Courriel.objects.get()


def address_mended(user: User) -> None:
    AdresseEnDefaut.objects.filter(adresse=user.email.lower()).update(levee_le=timezone.now(), levee_par=user)


def test_words_that_stand_do_not_leave_once_their_news_has_passed(m: Monde, dossier: Sinistre) -> None:
    """Written once and put off by the server; then he leaves, and his address, refused, is mended."""
    ancien = words_stand(m, dossier)
    AdresseEnDefaut.objects.create(adresse=m.mairie.email.lower(), genre="REBOND")
    right_ended(m.mairie)
    suivante = venir(m)
    tour()
    address_mended(m.mairie)
    tour()
    assert lu() == [suivante.email]
    ancien.refresh_from_db()
    assert (ancien.etat, ancien.texte) == (EtatCourriel.SANS_OBJET, "")


def test_a_relay_that_ends_before_it_drops_what_it_passed_leaves_no_words(
    m: Monde, dossier: Sinistre, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    words_stand(m, dossier)
    right_ended(m.mairie)
    suivante = venir(m)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(relay, "_drop", die)
        relayer()
    Courriel.objects.filter(etat=EtatCourriel.EN_COURS).update(bail_jusqu_a=timezone.now())
    tour()
    assert lu() == [suivante.email]


def test_a_relay_taken_for_dead_passes_nothing_that_another_sends(m: Monde, dossier: Sinistre, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other has read them while they could be told, and is sending: they are told to nobody else."""
    dire(dossier)
    composer()
    read = relay.lire

    def taken_over(courriel: Courriel) -> Lues:
        right_ended(m.mairie)
        Courriel.objects.filter(pk=courriel.pk).update(bail=uuid.uuid4())
        return read(courriel)

    monkeypatch.setattr(relay, "lire", taken_over)
    venir(m)
    relayer()
    assert list(Annonce.objects.values_list("destinataire", "etat")) == [(m.mairie.pk, EtatAnnonce.CONFIEE)]
    assert Courriel.objects.get().etat == EtatCourriel.EN_COURS


@pytest.mark.parametrize("voulu", [Cadence.JAMAIS, Cadence.AUSSITOT])
def test_who_comes_back_is_told_as_he_wants_by_now(m: Monde, dossier: Sinistre, voulu: Cadence) -> None:
    """No e-mail of that kind, if he has said so; in the digest, what had an e-mail of its own that was dropped."""
    Preference.objects.create(user=m.mairie, genre=GenreCourriel.VALIDATION, cadence=Cadence.AUSSITOT)
    dire(dossier, genre=GenreCourriel.VALIDATION)
    composer()
    deactivated(m.mairie)
    suivante = venir(m)
    le_temps_passe()
    relayer()
    assert Annonce.objects.get(destinataire=suivante).etat == EtatAnnonce.EN_ATTENTE
    Preference.objects.update(cadence=voulu)
    deactivated(suivante)
    came_back(m.mairie)
    for _ in range(2):
        le_temps_passe()
        composer()
    (sienne,) = Annonce.objects.filter(destinataire=m.mairie)
    attendu = (EtatAnnonce.NON_VOULUE, Cadence.JAMAIS) if voulu == Cadence.JAMAIS else (EtatAnnonce.CONFIEE, Cadence.RECAPITULATIF)
    assert (sienne.etat, sienne.cadence) == attendu
    assert attend() == 0


def test_what_somebody_was_told_counts_when_his_right_is_gone_altogether(m: Monde, dossier: Sinistre) -> None:
    autre = venir(m)
    AdresseEnDefaut.objects.create(adresse=m.mairie.email.lower(), genre="REBOND")
    dire(dossier)
    dire(dossier, f"{INTENTION}:2")
    tour()
    Annonce.objects.filter(cle=f"{INTENTION}:2:{autre.pk}").delete()
    Habilitation.objects.all().delete()
    deactivated(autre)
    suivante = venir(m)
    tour()
    assert lu() == sorted([autre.email, suivante.email])
    assert set(Annonce.objects.filter(destinataire=suivante).values_list("cle", flat=True)) == {f"{INTENTION}:2:{suivante.pk}"}
