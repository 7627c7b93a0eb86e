"""Objects for tests, made the way the application makes them wherever a service exists.

`monde()` builds a small CDG: a contract with one CNRACL formule, two collectivités, agents, and one person for each role.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from stdnum.luhn import calc_check_digit

from accounts.enums import MEDICAL_ROLES, GenreOrganisme, Role
from accounts.models import Admission, Collectivite, Habilitation, IdentifiantBulle, Organisme, User
from cases.models import Sinistre
from contracts.enums import Diviseur, GenreFranchise, Nature, Regime, RegimeGestion, Statut
from contracts.models import Adhesion, Agent, BaseAssurance, ContratGroupe, Formule, FormuleAnnee, Remuneration, SituationAgent
from documents.enums import EtatPiece, Stade, Visibilite
from documents.models import Exigence, ListePieces, Piece
from workflows.declaration import Declaration, declarer
from workflows.demande import ArretDemande

_serie = itertools.count(1)
PASSWORD = "mot-de-passe-des-tests"

NATURES = [
    Nature.CMO, Nature.CLM, Nature.CLD, Nature.AS, Nature.TRJ, Nature.MP, Nature.MAT, Nature.PAT, Nature.DC, Nature.TPT, Nature.FM,
]  # fmt: skip


def siret() -> str:
    """A SIRET whose SIREN and own keys are right."""
    rang = next(_serie)
    siren = f"{20000000 + rang:08d}"
    siren += calc_check_digit(siren)
    etablissement = siren + "0001"
    return etablissement + calc_check_digit(etablissement)


def collectivite(**champs: Any) -> Collectivite:
    creee = _collectivite(**champs)
    creee.save()
    return creee


def _collectivite(**champs: Any) -> Collectivite:
    rang = next(_serie)
    return Collectivite(
        **({"siret": siret(), "nom": f"Mairie de Testville-{rang}", "departement": "34", "email": f"mairie{rang}@test.example"} | champs)
    )


def organisme(genre: str, **champs: Any) -> Organisme:
    return Organisme.objects.create(**({"genre": genre, "nom": f"Organisme {next(_serie)}", "siret": siret()} | champs))


def person(*roles: str, collectivites: list[Collectivite] | None = None, organisme: Organisme | None = None, **champs: Any) -> User:
    """A person with these roles since a year ago; COLLECTIVITE once for each of `collectivites`."""
    user, habilitations = _someone(*roles, collectivites=collectivites, organisme=organisme, **champs)
    user.save()
    Habilitation.objects.bulk_create(habilitations)
    if settings.PROCESS == "bulle":
        admit(user)
    return user


def people(**someone: tuple[User, list[Habilitation]]) -> dict[str, User]:
    """Those whom `_someone` drew up, by the names given: two statements for all of them, since nearly every test begins so."""
    users = {name: user for name, (user, _) in someone.items()}
    if settings.PROCESS == "bulle":  # a password of the bulle's is no column of theirs
        for user in users.values():
            user.save()
    else:
        User.objects.bulk_create(users.values())
    Habilitation.objects.bulk_create(one for _, habilitations in someone.values() for one in habilitations)
    if settings.PROCESS == "bulle":
        admit(*users.values())
    return users


def _someone(
    *roles: str, collectivites: list[Collectivite] | None = None, organisme: Organisme | None = None, **champs: Any
) -> tuple[User, list[Habilitation]]:
    rang = next(_serie)
    user = User(**({"email": f"personne{rang}@test.example", "prenom": "Camille", "nom": f"Personne{rang}"} | champs))
    user.set_password(PASSWORD)
    depuis = timezone.localdate() - dt.timedelta(days=365)
    habilitations: list[Habilitation] = []
    for role in roles:
        if role == Role.COLLECTIVITE:
            habilitations += [Habilitation(user=user, role=role, collectivite=une, debut=depuis) for une in collectivites or []]
        else:
            habilitations.append(Habilitation(user=user, role=role, organisme=organisme if role == Role.ASSUREUR else None, debut=depuis))
    return user, habilitations


def admit(*people: User) -> None:
    """In the bulle, what its own login alone may write: the admission to each medical role held, and the password PASSWORD.

    `person` does it by itself in a test marked `bulle`.
    """
    for user in people:
        roles = sorted(user.roles_habilites & MEDICAL_ROLES)
        if roles:
            IdentifiantBulle.objects.create(user=user, password=make_password(PASSWORD), enrole_le=timezone.now())
        for role in roles:
            Admission.objects.create(user=user, role=role, debut=timezone.localdate() - dt.timedelta(days=365))
        user.forget_identifiant_bulle()


def admit_through(bulle_dsn: str, *people: User) -> None:
    """The same from a test of the web, whose own login may not: for the real processes that it talks to."""
    with psycopg.connect(bulle_dsn) as bulle:
        for user in people:
            roles = sorted(user.roles_habilites & MEDICAL_ROLES)
            if roles:
                bulle.execute(
                    "INSERT INTO medical.accounts_identifiantbulle (user_id, password, modifie_le, enrole_le)"
                    " VALUES (%s, %s, now(), now())",
                    (user.pk, make_password(PASSWORD)),
                )
            for role in roles:
                bulle.execute(
                    "INSERT INTO medical.accounts_admission (user_id, role, debut, admise_le, motif)"
                    " VALUES (%s, %s, '2020-01-01', now(), '')",
                    (user.pk, role),
                )


def contrat(**champs: Any) -> ContratGroupe:
    """In force from four years ago to two years ahead; 120 days to declare, as in S002."""
    annee = timezone.localdate().year
    valeurs = {
        "numero": f"CG-{next(_serie)}",
        "libelle": "Contrat groupe d’essai",
        "debut": dt.date(annee - 4, 1, 1),
        "fin": dt.date(annee + 2, 12, 31),
        "regime_gestion": RegimeGestion.CAPITALISATION,
        "delai_declaration_jours": 120,
        "diviseur": Diviseur.J360,
    } | champs
    if "assureur" not in valeurs:
        valeurs["assureur"] = organisme(GenreOrganisme.ASSUREUR)
    return ContratGroupe.objects.create(**valeurs)


def formule(pour: ContratGroupe, regime: str = Regime.CNRACL, *, natures: list[str] | None = None, **annee: Any) -> Formule:
    """A formule of the contract with the same terms for each of its years."""
    creee = Formule.objects.create(contrat=pour, code=f"F{next(_serie)}", libelle="Formule d’essai", regime=regime)
    termes = {
        "natures": natures if natures is not None else NATURES,
        "genre_franchise": GenreFranchise.PAR_ARRET_MO,
        "franchise_jours": 10,
        "niveau": Decimal("0.80"),
        "taux": Decimal("6.90"),
    } | annee
    FormuleAnnee.objects.bulk_create(FormuleAnnee(formule=creee, annee=an, **termes) for an in range(pour.debut.year, pour.fin.year + 1))
    return creee


def adhesion(chez: Collectivite, sous: Formule, **champs: Any) -> Adhesion:
    return _join(_adhesion(chez, sous, **champs))[0]


def _adhesion(chez: Collectivite, sous: Formule, **champs: Any) -> Adhesion:
    return Adhesion(**({"collectivite": chez, "formule": sous, "regime": sous.regime, "debut": sous.contrat.debut} | champs))


def _join(*adhesions: Adhesion) -> list[Adhesion]:
    """In two statements, whatever their number."""
    creees = Adhesion.objects.bulk_create(adhesions)
    BaseAssurance.objects.bulk_create(
        BaseAssurance(adhesion=une, annee=annee, charges_patronales=Decimal("40"))
        for une in creees
        for annee in range(une.formule.contrat.debut.year, une.formule.contrat.fin.year + 1)
    )
    return creees


def agent(chez: Collectivite, regime: str = Regime.CNRACL, **champs: Any) -> Agent:
    return _hire(_agent(chez, **champs), regime=regime)[0]


def _agent(chez: Collectivite, **champs: Any) -> Agent:
    rang = next(_serie)
    return Agent(
        **(
            {
                "collectivite": chez,
                "matricule": f"M{rang:05d}",
                "nom": f"Nom{rang}",
                "prenom": "Dominique",
                "naissance": dt.date(1975, 5, 17),
            }
            | champs
        )
    )


def _hire(*agents: Agent, regime: str = Regime.CNRACL) -> list[Agent]:
    """In three statements, whatever their number."""
    crees, depuis = Agent.objects.bulk_create(agents), dt.date(2010, 1, 1)
    SituationAgent.objects.bulk_create(SituationAgent(agent=un, debut=depuis, statut=Statut.TITULAIRE, regime=regime) for un in crees)
    Remuneration.objects.bulk_create(Remuneration(agent=un, debut=depuis, tib=Decimal("24000.00")) for un in crees)
    return crees


def liste_pieces(**champs: Any) -> ListePieces:
    """A short list: a certificate per arrêt, the arrêté and the pay slips to be paid; for accidents a medical certificate besides."""
    liste = ListePieces.objects.create(**({"version": next(_serie), "debut": dt.date(2015, 1, 1), "libelle": "Liste d’essai"} | champs))
    regimes = list(Regime.values)
    accidents = [Nature.AS, Nature.TRJ, Nature.MP]
    lignes: list[tuple[str, str, list[str], str, str, bool]] = [
        ("certificat", "Certificat d’arrêt (volet 2)", list(Nature.values), Stade.DECLARATION, Visibilite.AS, True),
        ("certificat-prolongation", "Certificat de prolongation", list(Nature.values), Stade.PROLONGATION, Visibilite.AS, True),
        ("certificat-rechute", "Déclaration de rechute", list(Nature.values), Stade.RECHUTE, Visibilite.AS, True),
        ("arrete", "Arrêté de placement", list(Nature.values), Stade.REMBOURSEMENT, Visibilite.AS, True),
        ("certificat-medical-initial", "Certificat médical initial", list(accidents), Stade.VALIDATION, Visibilite.M, False),
    ]
    Exigence.objects.bulk_create(
        Exigence(
            liste=liste, code=code, libelle=libelle, natures=natures, regimes=regimes, stade=stade, visibilite=visibilite,
            par_periode=par_periode, ordre=ordre,
        )
        for ordre, (code, libelle, natures, stade, visibilite, par_periode) in enumerate(lignes)
    )  # fmt: skip
    return publish(liste)


def publish(liste: ListePieces) -> ListePieces:
    """Its lines are all there: from now on dossiers are held to it, and none changes."""
    liste.publiee_le = timezone.now()
    liste.save(update_fields=["publiee_le"])
    return liste


@dataclass
class Monde:
    """A small CDG, ready to work."""

    contrat: ContratGroupe
    formule: Formule
    collectivite: Collectivite
    autre_collectivite: Collectivite
    agent: Agent
    autre_agent: Agent
    gestionnaire: User
    gestionnaire2: User
    responsable: User
    payeur: User
    payeur2: User
    medecin: User
    secretariat: User
    expert: User
    psychologue: User
    mairie: User
    mairie2: User
    assureur: User
    admin: User
    people: dict[str, User] = field(default_factory=dict)


def monde() -> Monde:
    """One contract, two collectivités with an agent each, one person for each role (two gestionnaires, payeurs and mairies)."""
    le_contrat = contrat()
    la_formule = formule(le_contrat)
    chez, ailleurs = Collectivite.objects.bulk_create([_collectivite(nom="Mairie de Lodève"), _collectivite(nom="Mairie de Sète")])
    _join(_adhesion(chez, la_formule), _adhesion(ailleurs, la_formule))
    liste_pieces()
    everybody = people(
        gestionnaire=_someone(Role.GESTIONNAIRE, prenom="Anne", nom="Roche"),
        gestionnaire2=_someone(Role.GESTIONNAIRE),
        responsable=_someone(Role.RESPONSABLE),
        payeur=_someone(Role.PAYEUR),
        payeur2=_someone(Role.PAYEUR),
        medecin=_someone(Role.MEDECIN_CONSEIL),
        secretariat=_someone(Role.GESTIONNAIRE_BULLE),
        expert=_someone(Role.EXPERT),
        psychologue=_someone(Role.PSYCHOLOGUE),
        mairie=_someone(Role.COLLECTIVITE, collectivites=[chez]),
        mairie2=_someone(Role.COLLECTIVITE, collectivites=[ailleurs]),
        assureur=_someone(Role.ASSUREUR, organisme=le_contrat.assureur),
        admin=_someone(Role.ADMINISTRATEUR),
    )
    un_agent, autre_agent = _hire(_agent(chez), _agent(ailleurs))
    return Monde(
        contrat=le_contrat,
        formule=la_formule,
        collectivite=chez,
        autre_collectivite=ailleurs,
        agent=un_agent,
        autre_agent=autre_agent,
        people=everybody,
        **everybody,
    )


def arret_demande(debut: dt.date | None = None, jours: int = 30) -> ArretDemande:
    """A leave of `jours` days, from forty days ago unless told."""
    depart = debut or timezone.localdate() - dt.timedelta(days=40)
    return ArretDemande(debut=depart, fin=depart + dt.timedelta(days=jours - 1), certificat=depart)


def sinistre(m: Monde, nature: str = Nature.CMO, *, par: User | None = None, de: Agent | None = None, **champs: Any) -> Sinistre:
    """A declared sinistre, through the service."""
    arret = champs.pop("arret", arret_demande())
    valeurs = {
        "nature": nature,
        "survenance": arret.debut if arret is not None else timezone.localdate() - dt.timedelta(days=10),
        "arret": arret,
        "tiers_possible": False,
        "circonstances": "Chute dans l’escalier de la mairie, à 9 h." if nature in ("AS", "TRJ", "MP") else "",
    } | champs
    return declarer(acteur=par or m.mairie, agent=de or m.agent, declaration=Declaration(**valeurs))


def complete_pieces(le_sinistre: Sinistre, par: User) -> None:
    """Every pièce conforme, written straight to the rows: for tests of what comes after the pièces."""
    Piece.objects.filter(sinistre=le_sinistre).update(etat=EtatPiece.CONFORME, decidee_par=par, decidee_le=timezone.now())
