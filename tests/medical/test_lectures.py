"""Who reads what, why it is told, and that the journal knows before the reader does."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.gate import Refus
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import AvisMedecin, Delegation, Expertise, Sinistre
from cases.services import avis as referrals
from documents.models import Piece
from documents.services import depots as administrative
from journal.models import Entree
from medical import stockage
from medical.enums import EtatFichier, Finalite, GenreFichier
from medical.enveloppe import SEGMENT, new_data_key
from medical.errors import CleIndisponible, ContenuAbsent, ContenuAltere, OuvertureRequise
from medical.models import Fichier, Mission, Ouverture
from medical.selectors import fichiers_lisibles, finalites_de, volets_sans_dossier
from medical.services import controles_fichiers, depots, lectures
from medical.services.lectures import lire
from medical.services.ouvertures import exiger_ouverture, ouvrir
from tests import factories as f
from tests.dehors import dehors
from tests.documents.conftest import PDF
from tests.expertises import agree, confiee, convoquee, mission_de, run
from tests.medical.conftest import SECRET_NAME, SESSION, annonce, available, deposit, flip, fresh, piece_of, refer
from workflows.branches.expertise import actes

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]


@pytest.fixture
def fichier(m: f.Monde, piece: Piece, avis: AvisMedecin) -> Fichier:
    return available(m, piece)


def mission_of(m: f.Monde, sinistre: Sinistre, expert: User | None = None) -> Mission:
    return confiee(m, sinistre, expert)


def tell(user: Any, sinistre: Sinistre, finalite: str = Finalite.AVIS, session: str = SESSION) -> Ouverture:
    return ouvrir(acteur=user, sinistre=sinistre, session=session, finalite=finalite)


def read(user: Any, fichier: Fichier, *, apercu: bool = False, session: str = SESSION) -> bytes:
    return b"".join(lire(acteur=user, fichier=fichier, session=session, apercu=apercu).morceaux)


# -- Opening ------------------------------------------------------------------------------------------------------------------


def test_a_purpose_is_asked_once_for_each_dossier_and_session(m: f.Monde, fichier: Fichier, sinistre: Sinistre) -> None:
    with pytest.raises(OuvertureRequise):
        lire(acteur=m.medecin, fichier=fichier, session=SESSION, apercu=False)
    tell(m.medecin, sinistre)
    assert read(m.medecin, fichier) == PDF
    again = tell(m.medecin, sinistre, Finalite.RELECTURE)
    assert again.finalite == Finalite.AVIS, "the first purpose stands for the session"
    assert Entree.objects.filter(action="dossier_medical.ouvert", sinistre_id=sinistre.pk).count() == 1
    with pytest.raises(OuvertureRequise):
        lire(acteur=m.medecin, fichier=fichier, session="6" * 40, apercu=False)
    tell(m.medecin, sinistre, session="6" * 40)
    assert Entree.objects.filter(action="dossier_medical.ouvert", sinistre_id=sinistre.pk).count() == 2


def test_each_role_has_its_purposes(m: f.Monde, fichier: Fichier, sinistre: Sinistre) -> None:
    with pytest.raises(DonneeInvalide):
        tell(m.medecin, sinistre, Finalite.EXPERTISE)
    with pytest.raises(DonneeInvalide):
        tell(m.secretariat, sinistre, Finalite.AVIS)
    with pytest.raises(DonneeInvalide):
        tell(m.medecin, sinistre, "")
    for user in (m.expert, m.psychologue, m.gestionnaire, m.mairie, m.admin):
        assert finalites_de(user, sinistre) == []
        with pytest.raises(Refus) as refused:
            tell(user, sinistre, Finalite.EXPERTISE)
        assert not refused.value.visible
    mission_of(m, sinistre)
    assert finalites_de(m.expert, sinistre) == [Finalite.EXPERTISE]


# -- Who reads what -----------------------------------------------------------------------------------------------------------


def test_who_reads_what(m: f.Monde, sinistre: Sinistre, fichier: Fichier) -> None:
    """The report begun by an expert who was set aside is not for the one who follows him."""
    ecarte = f.person("EXPERT")
    other = mission_of(m, sinistre, ecarte)
    assert other.branche is not None
    theirs = depots.deposer_rapport(acteur=ecarte, mission=other, annonce=annonce(), morceaux=[PDF])
    with dehors():
        actes.recuser(acteur=m.gestionnaire, branche=other.branche, motif="LIEN")
    run()
    mission = mission_de(convoquee(m, other.branche, agree(m.expert)))
    mine = depots.deposer_rapport(acteur=m.expert, mission=mission, annonce=annonce(), morceaux=[PDF])
    volet = Fichier.objects.create(
        sinistre=sinistre, genre=GenreFichier.VOLET, cle=new_data_key().cle, depot=_depot(m, sinistre), nom=b"", type="", taille=0
    )
    expected: dict[str, set[Fichier]] = {
        "medecin": {fichier, mine, theirs, volet},
        "secretariat": {fichier, volet},
        "expert": {fichier, mine},
    }
    nobody = ("psychologue", "gestionnaire", "responsable", "payeur", "mairie", "mairie2", "assureur", "admin")
    expected |= {role: set() for role in nobody}
    assert {role: set(fichiers_lisibles(m.people[role], sinistre)) for role in expected} == expected
    elsewhere = f.sinistre(m, "AS", de=f.agent(m.collectivite))
    assert not fichiers_lisibles(m.medecin, elsewhere) and not fichiers_lisibles(m.expert, elsewhere)


def _depot(m: f.Monde, sinistre: Sinistre) -> Any:
    certificat = Piece.objects.get(sinistre=sinistre, code="certificat")
    return administrative.annoncer_depot(acteur=m.mairie, piece=certificat, nom="a.pdf", type="application/pdf", taille=10)


def test_nobody_reads_his_own_dossier(m: f.Monde, sinistre: Sinistre, fichier: Fichier) -> None:
    sinistre.agent.compte = m.medecin
    sinistre.agent.save()
    mine = Sinistre.objects.select_related("agent").get(pk=sinistre.pk)
    assert not fichiers_lisibles(m.medecin, mine) and finalites_de(m.medecin, mine) == []


def test_earlier_dossiers_where_the_referral_says_so(m: f.Monde, sinistre: Sinistre, piece: Piece) -> None:
    earlier = available(m, piece)
    later = f.sinistre(m, "MP", arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=5), 3))
    refer(m, later)
    assert not fichiers_lisibles(m.medecin, sinistre)
    AvisMedecin.objects.update(avec_anterieurs=True)
    assert list(fichiers_lisibles(m.medecin, Sinistre.objects.get(pk=sinistre.pk))) == [earlier]
    tell(m.medecin, sinistre)
    assert read(m.medecin, earlier) == PDF


Ending = Callable[[f.Monde, Sinistre, AvisMedecin], Any]


def recalled(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> Any:
    tell(m.medecin, sinistre)
    return m.medecin, lambda: referrals.rappeler(acteur=m.gestionnaire, avis=avis)


def mission_recalled(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> Any:
    mission = mission_of(m, sinistre)
    tell(m.expert, sinistre, Finalite.EXPERTISE)
    return m.expert, lambda: Mission.objects.filter(pk=mission.pk).update(rappelee_le=timezone.now())


def mission_rendered(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> Any:
    mission = mission_of(m, sinistre)
    tell(m.expert, sinistre, Finalite.EXPERTISE)
    return m.expert, lambda: Mission.objects.filter(pk=mission.pk).update(rendue_le=timezone.now(), conclusions=b"x")


def mission_past(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> Any:
    mission = mission_of(m, sinistre)
    tell(m.expert, sinistre, Finalite.EXPERTISE)
    return m.expert, lambda: Expertise.objects.filter(branche=mission.branche).update(fin=timezone.localdate() - dt.timedelta(days=1))


def delegation_past(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> Any:
    jour, other = timezone.localdate(), f.person("MEDECIN_CONSEIL")
    delegation = Delegation.objects.create(medecin=m.medecin, remplacant=other, debut=jour - dt.timedelta(days=3), fin=jour)
    tell(other, sinistre)
    return other, lambda: Delegation.objects.filter(pk=delegation.pk).update(fin=jour - dt.timedelta(days=1))


def role_taken_away(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> Any:
    tell(m.secretariat, sinistre, Finalite.CONTROLE)
    return m.secretariat, lambda: m.secretariat.habilitations.update(fin=timezone.localdate() - dt.timedelta(days=1))


@pytest.mark.parametrize("ending", [recalled, mission_recalled, mission_rendered, mission_past, delegation_past, role_taken_away])
def test_what_has_ended_reads_nothing_on_the_next_request(
    m: f.Monde, sinistre: Sinistre, avis: AvisMedecin, fichier: Fichier, ending: Ending
) -> None:
    """The opening of the session stays; the right is asked anew."""
    user, end = ending(m, sinistre, avis)
    again = type(user).objects
    assert read(again.get(pk=user.pk), fichier) == PDF
    end()
    with pytest.raises(Fichier.DoesNotExist):
        lire(acteur=again.get(pk=user.pk), fichier=fichier, session=SESSION, apercu=False)
    with pytest.raises(Refus):
        exiger_ouverture(acteur=again.get(pk=user.pk), sinistre=sinistre, session=SESSION)


def test_late_paper_without_dossier_is_the_secretariats(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> None:
    ouverte = new_data_key()
    volet = Fichier(genre=GenreFichier.VOLET, cle=ouverte.cle, depot=_depot(m, sinistre), type="application/pdf", taille=0)
    volet.save()
    assert list(volets_sans_dossier(m.secretariat)) == [volet]
    assert not volets_sans_dossier(m.medecin) and not volets_sans_dossier(m.expert)


# -- Reading ------------------------------------------------------------------------------------------------------------------


def test_the_journal_row_is_committed_before_the_first_byte(vraie_base: None, bulle_dsn: str, settings: Any) -> None:
    """Seen from another connection, between the call and the first segment."""
    m = f.monde()
    sinistre = f.sinistre(m, "AS")
    refer(m, sinistre)
    fichier = available(m, piece_of(sinistre))
    tell(m.medecin, sinistre)
    lecture = lire(acteur=m.medecin, fichier=fichier, session=SESSION, apercu=False)
    with psycopg.connect(bulle_dsn) as other:
        row = other.execute(
            "SELECT e.acteur_id, e.motif, e.sinistre_id, c.donnees FROM journal_entree e JOIN journal_contenu c ON c.entree_id = e.id"
            " WHERE e.action = 'fichier_medical.lu' AND e.objet_id = %s",
            (fichier.pk,),
        ).fetchall()
    assert row == [(m.medecin.pk, "Rendre l’avis demandé", sinistre.pk, {"finalite": "AVIS", "copie": "original"})]
    assert b"".join(lecture.morceaux) == PDF


def test_a_journal_that_does_not_write_lets_nothing_out(
    m: f.Monde, sinistre: Sinistre, fichier: Fichier, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(m.medecin, sinistre)

    def failing(**_: Any) -> None:
        raise RuntimeError("no journal")

    monkeypatch.setattr(lectures, "consigner", failing)
    with pytest.raises(RuntimeError):
        lire(acteur=m.medecin, fichier=fichier, session=SESSION, apercu=False)


def test_what_is_not_checked_is_not_read(m: f.Monde, sinistre: Sinistre, piece: Piece, avis: AvisMedecin) -> None:
    waiting = deposit(m, piece)
    tell(m.medecin, sinistre)
    with pytest.raises(Erreur, match="contrôle"):
        lire(acteur=m.medecin, fichier=waiting, session=SESSION, apercu=False)
    assert not Entree.objects.filter(action="fichier_medical.lu").exists()


def test_an_altered_file_is_not_read(m: f.Monde, sinistre: Sinistre, fichier: Fichier) -> None:
    tell(m.medecin, sinistre)
    nom = stockage.content_name(fichier.objet)
    flip(nom, 40)
    with pytest.raises(ContenuAltere):
        lire(acteur=m.medecin, fichier=fichier, session=SESSION, apercu=False)
    stockage.effacer(nom)
    with pytest.raises(ContenuAbsent):
        lire(acteur=m.medecin, fichier=fichier, session=SESSION, apercu=False)


def test_a_file_altered_in_the_middle_stops_there(m: f.Monde, sinistre: Sinistre, fichier: Fichier) -> None:
    big = PDF + b"%" + b"a" * (3 * SEGMENT)
    with depots.chiffre(fichier, annonce(big), [big]) as ouverte:
        ouverte.cle.save()
        Fichier.objects.filter(pk=fichier.pk).update(
            cle=ouverte.cle, nom=fichier.nom, taille=len(big), empreinte=fichier.empreinte, uid=fichier.uid
        )
    flip(stockage.content_name(fichier.objet), 2 * SEGMENT + 100)
    tell(m.medecin, sinistre)
    given_out: list[bytes] = []
    lecture = lire(acteur=m.medecin, fichier=fresh(fichier), session=SESSION, apercu=False)
    assert lecture.taille == len(big)
    with pytest.raises(ContenuAltere):
        given_out.extend(lecture.morceaux)
    assert b"".join(given_out) == big[: 2 * SEGMENT]


def test_a_ciphertext_moved_to_another_row_is_not_read(m: f.Monde, sinistre: Sinistre, fichier: Fichier, piece: Piece) -> None:
    """As somebody with the tables in hand would: content, key and name of another file put in this row."""
    other = available(m, piece, PDF + b"\n")
    tell(m.medecin, sinistre)
    Fichier.objects.filter(pk=fichier.pk).update(cle=other.cle, nom=bytes(other.nom), apercu_objet=other.apercu_objet)
    with pytest.raises(ContenuAltere):
        lire(acteur=m.medecin, fichier=fresh(fichier), session=SESSION, apercu=True)


# -- By the door --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def medecin(m: f.Monde, settings: Any) -> Client:
    settings.MFA_REQUIRED = False
    client = Client(HTTP_HOST="localhost")
    client.force_login(m.medecin, backend="django.contrib.auth.backends.ModelBackend")
    return client


def told(client: Client, user: Any, sinistre: Sinistre) -> None:
    tell(user, sinistre, session=client.session.empreinte)  # type: ignore[attr-defined]


def test_the_door(m: f.Monde, medecin: Client, sinistre: Sinistre, fichier: Fichier) -> None:
    address = f"/fichiers/{fichier.uid}/"
    closed = medecin.get(address)
    assert closed.status_code == 409 and "pourquoi" in closed.content.decode()
    told(medecin, m.medecin, sinistre)
    shown = medecin.get(address)
    body = b"".join(shown.streaming_content)  # type: ignore[attr-defined]
    assert (shown.status_code, shown["Content-Type"], int(shown["Content-Length"])) == (200, "application/pdf", len(body))
    assert body.startswith(b"%PDF") and body != PDF, "the sanitised copy"
    original = medecin.get(address, {"original": "oui"})
    assert b"".join(original.streaming_content) == PDF  # type: ignore[attr-defined]
    assert original["Content-Disposition"] == f"attachment; filename*=UTF-8''{SECRET_NAME}"
    assert "no-store" in original["Cache-Control"] and original["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in original["Content-Security-Policy"] and original["Cross-Origin-Resource-Policy"] == "same-origin"
    copies = Entree.objects.filter(action="fichier_medical.lu").select_related("contenu").order_by("id")
    assert [entree.contenu.donnees["copie"] for entree in copies] == ["apercu", "original"]
    assert medecin.get(f"/fichiers/{uuid.uuid4()}/").status_code == 404
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=1)):
        referrals.rappeler(acteur=m.gestionnaire, avis=AvisMedecin.objects.get())
        assert medecin.get(address).status_code == 404


def test_without_its_key_the_page_says_so_and_nothing_leaks(
    m: f.Monde, medecin: Client, sinistre: Sinistre, fichier: Fichier, settings: Any
) -> None:
    told(medecin, m.medecin, sinistre)
    keys, settings.MEDICAL_KEYS = settings.MEDICAL_KEYS, []
    closed = medecin.get(f"/fichiers/{fichier.uid}/")
    assert closed.status_code == 503 and "clé de la bulle" in closed.content.decode()
    assert SECRET_NAME not in closed.content.decode() and "test:" not in closed.content.decode()
    with pytest.raises(CleIndisponible):
        deposit(m, piece_of(sinistre))
    settings.MEDICAL_KEYS = keys
    assert medecin.get(f"/fichiers/{fichier.uid}/").status_code == 200


def test_a_state_is_reached_by_the_check_alone(fichier: Fichier) -> None:
    assert fichier.etat == EtatFichier.DISPONIBLE and controles_fichiers.controler(fichier.pk) == "ailleurs"
