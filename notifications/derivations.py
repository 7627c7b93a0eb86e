"""Which news follows from events about procedures, money, clocks and people. What is asked of pièces stands in derivation.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from cases.enums import FileTravail, GenreEcheance
from cases.enums_contre_visite import EXAMINES
from cases.enums_message import SensMessage
from journal.models import Evenement
from notifications.annonces import Nouvelle
from notifications.enums import GenreCourriel
from notifications.genres.procedures import controle_le
from notifications.lots import Lot

Derivation = Callable[[Evenement, Lot], Iterable[Nouvelle]]


def du_dossier(genre: GenreCourriel) -> Derivation:
    """News of a dossier that follows from an event as it stands: what it says is read when it leaves."""

    def derive(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
        sinistre = lot.sinistres[evenement.sinistre_id or 0]
        yield Nouvelle.du_dossier(genre, f"{evenement.type}:{evenement.pk}", sinistre, evenement_id=evenement.pk, objet=evenement.objet_id)

    return derive


# -- Clocks -------------------------------------------------------------------------------------------------------------------

ECHUES: dict[str, GenreCourriel] = {
    GenreEcheance.REPRISE_ATTENDUE: GenreCourriel.REPRISE_DEMANDEE,
    GenreEcheance.SAISINE: GenreCourriel.SAISINE_A_PREPARER,
    GenreEcheance.CONTROLE_6_MOIS: GenreCourriel.CONTROLE_A_ORGANISER,
}
"""What the end of a clock tells the employer; the others are the CDG's own affair."""


def _clock_ran_out(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    """Of a dossier's own clocks; the timers of procedures bear the same name."""
    genre = ECHUES.get(str(evenement.donnees["genre"])) if evenement.objet_type == "echeance" else None
    if genre is None:
        return
    sinistre = lot.sinistres[evenement.sinistre_id or 0]
    echeance = dt.date.fromisoformat(str(evenement.donnees["le"]))
    if genre == GenreCourriel.CONTROLE_A_ORGANISER:
        echeance = controle_le(sinistre.survenance)
    yield Nouvelle.du_dossier(
        genre, f"echeance:{evenement.objet_id}", sinistre, echeance=echeance, evenement_id=evenement.pk, objet=evenement.objet_id
    )


# -- Procedures ---------------------------------------------------------------------------------------------------------------


def _item_addressed(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    """An item that waits for the employer, or for one person in the bulle."""
    donnees = evenement.donnees
    intention = f"tache:{donnees['genre']}:{evenement.objet_type}:{evenement.objet_id}"
    if donnees["file"] == FileTravail.EMPLOYEUR and evenement.sinistre_id is not None:
        yield Nouvelle.du_dossier(
            GenreCourriel.DECISION_ATTENDUE,
            intention,
            lot.sinistres[evenement.sinistre_id],
            echeance=dt.date.fromisoformat(str(donnees["pour_le"])),
            evenement_id=evenement.pk,
            type=evenement.objet_type,
            objet=evenement.objet_id,
        )
    elif donnees["destinataire"] is not None:
        yield _mission(intention, int(str(donnees["destinataire"])), evenement, lot)


def _expertise_handed_over(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    """Another médecin conseil has it from now on."""
    medecin = lot.medecins.get(evenement.objet_id)
    if medecin is not None:
        yield _mission(f"{evenement.type}:{evenement.pk}", medecin, evenement, lot)


def _mission(intention: str, medecin: int, evenement: Evenement, lot: Lot) -> Nouvelle:
    """For the person, and whoever replaces him today. No dossier is tied to it: the outbox is read outside the bulle."""
    people = tuple(sorted({medecin, *lot.remplacants.get(medecin, ())}))
    return Nouvelle(GenreCourriel.MISSION, intention, personnes=people, evenement_id=evenement.pk)


def _conclusions(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    """Those of a control that took place: by word of mouth, then in writing."""
    contre_visite = lot.contre_visites.get(evenement.objet_id)
    ecrites = evenement.type == "contre_visite.conclusions"
    if contre_visite is None or not (ecrites or contre_visite.resultat in EXAMINES):
        return
    yield Nouvelle.du_dossier(
        GenreCourriel.AVIS_CONTRE_VISITE,
        f"{evenement.type}:{evenement.pk}",
        lot.sinistres[evenement.sinistre_id or 0],
        evenement_id=evenement.pk,
        branche=evenement.objet_id,
        ecrites=ecrites,
    )


# -- Money and messages -------------------------------------------------------------------------------------------------------


def _paid(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    """One news a bordereau, however many dossiers it pays."""
    bordereau = lot.bordereaux.get(evenement.objet_id)
    if bordereau is not None:
        yield Nouvelle(
            GenreCourriel.PAIEMENT,
            f"bordereau.regle:{bordereau.pk}",
            collectivite_id=bordereau.collectivite_id,
            departement=bordereau.collectivite.departement,
            donnees={"bordereau": bordereau.pk},
            evenement_id=evenement.pk,
        )


def _message(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    """To the people of the collectivité; to whoever of the CDG holds the dossier, and to nobody where the queue alone does."""
    sinistre = lot.sinistres[evenement.sinistre_id or 0]
    sens = str(evenement.donnees["sens"])
    intention = f"message.ecrit:{evenement.objet_id}"
    if sens == SensMessage.VERS_COLLECTIVITE:
        yield Nouvelle.du_dossier(GenreCourriel.MESSAGE, intention, sinistre, evenement_id=evenement.pk, sens=sens)
        return
    porteurs = lot.porteurs.get(sinistre.pk)
    if porteurs:
        yield Nouvelle(
            GenreCourriel.MESSAGE,
            intention,
            sinistre,
            personnes=tuple(sorted(porteurs)),
            donnees={"sens": sens},
            evenement_id=evenement.pk,
        )


DERIVATIONS: dict[str, Derivation] = {
    "reprise.demandee": du_dossier(GenreCourriel.REPRISE_DEMANDEE),
    "sinistre.valider": du_dossier(GenreCourriel.VALIDATION),
    "sinistre.rouvrir": du_dossier(GenreCourriel.RECHUTE_OUVERTE),
    "sinistre.rouvrir_rechute": du_dossier(GenreCourriel.RECHUTE_OUVERTE),
    "echeance.echue": _clock_ran_out,
    "tache.adressee": _item_addressed,
    "expertise.medecin_conseil_change": _expertise_handed_over,
    "contre_visite.avis": _conclusions,
    "contre_visite.conclusions": _conclusions,
    "bordereau.regle": _paid,
    "message.ecrit": _message,
}
