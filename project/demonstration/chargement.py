"""Loading the demonstration: once, whole or not at all, the same for one reference day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from contracts.models import ContratGroupe
from documents.listes import load_all
from journal.models import Curseur, Evenement
from notifications.derivation import CONSUMER
from project.demonstration import accompagnements, agents, contre_visites, conversations, recours, saisines, socle
from project.demonstration.depots import Guichet
from project.demonstration.plans import Plan, draw
from project.demonstration.simulation import TEAM_SINCE, Maison, sweep
from project.demonstration.taille import SEED, Taille
from project.demonstration.temps import Agenda
from project.demonstration.vies import Dossier, Monde
from project.demonstration.voyage import Horloge, voyage

HISTORY_DAYS = 800
"""How far back the simulated clock starts: two years, and some for late declarations."""


RECOURS_AFTER = 80
"""Days before anybody looks for a recours: there is none before the first declarations."""

NEWS_DAYS = 6
"""How many days of events are still to be told by e-mail once the load is done."""


class Refusee(Exception):
    """The demonstration is not to be loaded here. The message is French."""


def is_loaded() -> bool:
    return ContratGroupe.objects.filter(numero=socle.CONTRAT).exists()


def load(
    *,
    mot_de_passe: str,
    taille: Taille | None = None,
    reference: dt.datetime | None = None,
    dire: Callable[[str], None] = lambda _: None,
) -> int:
    """Load the portfolio as it stands at `reference` (now). Returns the number of dossiers made.

    One transaction: a load cut short leaves nothing. Raises Refusee outside demonstration mode, or in a base that holds other data.
    """
    if not settings.DEMO or settings.PRODUCTION:
        raise Refusee("La démonstration ne se charge qu’en mode démonstration.")
    if ContratGroupe.objects.exists():
        raise Refusee("Cette base contient déjà un portefeuille : la démonstration ne s’y mélange pas.")
    taille = taille or Taille()
    fin = reference or timezone.now()
    with transaction.atomic(), _without_savepoints():
        nombre = _load(mot_de_passe, taille, fin, dire)
        # Wake-ups for work that the load has done itself; sweepers would find whatever is left.
        connection.run_on_commit.clear()
    return nombre


@contextmanager
def _without_savepoints() -> Iterator[None]:
    """The services' own transactions join ours without a savepoint each: nothing is to fail here, and a fault undoes the whole load."""
    features = connection.features
    avant = features.uses_savepoints
    features.uses_savepoints = False
    try:
        yield
    finally:
        features.uses_savepoints = avant


def _load(mot_de_passe: str, taille: Taille, fin: dt.datetime, dire: Callable[[str], None]) -> int:
    jour = timezone.localdate(fin)
    with voyage(Horloge(fin - dt.timedelta(days=HISTORY_DAYS))) as horloge:
        load_all()
        base = socle.build(taille, jour.year + 1, mot_de_passe)
        dire(f"{len(base.collectivites)} collectivités, {len(base.formules)} formules.")
        personnes = agents.enroll(base, taille)
        dire(f"{len(personnes)} agents.")
        rng = Random(f"{SEED}:vies")  # noqa: S311
        monde = Monde(base, Guichet(base.comptes["gestionnaire"], taille.fichiers), rng, jour)
        plans = draw(personnes, taille)
        maison = Maison(monde, plans)
        agenda = Agenda(horloge, fin, rng, maison.chaque_jour)
        _schedule(agenda, monde, maison, plans, taille)
        agenda.derouler()
        maison.chaque_jour(jour)
        contre_visites.demander_du_jour(monde, plans)
        sweep()
        _tell_recent_news_only(fin)
    dire(f"{len(monde.dossiers)} dossiers.")
    return len(monde.dossiers)


def _tell_recent_news_only(fin: dt.datetime) -> None:
    """E-mails are derived from the last days' events: those of two years would fill the « Boîte d’envoi » in one go."""
    dernier = Evenement.objects.filter(le__lt=fin - dt.timedelta(days=NEWS_DAYS)).order_by("-id").first()
    if dernier is not None:
        Curseur.objects.update_or_create(nom=CONSUMER, defaults={"xid": dernier.xid, "evenement_id": dernier.pk})


def _schedule(agenda: Agenda, monde: Monde, maison: Maison, plans: list[Plan], taille: Taille) -> None:
    def il_y_a(jours: int) -> dt.datetime:
        return agenda.a_heure_ouvree(monde.reference - dt.timedelta(days=jours))

    for plan in plans:
        agenda.inscrire(Dossier(monde, plan).vivre(), il_y_a(plan.age))
    agenda.inscrire(recours.suivre(monde), il_y_a(HISTORY_DAYS - RECOURS_AFTER))
    agenda.inscrire(accompagnements.vivre(monde), il_y_a(45))
    agenda.inscrire(saisines.vivre(monde), il_y_a(60))
    agenda.inscrire(contre_visites.vivre(monde, plans), il_y_a(9))
    agenda.inscrire(maison.medecin(), il_y_a(16))
    agenda.inscrire(maison.equipe(), il_y_a(TEAM_SINCE))
    agenda.inscrire(maison.corbeille(taille.courriers), il_y_a(6))
    agenda.inscrire(maison.notes(), il_y_a(5))
    agenda.inscrire(maison.pieces(), il_y_a(2))
    conversations.inscrire(agenda, monde)
