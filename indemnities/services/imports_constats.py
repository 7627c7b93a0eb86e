"""Files of known arrêts and of CPAM décomptes: checked as a whole in a bounded number of queries, then written whole or not at all.

The caller (workflows/constats.py) holds the locks and the transaction when it writes; a preview needs neither.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Collectivite, User
from cases.enums import Etat
from cases.models import Arret, Sinistre
from cases.selectors import sinistres_visibles
from contracts.models import Agent
from contracts.selectors import agents_visibles
from indemnities.enums import GenreMontant, OrigineConstat
from indemnities.lecture_constats import Faute, Fichier, GenreFichier
from indemnities.models import ArretConnu, MontantConstate
from indemnities.rules_constats import Prise, fautes_arret, fautes_montant
from indemnities.selectors_constats import arrets_declares
from indemnities.services.constats import (
    arret_de,
    contenu,
    creer,
    montant_de,
    prises_connues,
    prises_de_montants,
    prises_declarees,
)
from journal.services import annoncer, consigner


@dataclass
class Controle:
    """What a file would write, by line, and every fault: with one, nothing is written. Rows are not saved."""

    fautes: list[Faute] = field(default_factory=list)
    arrets: list[tuple[int, ArretConnu]] = field(default_factory=list)
    montants: list[tuple[int, MontantConstate]] = field(default_factory=list)

    @property
    def lignes(self) -> int:
        return len(self.arrets) + len(self.montants)


def agents_du_fichier(acteur: User, collectivite: Collectivite, fichier: Fichier) -> QuerySet[Agent]:
    """The visible agents that the file names, his own person apart."""
    matricules = {ligne.cle for ligne in fichier.lignes}
    agents = agents_visibles(acteur).filter(collectivite=collectivite, matricule__in=matricules).exclude(compte=acteur.pk)
    return agents.select_related("collectivite").order_by("pk")


def sinistres_du_fichier(acteur: User, collectivite: Collectivite, fichier: Fichier) -> QuerySet[Sinistre]:
    """The visible dossiers that the file names."""
    numeros = {ligne.cle for ligne in fichier.lignes}
    sinistres = sinistres_visibles(acteur, "constat_saisir").filter(collectivite=collectivite, numero__in=numeros)
    return sinistres.select_related("agent", "collectivite").order_by("pk")


def controler(acteur: User, collectivite: Collectivite, fichier: Fichier) -> Controle:
    """Every line against what stands and against the lines before it; the faults, read and found, in the order of the file."""
    controle = Controle(fautes=list(fichier.fautes))
    if fichier.genre == GenreFichier.ARRETS:
        _controler_arrets(acteur, collectivite, fichier, controle)
    else:
        _controler_montants(acteur, collectivite, fichier, controle)
    controle.fautes.sort(key=lambda faute: faute.numero)
    return controle


def _controler_arrets(acteur: User, collectivite: Collectivite, fichier: Fichier, controle: Controle) -> None:
    agents = {agent.matricule: agent for agent in agents_du_fichier(acteur, collectivite, fichier)}
    ids = [agent.pk for agent in agents.values()]
    connus: dict[int, list[ArretConnu]] = defaultdict(list)
    for connu in ArretConnu.objects.filter(agent__in=ids, annule_le__isnull=True).order_by("debut", "pk"):
        connus[connu.agent_id].append(connu)
    declares: dict[int, list[Arret]] = defaultdict(list)
    for arret in arrets_declares(ids):
        declares[arret.sinistre.agent_id].append(arret)
    prises = {pk: [*prises_connues(connus[pk]), *prises_declarees(declares[pk])] for pk in ids}
    aujourdhui = timezone.localdate()
    for lue in fichier.lignes:
        if lue.arret is None:
            raise ValueError("A file of arrêts holds arrêts.")
        agent = agents.get(lue.cle)
        if agent is None:
            controle.fautes.append(Faute(lue.numero, ("Ce matricule est inconnu dans cette collectivité, ou c’est le vôtre.",)))
            continue
        fautes = fautes_arret(lue.arret, naissance=agent.naissance, aujourdhui=aujourdhui, prises=prises[agent.pk])
        if fautes:
            controle.fautes.append(_faute(lue.numero, fautes))
            continue
        nouveau = arret_de(acteur, agent, lue.arret, OrigineConstat.IMPORTE)
        controle.arrets.append((lue.numero, nouveau))
        prises[agent.pk] += [Prise(une.debut, une.fin, f"la ligne {lue.numero} du fichier") for une in prises_connues([nouveau])]


def _controler_montants(acteur: User, collectivite: Collectivite, fichier: Fichier, controle: Controle) -> None:
    sinistres = {sinistre.numero: sinistre for sinistre in sinistres_du_fichier(acteur, collectivite, fichier)}
    ids = [sinistre.pk for sinistre in sinistres.values()]
    arrets: dict[int, list[Any]] = defaultdict(list)
    for sinistre_id, debut, fin in Arret.objects.filter(sinistre__in=ids, actif=True).values_list("sinistre_id", "debut", "fin"):
        arrets[sinistre_id].append((debut, fin))
    prises: dict[int, list[Prise]] = defaultdict(list)
    deja = MontantConstate.objects.filter(sinistre__in=ids, genre=GenreMontant.CPAM, annule_le__isnull=True).order_by("debut", "pk")
    for montant in deja:
        prises[montant.sinistre_id] += prises_de_montants([montant])
    aujourdhui = timezone.localdate()
    for lue in fichier.lignes:
        if lue.montant is None:
            raise ValueError("A file of décomptes holds amounts.")
        sinistre = sinistres.get(lue.cle)
        if sinistre is None:
            controle.fautes.append(Faute(lue.numero, ("Ce dossier est inconnu dans cette collectivité.",)))
            continue
        if sinistre.etat in (Etat.ANNULE, Etat.REFUSE):
            controle.fautes.append(Faute(lue.numero, (f"Le dossier est « {sinistre.get_etat_display().lower()} ».",)))
            continue
        fautes = fautes_montant(
            lue.montant, regime=sinistre.regime, aujourdhui=aujourdhui, arrets=arrets[sinistre.pk], prises=prises[sinistre.pk]
        )
        if fautes:
            controle.fautes.append(_faute(lue.numero, fautes))
            continue
        controle.montants.append((lue.numero, montant_de(acteur, sinistre, lue.montant, OrigineConstat.IMPORTE)))
        prises[sinistre.pk].append(Prise(lue.montant.debut, lue.montant.fin, f"la ligne {lue.numero} du fichier"))


def ecrire(acteur: User, collectivite: Collectivite, controle: Controle, texte: str) -> None:
    """Write a file without faults: arrêts noted at once for the collectivité, amounts on each of their dossiers.

    Raises ValueError for a file with faults, DonneeInvalide when another transaction has taken some of the days meanwhile.
    """
    if controle.fautes:
        raise ValueError("A file with faults writes nothing.")
    empreinte = hashlib.sha256(texte.encode()).hexdigest()
    if controle.arrets:
        arrets = creer(ArretConnu, [arret for _, arret in controle.arrets])
        donnees = {"lignes": len(arrets), "empreinte": empreinte, "arrets": [arret.pk for arret in arrets]}
        _noter(acteur, "arret_connu.importe", "collectivite", collectivite.pk, None, donnees)
    if controle.montants:
        par_dossier: dict[int, list[MontantConstate]] = defaultdict(list)
        for montant in creer(MontantConstate, [montant for _, montant in controle.montants]):
            par_dossier[montant.sinistre_id].append(montant)
        for sinistre_id, montants in sorted(par_dossier.items()):
            donnees = {"empreinte": empreinte, "montants": [contenu(montant) for montant in montants]}
            _noter(acteur, "montant_constate.importe", "sinistre", sinistre_id, sinistre_id, donnees)


def _noter(acteur: User, action: str, objet_type: str, objet_id: int, sinistre_id: int | None, donnees: Mapping[str, Any]) -> None:
    consigner(acteur=acteur, action=action, objet_type=objet_type, objet_id=objet_id, sinistre_id=sinistre_id, donnees=dict(donnees))
    annoncer(type=action, objet_type=objet_type, objet_id=objet_id, sinistre_id=sinistre_id)


def _faute(numero: int, fautes: Mapping[str, list[str]]) -> Faute:
    return Faute(numero, tuple(message for messages in fautes.values() for message in messages))
