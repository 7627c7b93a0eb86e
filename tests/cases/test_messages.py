"""Messages between the CDG and a collectivité: who may, which way, what is kept of them, and the item that waits for an answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import Refus
from cases.enums import FileTravail, GenreTache
from cases.enums_message import RaisonMots, SensMessage
from cases.errors import AlerteAConfirmer, DejaPris, DonneeInvalide, Erreur
from cases.models import Message, ReponseType, Sinistre, Tache
from cases.mots_medicaux import MOTS_MEDICAUX
from cases.selectors import timeline
from cases.selectors_messages import (
    dossiers_a_lire,
    lecteurs_de_la_collectivite,
    messages_a_montrer,
    messages_du_sinistre,
    reponse_attendue,
    reponses_en_usage,
    reponses_types,
)
from cases.services import messages, taches
from cases.services import reponses_types as types
from documents.models import Piece
from journal.models import Contenu, Entree, Evenement
from tests import factories as f
from workflows import reponses

pytestmark = pytest.mark.django_db
TEXTE = "Bonjour,\nla date de l’arrêté est-elle le 3 ?"


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


def ouvertes(sinistre: Sinistre) -> list[Tache]:
    return list(Tache.objects.filter(sinistre=sinistre, genre=GenreTache.REPONDRE_MESSAGE, fermee_le__isnull=True))


# -- Writing ------------------------------------------------------------------------------------------------------------------


def test_who_writes_and_which_way(m: f.Monde, sinistre: Sinistre) -> None:
    """Each role on the dossier of the first mairie: the direction of what he writes, or a refusal that says as much as he may know."""
    said: dict[str, Any] = {}
    for role, user in m.people.items():
        try:
            said[role] = messages.ecrire(acteur=user, sinistre=sinistre, texte=TEXTE).sens
        except Refus as error:
            said[role] = error.visible
    vers_collectivite = dict.fromkeys(("gestionnaire", "gestionnaire2", "responsable"), SensMessage.VERS_COLLECTIVITE.value)
    aveugles = dict.fromkeys(("mairie2", "assureur", "admin", "expert", "psychologue", "medecin"), False)
    assert said == {
        **vers_collectivite, **aveugles, "mairie": "VERS_CDG", "payeur": True, "payeur2": True, "secretariat": True,
    }  # fmt: skip
    readers = {role for role, user in m.people.items() if messages_du_sinistre(user, sinistre).exists()}
    assert readers == {"gestionnaire", "gestionnaire2", "responsable", "mairie"}
    for role in set(m.people) - readers:
        with pytest.raises(Refus):
            messages.marquer_lus(lecteur=m.people[role], sinistre=sinistre, montres=[])


def test_nobody_writes_or_reads_on_his_own_dossier(m: f.Monde, sinistre: Sinistre) -> None:
    for user in (m.mairie, m.gestionnaire):
        m.agent.compte = user
        m.agent.save(update_fields=["compte"])
        sien = Sinistre.objects.get(pk=sinistre.pk)
        with pytest.raises(Refus) as refused:
            messages.ecrire(acteur=user, sinistre=sien, texte=TEXTE)
        assert not refused.value.visible
        assert not messages_du_sinistre(user, sien).exists()
    messages.ecrire(acteur=m.gestionnaire2, sinistre=sinistre, texte=TEXTE)
    m.agent.compte = m.mairie
    m.agent.save(update_fields=["compte"])
    assert dossiers_a_lire(m.mairie) == []
    assert m.mairie not in lecteurs_de_la_collectivite(Sinistre.objects.get(pk=sinistre.pk))


def test_somebody_of_both_houses_writes_for_his_collectivite(m: f.Monde, sinistre: Sinistre) -> None:
    both = f.person(Role.GESTIONNAIRE, Role.COLLECTIVITE, collectivites=[m.collectivite])
    assert messages.ecrire(acteur=both, sinistre=sinistre, texte=TEXTE).sens == SensMessage.VERS_CDG
    assert len(ouvertes(sinistre)) == 1 and not reponse_attendue(both, sinistre)
    with pytest.raises(Refus):
        messages.sans_reponse(acteur=both, sinistre=sinistre)
    ailleurs = f.sinistre(m, de=m.autre_agent, par=m.mairie2)
    assert messages.ecrire(acteur=both, sinistre=ailleurs, texte=TEXTE).sens == SensMessage.VERS_COLLECTIVITE


def test_neither_journal_nor_event_holds_the_text(m: f.Monde, sinistre: Sinistre) -> None:
    envoye = messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte=TEXTE.replace("\n", "\r\n"))
    recu = messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=f"  {TEXTE}  ")
    assert envoye.texte == recu.texte == TEXTE
    for message, action in ((envoye, "message.envoye"), (recu, "message.recu")):
        entree = Entree.objects.get(objet_type="message", objet_id=message.pk)
        assert (entree.action, entree.sinistre_id, entree.motif) == (action, sinistre.pk, "")
        assert entree.contenu.donnees == {"longueur": len(TEXTE), "reponse_type": None}
        evenement = Evenement.objects.get(objet_type="message", objet_id=message.pk)
        assert (evenement.type, evenement.sinistre_id, evenement.donnees) == ("message.ecrit", sinistre.pk, {"sens": message.sens})
    assert not [c for c in Contenu.objects.all() if "arrêté" in str(c.donnees)]


@pytest.mark.parametrize(
    "texte", ["", " \n ", "x" * 4001, "un\x00deux", "un\x1bdeux", "\u202etexte"], ids=["vide", "blancs", "long", "nul", "echap", "renversé"]
)
def test_a_bad_text_is_refused_and_nothing_is_done(m: f.Monde, sinistre: Sinistre, texte: str) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=texte)
    assert set(refused.value.champs) == {"texte"}
    assert not Message.objects.exists() and not ouvertes(sinistre)


def test_the_longest_text_counts_a_line_break_once(m: f.Monde, sinistre: Sinistre) -> None:
    texte = "a\r\n" * 1998 + "fin\r\n"
    assert len(messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=texte).texte) == 1998 * 2 + 3


def test_a_second_click_sends_nothing_more(m: f.Monde, sinistre: Sinistre) -> None:
    premier = messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=TEXTE)
    assert messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=TEXTE + "\n") == premier
    assert Evenement.objects.filter(type="message.ecrit").count() == 1
    assert messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte=TEXTE) != premier
    Message.objects.filter(pk=premier.pk).update(le=timezone.now() - dt.timedelta(minutes=3))
    assert messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=TEXTE) != premier


# -- Words of health ------------------------------------------------------------------------------------------------------------


def test_words_of_health_stop_and_are_named(m: f.Monde, sinistre: Sinistre) -> None:
    texte = "Depuis son entorse, puis sa dépression, l’agent…"
    for acteur in (m.mairie, m.gestionnaire):
        with pytest.raises(AlerteAConfirmer) as stopped:
            messages.ecrire(acteur=acteur, sinistre=sinistre, texte=texte)
        (phrase,) = stopped.value.alertes.values()
        assert set(stopped.value.alertes) == {MOTS_MEDICAUX} and "entorse" in phrase and "depression" in phrase
    assert not Message.objects.exists() and not Entree.objects.filter(objet_type="message").exists()
    with pytest.raises(DonneeInvalide):
        messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=texte, raison="Parce qu’il a une entorse")
    message = messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=texte, raison=RaisonMots.DEJA_CONNU)
    entree = Entree.objects.get(objet_type="message", objet_id=message.pk)
    assert entree.motif == RaisonMots.DEJA_CONNU.label
    assert "entorse" not in str(entree.contenu.donnees)


def test_a_reason_for_no_word_is_not_kept(m: f.Monde, sinistre: Sinistre) -> None:
    message = messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=TEXTE, raison=RaisonMots.USAGE)
    assert Entree.objects.get(objet_type="message", objet_id=message.pk).motif == ""


# -- The item that waits ----------------------------------------------------------------------------------------------------------


def test_a_question_opens_one_item_and_the_answer_closes_it(m: f.Monde, sinistre: Sinistre) -> None:
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Une question.")
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Une autre.")
    (tache,) = ouvertes(sinistre)
    assert (tache.file, tache.objet_type, tache.objet_id) == (FileTravail.MESSAGES, "sinistre", sinistre.pk)
    assert (
        reponse_attendue(m.gestionnaire, sinistre) and not reponse_attendue(m.payeur, sinistre) and not reponse_attendue(m.mairie, sinistre)
    )
    taches.prendre(acteur=m.gestionnaire2, tache=tache)
    messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte="Voici.")
    assert ouvertes(sinistre) == [] and Tache.objects.get(pk=tache.pk).issue == "repondu"
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Merci, mais encore ?")
    assert len(ouvertes(sinistre)) == 1


def test_what_was_not_seen_still_waits(m: f.Monde, sinistre: Sinistre) -> None:
    vu = messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Une question.")
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Au fait, une autre.")
    messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte="Voici pour la première.", vu=vu.pk)
    assert len(ouvertes(sinistre)) == 1
    with pytest.raises(Erreur, match="vient d’écrire"):
        messages.sans_reponse(acteur=m.gestionnaire, sinistre=sinistre, vu=vu.pk)
    dernier = messages_du_sinistre(m.gestionnaire, sinistre)[0]
    messages.sans_reponse(acteur=m.gestionnaire, sinistre=sinistre, vu=dernier.pk)
    assert ouvertes(sinistre) == []
    entree = Entree.objects.get(action="tache.terminee")
    assert entree.motif == "Sans réponse nécessaire" and entree.acteur_id == m.gestionnaire.pk
    with pytest.raises(Erreur, match="Aucun message"):
        messages.sans_reponse(acteur=m.gestionnaire, sinistre=sinistre)


def test_only_the_cdg_says_that_no_answer_is_needed(m: f.Monde, sinistre: Sinistre) -> None:
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=TEXTE)
    for user in (m.mairie, m.mairie2, m.payeur, m.assureur):
        with pytest.raises(Refus):
            messages.sans_reponse(acteur=user, sinistre=sinistre)
    taches.prendre(acteur=m.gestionnaire2, tache=ouvertes(sinistre)[0])
    with pytest.raises(DejaPris):
        messages.sans_reponse(acteur=m.gestionnaire, sinistre=sinistre)
    assert len(ouvertes(sinistre)) == 1


def test_a_new_message_brings_back_the_item_put_aside(m: f.Monde, sinistre: Sinistre) -> None:
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Une question.")
    demain = timezone.localdate() + dt.timedelta(days=1)
    taches.ressortir(acteur=m.gestionnaire, tache=ouvertes(sinistre)[0], le=demain, motif="On cherche")
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Laissez, j’ai trouvé.")
    (tache,) = ouvertes(sinistre)
    assert not tache.suspendue and tache.porteur == m.gestionnaire


# -- Reading --------------------------------------------------------------------------------------------------------------------


def test_reading_marks_the_other_sides_messages_once(m: f.Monde, sinistre: Sinistre) -> None:
    envoye = messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte="Il manque l’arrêté.")
    recu = messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Le voici bientôt.")
    [(dossier, nombre, _)] = dossiers_a_lire(m.mairie)
    assert (dossier, nombre) == (sinistre, 1)
    assert dossiers_a_lire(m.mairie2) == [] and dossiers_a_lire(m.gestionnaire) == []
    montres = [envoye.pk, recu.pk]
    assert messages.marquer_lus(lecteur=m.gestionnaire2, sinistre=sinistre, montres=montres) == 1
    assert messages.marquer_lus(lecteur=m.gestionnaire, sinistre=sinistre, montres=montres) == 0
    envoye.refresh_from_db()
    recu.refresh_from_db()
    assert envoye.lu_le is None and recu.lu_par == m.gestionnaire2
    assert messages.marquer_lus(lecteur=m.mairie, sinistre=sinistre, montres=montres) == 1
    assert dossiers_a_lire(m.mairie) == []
    lus = Entree.objects.filter(action="message.lu").values_list("acteur_id", "objet_id")
    assert set(lus) == {(m.gestionnaire2.pk, recu.pk), (m.mairie.pk, envoye.pk)}
    assert ouvertes(sinistre), "reading is not answering"


def test_what_was_not_shown_is_not_read(m: f.Monde, sinistre: Sinistre) -> None:
    """One came while the page was drawn; another stands on somebody else's dossier."""
    shown, meanwhile = (messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=texte) for texte in ("Une question.", "Une autre."))
    ailleurs = messages.ecrire(acteur=m.mairie, sinistre=f.sinistre(m, de=f.agent(m.collectivite)), texte="Ailleurs.")
    assert messages.marquer_lus(lecteur=m.gestionnaire, sinistre=sinistre, montres=[shown.pk, ailleurs.pk]) == 1
    assert set(Message.objects.filter(lu_le__isnull=True)) == {meanwhile, ailleurs}
    assert messages.marquer_lus(lecteur=m.gestionnaire, sinistre=sinistre, montres=[]) == 0


@pytest.mark.parametrize(
    ("recents", "plafond", "avant", "derniers", "anciens", "precedents"),
    [
        pytest.param(3, 9, None, [7, 6, 5], [1], 5, id="the last ones, an older one unread"),
        pytest.param(3, 9, 5, [4, 3, 2], [1], 2, id="before them"),
        pytest.param(2, 0, None, [7, 6], [], 6, id="no room for older ones"),
        pytest.param(8, 9, None, [7, 6, 5, 4, 3, 2, 1, 0], [], None, id="all"),
        pytest.param(3, 9, 0, [], [], None, id="before the first"),
    ],
)
def test_a_page_shows_the_last_ones_and_what_is_unread(
    m: f.Monde, sinistre: Sinistre, recents: int, plafond: int, avant: int | None, derniers: list[int], anciens: list[int],
    precedents: int | None,
) -> None:  # fmt: skip
    """Eight messages to the CDG, of which the second and the last were not read."""
    ids = [messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=f"Message {rang}").pk for rang in range(8)]
    messages.marquer_lus(lecteur=m.gestionnaire, sinistre=sinistre, montres=[pk for rang, pk in enumerate(ids) if rang not in (1, 7)])
    ids_before = ids[avant] if avant is not None else None
    found = messages_a_montrer(m.gestionnaire, sinistre, recents=recents, plafond=plafond, avant=ids_before)
    assert [un.pk for un in found.derniers] == [ids[rang] for rang in derniers]
    assert [un.pk for un in found.non_lus_plus_anciens] == [ids[rang] for rang in anciens]
    assert found.precedents == (ids[precedents] if precedents is not None else None)
    nothing = messages_a_montrer(m.payeur, sinistre, recents=recents, plafond=plafond, avant=ids_before)
    assert (nothing.derniers, nothing.non_lus_plus_anciens, nothing.precedents) == ([], [], None)


def test_a_message_read_by_nobody_is_refused_by_the_base(m: f.Monde, sinistre: Sinistre) -> None:
    message = messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=TEXTE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(lu_le=timezone.now())


def test_the_timeline_tells_of_messages_to_those_who_read_them(m: f.Monde, sinistre: Sinistre) -> None:
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=TEXTE)
    seen = {role for role, user in m.people.items() if timeline(user, sinistre).filter(action__startswith="message.").exists()}
    assert seen == {"gestionnaire", "gestionnaire2", "responsable", "mairie"}


def test_who_will_read_is_counted_among_active_people(m: f.Monde, sinistre: Sinistre) -> None:
    collegue = f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    f.person(Role.COLLECTIVITE, collectivites=[m.collectivite], is_active=False)
    partie = f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    partie.habilitations.update(fin=timezone.localdate() - dt.timedelta(days=1))
    assert set(lecteurs_de_la_collectivite(sinistre)) == {m.mairie, collegue}


# -- Answers kept ready -----------------------------------------------------------------------------------------------------------


def reponse(m: f.Monde, **champs: Any) -> ReponseType:
    valeurs: dict[str, Any] = {"acteur": m.responsable, "titre": "Accusé", "texte": "Dossier {{ numero }}."}
    return types.enregistrer(**(valeurs | champs))


def test_only_a_responsable_keeps_the_answers(m: f.Monde) -> None:
    une = reponse(m)
    for role, user in m.people.items():
        if role != "responsable":
            with pytest.raises(Refus):
                reponse(m, acteur=user, titre="Autre")
            assert not reponses_types(user).exists()
        assert reponses_en_usage(user).exists() == (role in {"gestionnaire", "gestionnaire2", "responsable"})
    reponse(m, reponse_id=une.pk, active=False)
    assert reponses_types(m.responsable).get() == une and not reponses_en_usage(m.gestionnaire).exists()
    assert list(Entree.objects.filter(objet_type="reponse_type").order_by("id").values_list("action", flat=True)) == [
        "reponse_type.ajoutee", "reponse_type.changee",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"titre": "  "}, "titre"), ({"titre": "x" * 81}, "titre"), ({"titre": "ACCUSÉ"}, "titre"), ({"texte": ""}, "texte"),
        ({"texte": "x" * 4001}, "texte"), ({"texte": "{{ nature }}"}, "texte"), ({"texte": "{{ agent.nom }}"}, "texte"),
        ({"texte": "{% now %}"}, "texte"), ({"texte": "{{ numero }"}, "texte"), ({"texte": "numero }}"}, "texte"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_refused(m: f.Monde, champs: dict[str, str], champ: str) -> None:
    reponse(m)
    with pytest.raises(DonneeInvalide) as refused:
        reponse(m, **({"titre": "Autre"} | champs))
    assert set(refused.value.champs) == {champ}
    assert ReponseType.objects.count() == 1


def test_two_responsables_on_one_answer(m: f.Monde) -> None:
    une = reponse(m)
    lue = une.modifiee_le
    collegue = f.person(Role.RESPONSABLE, prenom="Lise", nom="Vernet")
    reponse(m, acteur=collegue, reponse_id=une.pk, texte="Mieux.", lue_le=lue)
    with pytest.raises(Erreur, match="Lise Vernet a changé"):
        reponse(m, reponse_id=une.pk, texte="Autrement.", lue_le=lue)
    une.refresh_from_db()
    assert une.texte == "Mieux."


def test_an_answer_is_filled_by_the_dossier(m: f.Monde, sinistre: Sinistre) -> None:
    une = reponse(m, texte="".join(f"{{{{{nom}}}}}|" for nom in types.VARIABLES))
    m.collectivite.nom = "Mairie de {{ numero }}"  # a value is never read again for variables
    m.collectivite.save()
    sinistre = Sinistre.objects.select_related("agent", "collectivite").get(pk=sinistre.pk)
    numero, agent, collectivite, pieces, signature, fin = reponses.texte_pour(acteur=m.gestionnaire, reponse=une, sinistre=sinistre).split(
        "|"
    )
    assert (numero, collectivite, fin) == (sinistre.numero, "Mairie de {{ numero }}", "")
    assert m.agent.matricule in agent and m.agent.nom not in agent
    attendues = Piece.objects.filter(sinistre=sinistre, requise=True).count()
    assert pieces == reponses.pieces_en_lettres(attendues) and attendues > 0
    assert signature.startswith("Le service assurance statutaire\n")
    with pytest.raises(Refus):
        reponses.texte_pour(acteur=m.payeur, reponse=une, sinistre=sinistre)


@pytest.mark.parametrize(
    ("nombre", "mots"), [(0, "aucune pièce"), (1, "une pièce"), (2, "deux pièces"), (16, "seize pièces"), (17, "17 pièces")]
)
def test_a_number_in_words(nombre: int, mots: str) -> None:
    assert reponses.pieces_en_lettres(nombre).replace("\u00a0", " ") == mots


def test_the_answer_used_is_kept_with_the_message(m: f.Monde, sinistre: Sinistre) -> None:
    une = reponse(m)
    assert messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte=TEXTE, reponse_type=une).reponse_type == une
    assert messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=TEXTE, reponse_type=une).reponse_type is None
