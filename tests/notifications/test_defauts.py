"""What people decide of e-mails that did not arrive and of addresses that refuse them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import AlerteAConfirmer, DejaPris, DonneeInvalide, Erreur
from cases.models import Tache
from cases.selectors import taches_visibles
from journal.models import Entree
from notifications.defauts import classer, clore_correction, lever, ouvrir_taches_des_defauts, renvoyer
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel, GenreCourriel, GenreDefaut
from notifications.models import AdresseEnDefaut, Annonce, Courriel
from notifications.rebonds.constats import constater
from notifications.rebonds.lecture import Action, Rebond
from notifications.selectors import adresses_en_defaut, courriels_visibles
from tests import factories as f
from tests.notifications.retours import MAIRIE, parti

pytestmark = pytest.mark.django_db


@pytest.fixture
def m(db: None) -> f.Monde:
    return f.monde()


def en_defaut(m: f.Monde, etat: EtatCourriel = EtatCourriel.ABANDONNE, **champs: Any) -> Courriel:
    """An e-mail of one annonce to the secretary of the mairie."""
    sinistre = champs.pop("sinistre", None) or f.sinistre(m, de=f.agent(m.collectivite))
    row = parti(etat=etat, destinataire=m.mairie, adresse=m.mairie.email, sinistre=sinistre, **champs)
    annonce(m, row, sinistre=sinistre)
    return row


def annonce(m: f.Monde, row: Courriel, etat: EtatAnnonce = EtatAnnonce.CONFIEE, **champs: Any) -> Annonce:
    return Annonce.objects.create(
        cle=f"essai:{uuid.uuid4()}", genre=GenreCourriel.PIECES_DEMANDEES, destinataire=m.mairie, collectivite=m.collectivite,
        cadence=Cadence.AUSSITOT, etat=etat, courriel=row, **champs,
    )  # fmt: skip


def digest(m: f.Monde, etat: EtatCourriel, **champs: Any) -> Courriel:
    return parti(etat=etat, genre=GenreCourriel.RECAPITULATIF, destinataire=m.mairie, adresse=m.mairie.email, **champs)


def items(genre: GenreTache = GenreTache.TRAITER_COURRIEL) -> list[Tache]:
    return list(Tache.objects.filter(genre=genre, fermee_le__isnull=True).order_by("pk"))


def fresh(row: Courriel) -> Courriel:
    return Courriel.objects.get(pk=row.pk)


# -- work items --------------------------------------------------------------------------------------------------------


def test_each_e_mail_in_default_has_one_item(m: f.Monde) -> None:
    rows = [en_defaut(m, etat) for etat in (EtatCourriel.INCERTAIN, EtatCourriel.ABANDONNE, EtatCourriel.REJETE)]
    parti()
    parti(etat=EtatCourriel.ABANDONNE, genre=GenreCourriel.COMPTE)
    parti(etat=EtatCourriel.ABANDONNE, vu_le=timezone.now(), vu_par=m.responsable)
    assert (ouvrir_taches_des_defauts(), ouvrir_taches_des_defauts()) == (3, 0)
    assert [(t.objet_type, t.objet_id, t.sinistre_id, t.file) for t in items()] == [
        ("courriel", row.pk, row.sinistre_id, "messages") for row in rows
    ]
    for user in (m.gestionnaire, m.responsable):
        assert taches_visibles(user).filter(genre=GenreTache.TRAITER_COURRIEL).count() == 3
    assert not taches_visibles(m.payeur).filter(genre=GenreTache.TRAITER_COURRIEL).exists()


def test_so_many_at_a_time(m: f.Monde) -> None:
    for _ in range(5):
        en_defaut(m)
    assert [ouvrir_taches_des_defauts(limite=2) for _ in range(4)] == [2, 2, 1, 0]


def test_queries_do_not_grow_with_what_is_settled(m: f.Monde, django_assert_max_num_queries: Any) -> None:
    for _ in range(4):
        en_defaut(m)
    ouvrir_taches_des_defauts()
    with django_assert_max_num_queries(4):
        assert ouvrir_taches_des_defauts() == 0


# -- sending again -----------------------------------------------------------------------------------------------------


def test_sent_again_under_a_new_message_id_with_what_it_told(m: f.Monde) -> None:
    row = en_defaut(m)
    gone = annonce(m, row, EtatAnnonce.SANS_OBJET)
    ouvrir_taches_des_defauts()
    m.mairie.email = "nouvelle@mairie.example"
    m.mairie.save(update_fields=["email"])
    again = renvoyer(acteur=m.gestionnaire, courriel_id=row.pk)
    assert (again.etat, again.renvoi_de, again.adresse, again.sinistre) == (EtatCourriel.A_ENVOYER, row, m.mairie.email, row.sinistre)
    assert again.message_id != row.message_id and again.texte == ""
    assert again.annonces.count() == 1 and list(row.annonces.all()) == [gone]
    assert (fresh(row).vu_par, fresh(row).etat) == (m.gestionnaire, EtatCourriel.ABANDONNE)
    assert items() == [] and ouvrir_taches_des_defauts() == 0
    entree = Entree.objects.select_related("contenu").get(action="courriel.renvoye")
    assert entree.contenu.donnees == {"etat": "ABANDONNE", "renvoi": again.pk} and entree.sinistre_id == row.sinistre_id


def test_one_without_annonce_keeps_its_words(m: f.Monde) -> None:
    row = parti(etat=EtatCourriel.ABANDONNE, html="<p>Bonjour,</p>")
    again = renvoyer(acteur=m.gestionnaire, courriel_id=row.pk)
    assert (again.objet, again.texte, again.html) == (row.objet, row.texte, row.html)
    empty = parti(etat=EtatCourriel.ABANDONNE, texte="", objet="")
    with pytest.raises(Erreur, match="plus rien à dire"):
        renvoyer(acteur=m.gestionnaire, courriel_id=empty.pk)


def test_in_doubt_it_asks_why(m: f.Monde) -> None:
    row = en_defaut(m, EtatCourriel.INCERTAIN)
    with pytest.raises(AlerteAConfirmer, match="deux fois"):
        renvoyer(acteur=m.gestionnaire, courriel_id=row.pk, raison="  ")
    assert fresh(row).vu_le is None and not row.renvois.exists()
    renvoyer(acteur=m.gestionnaire, courriel_id=row.pk, raison="La mairie ne l’a pas reçu.")
    assert Entree.objects.get(action="courriel.renvoye").motif == "La mairie ne l’a pas reçu."


def test_not_to_an_address_that_refuses(m: f.Monde) -> None:
    row = en_defaut(m, EtatCourriel.ENVOYE)
    constater(Rebond(frozenset({m.mairie.email.lower()}), Action.ECHEC, "5.1.1", frozenset({row.message_id})))
    with pytest.raises(Erreur, match="rétablissez-la"):
        renvoyer(acteur=m.gestionnaire, courriel_id=row.pk)
    lever(acteur=m.gestionnaire, adresse_id=AdresseEnDefaut.objects.get().pk, commentaire="Boîte rouverte.")
    assert renvoyer(acteur=m.gestionnaire, courriel_id=row.pk).annonces.count() == 1


def test_a_digest_joins_the_one_that_waits(m: f.Monde) -> None:
    row = digest(m, EtatCourriel.REJETE, jour=timezone.localdate())
    annonce(m, row, sinistre=f.sinistre(m))
    waits = digest(m, EtatCourriel.A_ENVOYER, texte="")
    assert renvoyer(acteur=m.gestionnaire, courriel_id=row.pk) == waits
    assert waits.annonces.count() == 1 and not row.renvois.exists()


def test_a_digest_whose_news_are_in_another_is_not_sent_again(m: f.Monde) -> None:
    row = digest(m, EtatCourriel.INCERTAIN)
    annonce(m, row, sinistre=f.sinistre(m))
    waits = digest(m, EtatCourriel.A_ENVOYER, texte="")
    renvoyer(acteur=m.gestionnaire, courriel_id=row.pk, raison="Rien reçu.")
    assert constater(Rebond(frozenset({row.adresse.lower()}), Action.ECHEC, "5.7.1", frozenset({row.message_id})))
    Courriel.objects.filter(pk=waits.pk).update(etat=EtatCourriel.ENVOYE, envoye_le=timezone.now())
    with pytest.raises(Erreur, match="plus rien à dire"):
        renvoyer(acteur=m.gestionnaire, courriel_id=row.pk)


def test_a_digest_that_did_not_arrive_is_not_the_day_s(m: f.Monde) -> None:
    row = digest(m, EtatCourriel.ABANDONNE, jour=timezone.localdate())
    annonce(m, row)
    again = renvoyer(acteur=m.gestionnaire, courriel_id=row.pk)
    assert again.renvoi_de == row and fresh(row).jour is None
    doubtful = digest(m, EtatCourriel.INCERTAIN, jour=timezone.localdate())
    annonce(m, doubtful)
    Courriel.objects.filter(pk=again.pk).update(etat=EtatCourriel.SANS_OBJET)
    renvoyer(acteur=m.gestionnaire, courriel_id=doubtful.pk, raison="Rien reçu.")
    assert fresh(doubtful).jour == timezone.localdate(), "it may have arrived: the next leaves another day"


def test_not_while_another_digest_is_leaving(m: f.Monde) -> None:
    row = digest(m, EtatCourriel.REJETE)
    annonce(m, row)
    digest(m, EtatCourriel.EN_COURS, bail=uuid.uuid4(), bail_jusqu_a=timezone.now() + dt.timedelta(minutes=5))
    with pytest.raises(Erreur, match="réessayez"):
        renvoyer(acteur=m.gestionnaire, courriel_id=row.pk)
    assert row.annonces.count() == 1 and fresh(row).vu_le is None


def test_settled_once(m: f.Monde) -> None:
    row = en_defaut(m)
    renvoyer(acteur=m.gestionnaire, courriel_id=row.pk)
    with pytest.raises(DejaPris, match="Anne Roche"):
        renvoyer(acteur=m.responsable, courriel_id=row.pk)
    with pytest.raises(DejaPris):
        classer(acteur=m.responsable, courriel_id=row.pk, commentaire="Prévenue.")
    with pytest.raises(DejaPris, match="plus de décision"):
        classer(acteur=m.responsable, courriel_id=parti().pk, commentaire="Prévenue.")


# -- filing ------------------------------------------------------------------------------------------------------------


def test_filed_with_what_was_done(m: f.Monde) -> None:
    row = en_defaut(m)
    ouvrir_taches_des_defauts()
    for wrong in (" ", "x" * 201):
        with pytest.raises(DonneeInvalide):
            classer(acteur=m.responsable, courriel_id=row.pk, commentaire=wrong)
    classer(acteur=m.responsable, courriel_id=row.pk, commentaire=" Prévenue par téléphone. ")
    assert fresh(row).vu_par == m.responsable and items() == []
    assert Entree.objects.get(action="courriel.classe").motif == "Prévenue par téléphone."
    assert fresh(row).annonces.get().courriel_id == row.pk


# -- who ---------------------------------------------------------------------------------------------------------------


def test_only_those_who_may(m: f.Monde) -> None:
    row, defaut = en_defaut(m), AdresseEnDefaut.objects.create(adresse=MAIRIE, genre=GenreDefaut.REBOND)
    for nom in sorted(set(m.people) - {"gestionnaire", "gestionnaire2", "responsable"}):
        user = m.people[nom]
        for act in (
            lambda u: renvoyer(acteur=u, courriel_id=row.pk),
            lambda u: classer(acteur=u, courriel_id=row.pk, commentaire="x"),
            lambda u: lever(acteur=u, adresse_id=defaut.pk, commentaire="x"),
            lambda u: clore_correction(acteur=u, adresse_id=defaut.pk),
        ):
            with pytest.raises(Refus):
                act(user)
    assert fresh(row).vu_le is None and adresses_en_defaut([MAIRIE])


def test_nobody_decides_of_an_e_mail_about_his_own_dossier(m: f.Monde) -> None:
    mine = f.agent(m.collectivite)
    mine.compte = m.gestionnaire
    mine.save(update_fields=["compte"])
    sinistre = f.sinistre(m, de=mine)
    single = en_defaut(m, sinistre=sinistre)
    several = digest(m, EtatCourriel.ABANDONNE)
    annonce(m, several, sinistre=sinistre)
    for row in (single, several):
        assert not courriels_visibles(m.gestionnaire).filter(pk=row.pk).exists()
        assert courriels_visibles(m.gestionnaire2).filter(pk=row.pk).exists()
        with pytest.raises(Courriel.DoesNotExist):
            classer(acteur=m.gestionnaire, courriel_id=row.pk, commentaire="x")


# -- addresses ---------------------------------------------------------------------------------------------------------


def refused(adresse: str) -> AdresseEnDefaut:
    row = parti(adresse=adresse)
    constater(Rebond(frozenset({adresse.lower()}), Action.ECHEC, "5.1.1", frozenset({row.message_id})))
    ouvrir_taches_des_defauts()  # the e-mail's own item
    return AdresseEnDefaut.objects.get(adresse=adresse.lower(), levee_le__isnull=True)


def test_an_address_is_restored_with_why(m: f.Monde) -> None:
    defaut = refused(m.mairie.email)
    with pytest.raises(DonneeInvalide):
        lever(acteur=m.gestionnaire, adresse_id=defaut.pk, commentaire="")
    lever(acteur=m.gestionnaire, adresse_id=defaut.pk, commentaire="Boîte rouverte.")
    assert not adresses_en_defaut([m.mairie.email]) and items(GenreTache.CORRIGER_ADRESSE) == []
    with pytest.raises(DejaPris, match="Anne Roche"):
        lever(acteur=m.responsable, adresse_id=defaut.pk, commentaire="Boîte rouverte.")
    assert Entree.objects.get(action="adresse.retablie").motif == "Boîte rouverte."
    assert refused(m.mairie.email).pk != defaut.pk, "it may be refused again"


def test_a_corrected_address_stays_refused_and_its_item_can_be_closed(m: f.Monde) -> None:
    defaut = refused(m.mairie.email.upper())
    with pytest.raises(Erreur, match="encore celle de quelqu’un"):
        clore_correction(acteur=m.gestionnaire, adresse_id=defaut.pk)
    former, m.mairie.email = m.mairie.email, "nouvelle@mairie.example"
    m.mairie.save(update_fields=["email"])
    clore_correction(acteur=m.gestionnaire, adresse_id=defaut.pk)
    assert adresses_en_defaut([former]) and items(GenreTache.CORRIGER_ADRESSE) == []
    with pytest.raises(DejaPris):
        clore_correction(acteur=m.responsable, adresse_id=defaut.pk)
    assert ouvrir_taches_des_defauts() == 0


def test_given_again_it_is_shown_again(m: f.Monde) -> None:
    """Nobody would be told anything at an address that was closed as corrected, then typed anew."""
    defaut = refused("contact@mairie.example")
    clore_correction(acteur=m.gestionnaire, adresse_id=defaut.pk)
    m.collectivite.email = "Contact@mairie.example"
    m.collectivite.save(update_fields=["email"])
    assert (ouvrir_taches_des_defauts(), ouvrir_taches_des_defauts()) == (1, 0)
    assert [t.objet_id for t in items(GenreTache.CORRIGER_ADRESSE)] == [defaut.pk]
