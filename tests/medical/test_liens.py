"""An agent reads his own file: one link, one code, one opening, half an hour; every reading in the journal as his."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import Refus
from cases.errors import DonneeInvalide
from cases.models import AvisMedecin, Sinistre
from documents.annonces import Annonce
from journal.models import Contenu, Entree
from medical.enums import EtatFichier, Finalite
from medical.models import Fichier, LienAgent
from medical.selectors_dossiers import liens_en_cours, qui_a_lu
from medical.services import controles_fichiers, depots, liens, opinions
from tests import factories as f
from tests.expertises import confiee
from tests.medical.dossiers import SESSION, confie, declare, depose, image, ouvert, piece_medicale
from workflows.branches.expertise import bulle

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


@pytest.fixture
def remise(m: f.Monde, sinistre: Sinistre) -> liens.Remise:
    return liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


def test_only_digests_are_kept_and_the_secret_stands_after_the_hash(remise: liens.Remise) -> None:
    row = LienAgent.objects.values().get()
    assert remise.secret not in str(row) and remise.code not in str(row)
    assert remise.adresse == f"{settings.BULLE_URL}/mon-dossier/#{remise.secret}"
    assert len(remise.code) == 8 and remise.code.isdigit()
    kept = str([(e.motif, e.contenu.donnees) for e in Entree.objects.select_related("contenu")])
    assert remise.secret not in kept and remise.code not in kept


def test_a_link_opens_once(remise: liens.Remise) -> None:
    jeton = liens.entrer(secret=remise.secret, code=f" {remise.code[:4]} {remise.code[4:]} ")
    seance = liens.seance(jeton)
    assert seance is not None and seance.pk == remise.lien.pk
    with pytest.raises(liens.LienInvalide):
        liens.entrer(secret=remise.secret, code=remise.code)
    assert Entree.objects.get(action="lien_agent.ouvert").acteur_id is None


def test_five_wrong_codes_void_it(remise: liens.Remise) -> None:
    for reste in (4, 3, 2, 1):
        with pytest.raises(liens.CodeFaux, match=str(reste)):
            liens.entrer(secret=remise.secret, code=wrong(remise.code))
    with pytest.raises(liens.LienInvalide):
        liens.entrer(secret=remise.secret, code=wrong(remise.code))
    with pytest.raises(liens.LienInvalide):
        liens.entrer(secret=remise.secret, code=remise.code)
    assert LienAgent.objects.get().essais == 5


def test_expired_revoked_unknown_or_replaced_opens_nothing(m: f.Monde, sinistre: Sinistre, remise: liens.Remise) -> None:
    def refused(secret: str, code: str) -> bool:
        with pytest.raises(liens.LienInvalide):
            liens.entrer(secret=secret, code=code)
        return True

    assert refused("inconnu", remise.code) and refused("", "")
    second = liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre)
    assert refused(remise.secret, remise.code)
    assert list(liens_en_cours(m.secretariat)) == [second.lien]
    LienAgent.objects.filter(pk=second.lien.pk).update(expire_le=timezone.now())
    assert refused(second.secret, second.code)
    third = liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre)
    liens.revoquer(acteur=m.secretariat, lien=third.lien)
    liens.revoquer(acteur=m.secretariat, lien=third.lien)
    assert refused(third.secret, third.code)
    assert Entree.objects.filter(action="lien_agent.revoque").count() == 1


def test_the_half_hour_ends_by_itself_by_leaving_or_by_revocation(m: f.Monde, sinistre: Sinistre, remise: liens.Remise) -> None:
    jeton = liens.entrer(secret=remise.secret, code=remise.code)
    LienAgent.objects.filter(pk=remise.lien.pk).update(ouvert_le=timezone.now() - dt.timedelta(minutes=31))
    assert liens.seance(jeton) is None
    assert liens.seance("") is None and liens.seance("faux") is None
    autre = liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre)
    jeton = liens.entrer(secret=autre.secret, code=autre.code)
    liens.sortir(autre.lien)
    assert liens.seance(jeton) is None and liens.seance("") is None
    encore = liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre)
    jeton = liens.entrer(secret=encore.secret, code=encore.code)
    liens.revoquer(acteur=m.secretariat, lien=encore.lien)
    assert liens.seance(jeton) is None


def test_he_reads_his_file_and_nothing_else(m: f.Monde, sinistre: Sinistre) -> None:
    avis = AvisMedecin.objects.select_related("sinistre__agent").get(pk=confie(m, sinistre).pk)
    ouvert(m.medecin, sinistre)
    certificat = depose(m.secretariat, piece_medicale(sinistre))
    autre = declare(m, par=m.mairie2, de=m.autre_agent)
    ailleurs = depose(m.secretariat, piece_medicale(autre))
    mission = confiee(m, sinistre, questions="Q1")
    octets = image("gray")
    rapport = depots.deposer_rapport(
        acteur=m.expert, mission=mission, annonce=Annonce("r.jpg", "image/jpeg", len(octets)), morceaux=[octets]
    )
    controles_fichiers.controler(rapport.pk)
    draft = opinions.enregistrer(acteur=m.medecin, avis=avis, session=SESSION, texte="Dedans", lue_le=None)
    remise = liens.ouvrir_a_l_agent(acteur=m.medecin, sinistre=sinistre)
    lien = liens.seance(liens.entrer(secret=remise.secret, code=remise.code))
    assert lien is not None
    assert liens.fichiers(lien) == [certificat] and liens.lire_opinions(lien) == [] and liens.lire_missions(lien) == []
    ouvert(m.expert, sinistre, Finalite.EXPERTISE)
    bulle.rendre_rapport(acteur=m.expert, mission=mission, session=SESSION, conclusions="C1")
    opinions.rendre(
        acteur=m.medecin, avis=avis, session=SESSION, sens="FAVORABLE", conclusion="Imputable.", texte="Dedans", lue_le=draft.ecrite_le
    )
    assert [fichier.pk for fichier in liens.fichiers(lien)] == [certificat.pk, rapport.pk]
    assert [lue.texte for lue in liens.lire_opinions(lien)] == ["Dedans"]
    assert [(lue.questions, lue.conclusions) for lue in liens.lire_missions(lien)] == [("Q1", "C1")]
    lecture = liens.lire_fichier(lien=lien, uid=certificat.uid, apercu=False)
    assert b"".join(lecture.morceaux) == image()
    entree = Entree.objects.get(action="fichier_medical.lu")
    assert entree.acteur_id is None and "l’agent" in entree.motif and Finalite.DROIT_D_ACCES.label in entree.motif
    with pytest.raises(Fichier.DoesNotExist):
        liens.lire_fichier(lien=lien, uid=ailleurs.uid, apercu=False)
    Fichier.objects.filter(pk=certificat.pk).update(etat=EtatFichier.CONTROLE)
    assert [fichier.pk for fichier in liens.fichiers(lien)] == [rapport.pk]
    assert {lecteur.qui for lecteur in qui_a_lu(m.medecin, sinistre)} >= {"L’agent lui-même", m.expert.get_full_name()}
    assert not any("Dedans" in str(contenu.donnees) for contenu in Contenu.objects.all())


def test_who_may_issue_and_for_how_long(m: f.Monde, sinistre: Sinistre) -> None:
    for user in (m.medecin, m.expert, m.psychologue, m.gestionnaire, m.mairie, f.person(Role.MEDECIN_CONSEIL)):
        with pytest.raises(Refus):
            liens.ouvrir_a_l_agent(acteur=user, sinistre=sinistre)
    confie(m, sinistre)
    remise = liens.ouvrir_a_l_agent(acteur=m.medecin, sinistre=sinistre, jours=30)
    for jours in (0, 31):
        with pytest.raises(DonneeInvalide):
            liens.ouvrir_a_l_agent(acteur=m.medecin, sinistre=sinistre, jours=jours)
    with pytest.raises(Refus):
        liens.revoquer(acteur=m.expert, lien=remise.lien)
    m.agent.compte = m.secretariat
    m.agent.save(update_fields=["compte"])
    with pytest.raises(Refus):
        liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=Sinistre.objects.get(pk=sinistre.pk))
