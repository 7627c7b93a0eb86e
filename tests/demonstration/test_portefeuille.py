"""What one load of the demonstration holds, and the second step inside the bulle."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter

from django.core.files.storage import storages
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from accounts.enums import MEDICAL_ROLES, Role
from accounts.models import Collectivite, Habilitation, User
from accounts.validators import validate_siret
from cases.enums import OUVERTS, Etat, EtatBranche, FileTravail, GenreBranche
from cases.enums_message import SensMessage
from cases.models import Arret, AvisMedecin, Branche, Delegation, Echeance, Episode, Message, Note, Pause, Sinistre, Tache
from contracts.enums import Nature, Regime
from contracts.models import Agent, ContratGroupe, Formule, FormuleAnnee, Remuneration
from documents.enums import EtatDepot, EtatPiece
from documents.models import Courrier, Depot, ExtraitAdministratif, LaissezPasser, ListePieces, Piece
from indemnities.enums import EtatCompte, EtatDecompte
from indemnities.models import Bordereau, Decompte, PartRecours
from indemnities.services.bordereaux import digest_of
from journal.models import Entree
from medical.enums import GenreFichier
from medical.models import Fichier, Opinion
from project.demonstration import bulle
from project.demonstration.plans import NATURES
from project.demonstration.socle import COMPTES, open_the_bulle
from tests.dehors import dehors
from tests.demonstration.conftest import MOT_DE_PASSE, PETITE, REFERENCE, portrait
from workflows import automates, coherence


def test_every_state_nature_and_step_is_there(portefeuille: int, db: None) -> None:
    assert portefeuille >= PETITE.dossiers - 5
    assert abs((timezone.now() - dt.datetime.now(dt.UTC)).total_seconds()) < 5, "the clock has come back"
    assert abs((Note(texte="x").le - dt.datetime.now(dt.UTC)).total_seconds()) < 5
    assert set(Sinistre.objects.values_list("etat", flat=True)) == set(Etat.values)
    assert set(Sinistre.objects.values_list("regime", "nature")) == {(str(r), str(n)) for r, n in NATURES}
    assert set(Decompte.objects.values_list("etat", flat=True)) == set(EtatDecompte.values)
    assert set(Bordereau.objects.values_list("etat", flat=True)) == {"TRANSMIS", "REGLE"}
    assert set(Piece.objects.values_list("etat", flat=True)) == set(EtatPiece.values) - {EtatPiece.RECUE}, (
        "received lasts the time of a check"
    )
    assert Episode.objects.filter(genre="RECHUTE").exists()
    assert Arret.objects.filter(genre="PROLONGATION").exists()
    assert AvisMedecin.objects.filter(rendu_le__isnull=True).exists()
    assert AvisMedecin.objects.filter(rendu_le__isnull=False).exists()
    assert Note.objects.exists()
    ouvertes = Counter(Tache.objects.filter(fermee_le__isnull=True).values_list("file", flat=True))
    # Rare in so small a load, or of the second step.
    rares = {FileTravail.CONTROLES_6_MOIS, FileTravail.INCIDENTS, FileTravail.MISSIONS, FileTravail.EXPERTISES}
    assert set(FileTravail.values) - rares - set(ouvertes) == set()
    _check_procedures()
    _check_messages()
    _check_queue_ages()
    _check_pieces_and_files()
    _check_money()
    _check_history()
    _check_people()
    _check_contract()


def _check_procedures() -> None:
    """Each procedure at several moments, some of them over; nothing out of step with its work items."""
    par_genre: dict[str, set[str]] = {}
    steps = Task.objects.filter(flow_task_type="HUMAN", status=STATUS.NEW).select_related("process__branche")
    for genre, etape in steps.values_list("process__branche__genre", "flow_task"):
        par_genre.setdefault(genre, set()).add(etape.name)
    moments = {genre: len(etapes) for genre, etapes in par_genre.items()}
    assert set(moments) == set(GenreBranche.values) - {GenreBranche.EXPERTISE, GenreBranche.SOUTIEN}, "these two are the bulle's"
    assert min(moments.values()) >= 2, moments
    finies = set(Branche.objects.filter(etat=EtatBranche.TERMINEE).values_list("genre", flat=True))
    assert finies >= {GenreBranche.RECOURS, GenreBranche.MEDIATION, GenreBranche.ACCOMPAGNEMENT}
    assert PartRecours.objects.exists()
    assert list(coherence.anomalies()) == []


def _check_messages() -> None:
    """Conversations to answer and answered, to read and read, some of the demonstration's own mairie; answers filled by their dossier."""
    mairie = User.objects.get(email="mairie@demo.example")
    assert Message.objects.filter(sinistre__collectivite__in=mairie.collectivite_ids).exists()
    assert {(sens, lu is None) for sens, lu in Message.objects.values_list("sens", "lu_le")} == {
        (sens, neuf) for sens in SensMessage.values for neuf in (True, False)
    }
    repondus = Message.objects.filter(reponse_type__isnull=False)
    assert repondus.count() >= 3 and not repondus.filter(texte__contains="{{").exists()
    ouvertes = Tache.objects.filter(genre="REPONDRE_MESSAGE", fermee_le__isnull=True)
    assert ouvertes.exists() and Tache.objects.filter(genre="REPONDRE_MESSAGE", issue="repondu").exists()


def _check_queue_ages() -> None:
    """Queues show every heading: late, soon, in time, suspended; held and free."""
    ouvertes = Tache.objects.filter(fermee_le__isnull=True)
    assert ouvertes.filter(due_at__lt=REFERENCE, suspendue=False).exists()
    assert ouvertes.filter(due_at__gte=REFERENCE, suspendue=False).exists()
    assert ouvertes.filter(porteur__isnull=False).exists()
    assert ouvertes.filter(porteur__isnull=True).exists()
    vaines = ouvertes.exclude(genre="TRAITER_REJET")
    assert not vaines.filter(sinistre__etat=Etat.ANNULE).exists()
    assert not vaines.filter(sinistre__etat=Etat.REFUSE).exclude(genre__startswith="RC_").exists(), "a recours alone outlives a refusal"
    assert not Echeance.objects.filter(
        traitee_le__isnull=True, levee_le__isnull=True, en_pause=False, due_at__lt=REFERENCE - dt.timedelta(days=1)
    ).exists()
    assert set(Pause.objects.filter(fin__isnull=True).values_list("jusqu_au", flat=True)) > {None}, "some end by themselves"


def _check_pieces_and_files() -> None:
    disponibles = list(Depot.objects.filter(etat=EtatDepot.DISPONIBLE))
    assert disponibles
    for depot in disponibles:
        contenu = storages["default"].open(depot.final_name).read()
        assert hashlib.sha256(contenu).hexdigest() == depot.sha256_verifie
        assert contenu.startswith(b"%PDF-1.4") is (depot.type == "application/pdf")
        assert depot.apercu_type in {"application/pdf", "image/jpeg"}
        assert depot.sans_antivirus
    assert {depot.type for depot in disponibles} > {"application/pdf"}, "scans and photographs too"
    assert Depot.objects.exclude(alternative="").exists()
    assert Depot.objects.filter(etat=EtatDepot.RECLASSE, nom="document reclassé").count() == 1
    assert ListePieces.objects.filter(publiee_le__isnull=True).count() == 1
    assert LaissezPasser.objects.filter(genre="AGENT").count() == 1
    assert not Depot.objects.filter(piece__visibilite="M").exists()
    assert Courrier.objects.filter(classe_le__isnull=True).count() == PETITE.courriers
    for sinistre in Sinistre.objects.filter(etat=Etat.VALIDE):
        assert not Piece.objects.filter(sinistre=sinistre, requise=True, stade="DECLARATION").exclude(etat=EtatPiece.CONFORME).exists()


def _check_money() -> None:
    for bordereau in Bordereau.objects.all():
        lignes = list(Decompte.objects.filter(bordereau=bordereau))
        assert bordereau.empreinte == digest_of(lignes)
        assert bordereau.total == sum(ligne.montant for ligne in lignes)
    for decompte in Decompte.objects.select_related("sinistre"):
        assert decompte.debut >= decompte.sinistre.survenance
        assert timezone.localdate(decompte.calcule_le) >= decompte.fin, "nothing is paid before its day"


def _check_history() -> None:
    """The journal tells the history in order, and nothing in it is to come."""
    instants = list(Entree.objects.order_by("id").values_list("le", flat=True))
    assert instants == sorted(instants)
    assert instants[-1] <= REFERENCE
    numeros = list(Sinistre.objects.order_by("pk").values_list("numero", "declare_le"))
    assert [jour for _, jour in numeros] == sorted(jour for _, jour in numeros)
    assert all(numero.startswith(f"{jour.year}-") for numero, jour in numeros)
    for sinistre in Sinistre.objects.exclude(etat=Etat.DECLARE).order_by("pk")[:40]:
        last = Entree.objects.filter(sinistre_id=sinistre.pk, action__startswith="sinistre.", le=sinistre.etat_depuis)
        assert last.exists(), "each state comes from a journaled transition"
    assert Sinistre.objects.filter(etat__in=OUVERTS).exists()


def _check_people() -> None:
    comptes = {compte[0]: User.objects.get(email=f"{compte[0]}@demo.example") for compte in COMPTES}
    for nom, _, _, role in COMPTES:
        assert comptes[nom].check_password(MOT_DE_PASSE) is (role not in MEDICAL_ROLES)
        assert comptes[nom].roles == {role}
    assert len(comptes["mairie"].collectivite_ids) == 2
    assert set(comptes["mairie"].collectivite_ids).isdisjoint(comptes["mairie2"].collectivite_ids)
    autres = User.objects.exclude(pk__in=[user.pk for user in comptes.values()])
    assert autres.exists()
    assert not any(user.has_usable_password() for user in autres)
    assert not Habilitation.objects.filter(user__in=autres).exclude(role=Role.COLLECTIVITE).exists()


def _check_contract() -> None:
    contrat = ContratGroupe.objects.get()
    assert (contrat.delai_declaration_jours, contrat.diviseur) == (120, "360")
    taux = dict(Formule.objects.filter(regime=Regime.CNRACL, annees__annee=2024).values_list("code", "annees__taux"))
    assert {code: str(valeur) for code, valeur in taux.items()} == {"MO10": "6.90", "MO15": "6.49", "MO30": "5.71", "IJ30": "5.21"}
    assert set(FormuleAnnee.objects.filter(annee__lt=2024).values_list("niveau", flat=True)) == {1}
    assert {str(n) for n in FormuleAnnee.objects.filter(annee__gte=2024).values_list("niveau", flat=True)} == {"0.80"}
    assert Agent.objects.count() == PETITE.agents_cnracl + PETITE.agents_ircantec
    tib = list(Remuneration.objects.filter(fin__isnull=True).values_list("tib", flat=True))
    assert 19_500 < sum(tib) / len(tib) < 22_000, "near S002's 310 123 / 15"
    for collectivite in Collectivite.objects.all():
        validate_siret(collectivite.siret)
        assert collectivite.comptes.get(etat=EtatCompte.EN_VIGUEUR).saisi_par is not None
    assert {"34", "57", "67"} <= set(Collectivite.objects.values_list("departement", flat=True))
    assert Nature.DC in Sinistre.objects.values_list("nature", flat=True)


def test_second_load_changes_nothing_but_passwords(portefeuille: int, db: None, en_demonstration: None) -> None:
    before = portrait()
    with override_settings(DEMO_PASSWORD="second mot de passe"):
        call_command("charger_demonstration", si_vide=True)
        call_command("charger_demonstration")
    assert portrait() == before
    assert User.objects.get(email="gestionnaire@demo.example").check_password("second mot de passe")


def test_the_bulle_opens_to_the_printed_sign_ins_by_a_step_of_its_own(en_bulle: None, db: None) -> None:
    for mot_de_passe, changes in ((MOT_DE_PASSE, 5), (MOT_DE_PASSE, 0), ("second mot de passe", 5)):
        assert open_the_bulle(mot_de_passe) == changes
        for nom, _, _, role in COMPTES:
            user = User.objects.get(email=f"{nom}@demo.example")
            if role in MEDICAL_ROLES:
                assert user.check_password(mot_de_passe)
                assert user.roles == {role}
            else:
                assert not user.check_password(mot_de_passe)


def test_a_day_in_the_bulle(en_bulle: None, db: None, au_jour_dit: None) -> None:
    """The second step: real files encrypted and checked, both halves of an opinion, missions, an invoice; once."""
    open_the_bulle(MOT_DE_PASSE)
    fait = bulle.remplir()
    assert fait is not None
    assert (fait.avis, fait.missions, fait.soutiens) == (1, 2, 5)
    with dehors():
        automates.balayer()  # the web's worker gives suite to the report
    ouvertes = set(Tache.objects.filter(fermee_le__isnull=True).values_list("genre", flat=True))
    assert ouvertes >= {"EX_DESIGNER", "EX_RAPPORT", "EX_CONCLUSIONS", "SP_AFFECTER", "SP_CONTACT", "SP_SEANCES"}
    assert list(coherence.anomalies()) == []
    assert set(Fichier.objects.values_list("genre", "etat")) == {(genre, "DISPONIBLE") for genre in GenreFichier.values}
    medicales = Piece.objects.filter(visibilite="M", decidee_par__email="secretariat@demo.example", sur_papier=False)
    assert set(medicales.values_list("etat", flat=True)) == {"CONFORME", "REFUSEE"}
    assert Piece.objects.filter(visibilite="M", etat="RECUE").exists(), "some are left for a person to check"
    assert Tache.objects.filter(genre="CONTROLER_PIECE_MEDICALE", fermee_le__isnull=True).exists()
    assert ExtraitAdministratif.objects.filter(etabli_le__isnull=False).exists()
    assert Opinion.objects.filter(figee_le__isnull=False).count() == 1 and Opinion.objects.filter(figee_le__isnull=True).count() == 1
    assert Delegation.objects.get().remplacant.email == "medecin2@demo.example"
    assert bulle.remplir() is None
