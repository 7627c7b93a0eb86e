"""The ground of the portfolio: CDG, insurer, broker, collectivités, accounts, the contract and its adhésions."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from schwifty import IBAN
from stdnum import luhn

from accounts import admissions
from accounts.enums import MEDICAL_ROLES, GenreOrganisme, Role
from accounts.models import Admission, Collectivite, Habilitation, IdentifiantBulle, Organisme, User
from contracts import services
from contracts.enums import GenreFranchise, Nature, Regime
from contracts.models import Adhesion, ContratGroupe, Formule
from indemnities.services import comptes as ribs
from project.demonstration.donnees import AUTRES_DEPARTEMENTS, COMMUNES, ETABLISSEMENTS, FEMMES, HOMMES, NOMS
from project.demonstration.taille import SEED, Taille

CONTRAT = "CDG-2022-AS"
"""The number of the demonstration contract: where it is, the demonstration has been loaded."""

DEBUT = dt.date(2022, 1, 1)
NOM_CDG = "Centre de gestion des Garrigues"
BAISSE = 2024
"""The first year of survenance whose level is 80 % (S002; domain: §0.1)."""

BASES = 4
"""Years before the last whose bases are given: those of the sinistres."""

NATURES_CNRACL = (
    Nature.CMO, Nature.CLM, Nature.CLD, Nature.AS, Nature.TRJ, Nature.MP, Nature.MAT, Nature.PAT, Nature.ADO, Nature.PATHO,
    Nature.TPT, Nature.DORS, Nature.AIT, Nature.DC, Nature.FM,
)  # fmt: skip
NATURES_IRCANTEC = (
    Nature.CMO, Nature.CGM, Nature.ATC, Nature.ATI, Nature.MAT, Nature.PAT, Nature.ADO, Nature.PATHO, Nature.TPT,
)  # fmt: skip


@dataclass(frozen=True)
class TypeFormule:
    """A cover as S002 prints it: kind and days of franchise, rate in %, share of the staff that has chosen it."""

    code: str
    libelle: str
    regime: Regime
    genre_franchise: GenreFranchise
    jours: int
    taux: Decimal
    poids: int = 0


MO, IJ = GenreFranchise.PAR_ARRET_MO, GenreFranchise.PAR_ARRET_TOUTES_IJ

FORMULES = (
    TypeFormule("MO10", "Tous risques, franchise 10 j en maladie ordinaire", Regime.CNRACL, MO, 10, Decimal("6.90"), 523),
    TypeFormule("MO15", "Tous risques, franchise 15 j en maladie ordinaire", Regime.CNRACL, MO, 15, Decimal("6.49"), 645),
    TypeFormule("MO30", "Tous risques, franchise 30 j en maladie ordinaire", Regime.CNRACL, MO, 30, Decimal("5.71"), 231),
    TypeFormule("IJ30", "Tous risques, franchise 30 j sur toutes les IJ", Regime.CNRACL, IJ, 30, Decimal("5.21"), 106),
    TypeFormule("IRC15", "Agents IRCANTEC, franchise 15 j en maladie ordinaire", Regime.IRCANTEC, MO, 15, Decimal("1.10")),
)  # fmt: skip

COMPTES = (
    ("gestionnaire", "Claire", "Roche", Role.GESTIONNAIRE),
    ("gestionnaire2", "Sofiane", "Belkacem", Role.GESTIONNAIRE),
    ("responsable", "Hélène", "Vasseur", Role.RESPONSABLE),
    ("payeur", "Bruno", "Castaing", Role.PAYEUR),
    ("payeur2", "Agathe", "Lemoine", Role.PAYEUR),
    ("medecin", "Antoine", "Saurel", Role.MEDECIN_CONSEIL),
    ("medecin2", "Irène", "Casals", Role.MEDECIN_CONSEIL),
    ("secretariat", "Mireille", "Aubert", Role.GESTIONNAIRE_BULLE),
    ("expert", "Louise", "Grandjean", Role.EXPERT),
    ("psychologue", "Nora", "Delattre", Role.PSYCHOLOGUE),
    ("mairie", "Odile", "Peyre", Role.COLLECTIVITE),
    ("mairie2", "Serge", "Monteil", Role.COLLECTIVITE),
    ("assureur", "Paul", "Etcheverry", Role.ASSUREUR),
    ("admin", "Yann", "Kermarec", Role.ADMINISTRATEUR),
)  # fmt: skip
"""The sign-ins that `make run` prints. Other collectivités have accounts too, without a password: nobody signs in with them."""


@dataclass
class Socle:
    """What the rest is built on. `declarants` gives, by collectivité, the account that declares for it."""

    comptes: dict[str, User]
    collectivites: list[Collectivite]
    contrat: ContratGroupe
    formules: dict[str, Formule]
    declarants: dict[int, User] = field(default_factory=dict)
    poids: dict[int, int] = field(default_factory=dict)


def build(taille: Taille, annee_fin: int, mot_de_passe: str) -> Socle:
    """Create everything. `annee_fin` is the last year of the contract."""
    rng = Random(f"{SEED}:socle")  # noqa: S311 a demonstration wants repeatable, not secret, numbers
    assureur = Organisme.objects.create(genre=GenreOrganisme.ASSUREUR, nom="Occitane Prévoyance", siret=siret("81234500", 1))
    courtier = Organisme.objects.create(genre=GenreOrganisme.COURTIER, nom="Cabinet Larzac Conseil", siret=siret("51876300", 2))
    Organisme.objects.create(genre=GenreOrganisme.CDG, nom=NOM_CDG, siret=siret("28340099", 1))
    collectivites = _collectivites(taille.collectivites)
    comptes = _comptes(mot_de_passe, collectivites, assureur)
    _ribs(comptes, collectivites)
    contrat = services.creer_contrat(
        acteur=comptes["admin"],
        numero=CONTRAT,
        libelle="Assurance statutaire, collectivités adhérentes",
        assureur=assureur,
        courtier=courtier,
        debut=DEBUT,
        fin=dt.date(annee_fin, 12, 31),
        delai_remboursement_jours=30,
    )
    socle = Socle(comptes, collectivites, contrat, _formules(comptes["admin"], contrat))
    _declarants(socle, rng)
    _adhesions(socle, rng)
    return socle


def siret(siren8: str, etablissement: int) -> str:
    """A SIRET whose two Luhn keys are right, from the first 8 digits of the SIREN and the rank of the establishment."""
    debut = siren8 + luhn.calc_check_digit(siren8) + f"{etablissement:04d}"
    return debut + luhn.calc_check_digit(debut)


def iban(rang: int) -> str:
    """An IBAN of a public accountant at the Banque de France, keys right, account invented."""
    return str(IBAN.generate("FR", bank_code="30001", branch_code="00567", account_code=f"C34{rang:08d}"))


def _ribs(comptes: dict[str, User], collectivites: list[Collectivite]) -> None:
    """The account of the CDG and of each collectivité, keyed by one payeur and confirmed by the other."""
    for rang, chez in enumerate([None, *collectivites]):
        rib = ribs.Rib(titulaire=chez.nom[:70] if chez is not None else NOM_CDG, iban=iban(rang))
        saisi = ribs.saisir(acteur=comptes["payeur"], collectivite=chez, rib=rib)
        ribs.confirmer(acteur=comptes["payeur2"], compte_id=saisi.pk)


def _collectivites(nombre: int) -> list[Collectivite]:
    definitions = [(_mairie(nom), "34", "21") for nom in COMMUNES[:3]]
    definitions += [ETABLISSEMENTS[0], *AUTRES_DEPARTEMENTS]
    definitions += [(_mairie(nom), "34", "21") for nom in COMMUNES[3:]] + list(ETABLISSEMENTS[1:])
    return [
        Collectivite.objects.create(
            siret=siret(f"{genre}{departement}09{rang:02d}", 1),
            nom=nom,
            departement=departement,
            email=f"{_slug(nom)}@demo.example",
        )
        for rang, (nom, departement, genre) in enumerate(definitions[:nombre], start=1)
    ]


def _mairie(commune: str) -> str:
    if commune.startswith("Les "):
        return f"Mairie des {commune[4:]}"
    elide = unicodedata.normalize("NFKD", commune)[0] in "AEIOUH"
    return f"Mairie d’{commune}" if elide else f"Mairie de {commune}"


def _slug(nom: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", nom.replace("’", "-")).encode("ascii", "ignore").decode().lower()
    return ascii_only.replace(" ", "-")[:60]


def _comptes(mot_de_passe: str, collectivites: list[Collectivite], assureur: Organisme) -> dict[str, User]:
    comptes = {}
    chiffre = make_password(mot_de_passe)  # once: it is one password, and hashing is slow on purpose
    for nom_de_compte, prenom, nom, role in COMPTES:
        au_web = chiffre if role not in MEDICAL_ROLES else make_password(None)
        user = User.objects.create(email=f"{nom_de_compte}@demo.example", password=au_web, prenom=prenom, nom=nom)
        comptes[nom_de_compte] = user
        if role == Role.COLLECTIVITE:
            siennes = collectivites[:2] if nom_de_compte == "mairie" else collectivites[2:3]
            for collectivite in siennes:
                Habilitation.objects.create(user=user, role=role, collectivite=collectivite, debut=DEBUT)
        else:
            organisme = assureur if role == Role.ASSUREUR else None
            Habilitation.objects.create(user=user, role=role, organisme=organisme, debut=DEBUT)
    return comptes


def set_passwords(mot_de_passe: str) -> int:
    """Give every printed sign-in of the web this password, where it has another. Returns how many changed."""
    changes = 0
    chiffre = make_password(mot_de_passe)
    for user in User.objects.filter(email__in=[f"{nom}@demo.example" for nom, _, _, role in COMPTES if role not in MEDICAL_ROLES]):
        if not user.check_password(mot_de_passe):
            user.password = chiffre
            user.save(update_fields=["password"])
            changes += 1
    return changes


def open_the_bulle(mot_de_passe: str) -> int:
    """In the bulle's process: admit the printed sign-ins there and give them this password, where they have another.

    The médecin conseil is the first one in and admits the others. Returns how many changed.
    """
    medicaux = [(nom, role) for nom, _, _, role in COMPTES if role in MEDICAL_ROLES]
    medicaux.sort(key=lambda compte: compte[0] != "medecin")
    chiffre, medecin, changes = make_password(mot_de_passe), None, 0
    for nom, role in medicaux:
        user = User.objects.get(email=f"{nom}@demo.example")
        if not user.check_password(mot_de_passe) or user.roles != {role}:
            with transaction.atomic():
                if not Admission.objects.en_cours().filter(user=user, role=role).exists():
                    admissions.admettre(acteur=medecin, user_id=user.pk, role=role, debut=DEBUT)
                IdentifiantBulle.objects.filter(user=user).update(password=chiffre, enrole_le=timezone.now())
            changes += 1
        medecin = medecin or User.objects.get(pk=user.pk)
    return changes


def _declarants(socle: Socle, rng: Random) -> None:
    for rang, collectivite in enumerate(socle.collectivites):
        if rang < 3:
            socle.declarants[collectivite.pk] = socle.comptes["mairie" if rang < 2 else "mairie2"]
            continue
        prenom = rng.choice(FEMMES if rng.random() < 0.7 else HOMMES)
        user = User.objects.create_user(f"rh{rang:02d}@demo.example", None, prenom=prenom, nom=rng.choice(NOMS))
        Habilitation.objects.create(user=user, role=Role.COLLECTIVITE, collectivite=collectivite, debut=DEBUT)
        socle.declarants[collectivite.pk] = user


def _formules(acteur: User, contrat: ContratGroupe) -> dict[str, Formule]:
    formules = {}
    for genre in FORMULES:
        formule = services.creer_formule(acteur=acteur, contrat=contrat, code=genre.code, libelle=genre.libelle, regime=genre.regime)
        for annee in range(contrat.debut.year, contrat.fin.year + 1):
            services.fixer_termes(
                acteur=acteur,
                formule=formule,
                annee=annee,
                natures=NATURES_CNRACL if genre.regime == Regime.CNRACL else NATURES_IRCANTEC,
                genre_franchise=genre.genre_franchise,
                franchise_jours=genre.jours,
                niveau=Decimal("1.00") if annee < BAISSE else Decimal("0.80"),
                taux=genre.taux,
            )
        formules[genre.code] = formule
    return formules


def _adhesions(socle: Socle, rng: Random) -> None:
    """Each collectivité takes one CNRACL formule (weights of S002), most take the IRCANTEC one; bases differ and last."""
    tires = [genre for genre in FORMULES if genre.regime == Regime.CNRACL]
    for rang, collectivite in enumerate(socle.collectivites):
        socle.poids[collectivite.pk] = rng.choice((6, 10, 15, 25, 40, 70, 110)) if rang > 2 else 60
        genre = tires[rang] if rang < len(tires) else rng.choices(tires, [t.poids for t in tires])[0]
        debut = DEBUT if rang < 4 or rng.random() < 0.85 else dt.date(2023, 1, 1)
        _adhere(socle, collectivite, socle.formules[genre.code], debut, rng)
        _adhere(socle, collectivite, socle.formules["IRC15"], debut, rng)


def _adhere(socle: Socle, collectivite: Collectivite, formule: Formule, debut: dt.date, rng: Random) -> Adhesion:
    admin = socle.comptes["admin"]
    adhesion = services.adherer(acteur=admin, collectivite=collectivite, formule=formule, debut=debut)
    nbi, sft, residence = rng.random() < 0.8, rng.random() < 0.4, rng.random() < 0.2
    primes, charges = rng.random() < 0.1, Decimal(rng.choice((0, 0, 40, 45, 50, 55)))
    for annee in range(max(debut.year, socle.contrat.fin.year - BASES), socle.contrat.fin.year + 1):
        services.fixer_base(
            acteur=admin,
            adhesion=adhesion,
            annee=annee,
            nbi=nbi,
            sft=sft,
            indemnite_residence=residence,
            primes=primes,
            charges_patronales=charges,
        )
    return adhesion
