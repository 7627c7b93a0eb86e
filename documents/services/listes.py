"""Writing the lists of required pièces: a draft copied from the list in force, its lines, its publication."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from contracts.enums import Regime
from contracts.models import ContratGroupe
from documents.listes import LINE_FIELDS, alternatives_faults
from documents.models import Exigence, ListePieces
from journal.services import consigner

ONE_DAY = dt.timedelta(days=1)


def preparer(*, acteur: User, contrat: ContratGroupe | None = None) -> ListePieces:
    """A draft of the next version for `contrat`, or for the whole CDG: the lines of its last published list, else of the CDG's.

    Raises Refus, Erreur when a draft is already there.
    """
    exiger(acteur, "listes_modifier")
    published = ListePieces.objects.filter(publiee_le__isnull=False).order_by("-version")
    model = published.filter(contrat=contrat).first() or published.filter(contrat__isnull=True).first()
    try:
        with transaction.atomic():
            dernier = ListePieces.objects.filter(contrat=contrat).aggregate(Max("version"))["version__max"] or 0
            brouillon = ListePieces.objects.create(
                contrat=contrat,
                version=dernier + 1,
                libelle=model.libelle if model is not None else "Pièces de l’assurance statutaire",
                debut=timezone.localdate() + ONE_DAY,
            )
            if model is not None:
                Exigence.objects.bulk_create(
                    Exigence(liste=brouillon, **valeurs) for valeurs in model.exigences.order_by("ordre", "pk").values(*LINE_FIELDS)
                )
            consigner(
                acteur=acteur,
                action="liste.preparee",
                objet_type="liste_pieces",
                objet_id=brouillon.pk,
                donnees={"version": brouillon.version, "contrat": contrat.pk if contrat is not None else None},
            )
    except IntegrityError as error:
        raise Erreur("Un brouillon de cette liste est déjà en cours : reprenez-le, ou abandonnez-le.") from error
    return brouillon


def renommer(*, acteur: User, liste_id: int, libelle: str) -> ListePieces:
    """Change the name of a draft. Raises Refus, DonneeInvalide, Erreur for a published list, ListePieces.DoesNotExist."""
    exiger(acteur, "listes_modifier")
    libelle = libelle.strip()
    if not 0 < len(libelle) <= 150:
        raise DonneeInvalide.sur("libelle", "Donnez un libellé de 150 caractères au plus.")
    with transaction.atomic():
        liste = _draft(liste_id)
        liste.libelle = libelle
        liste.save(update_fields=["libelle"])
        _record(acteur, liste, "liste.renommee")
    return liste


def enregistrer_ligne(*, acteur: User, liste_id: int, valeurs: dict[str, Any], ligne_id: int | None = None) -> Exigence:
    """Add a line to a draft, or change one. `valeurs` has every field of documents.listes.LINE_FIELDS.

    Raises Refus, DonneeInvalide on the fields that are wrong, Erreur for a published list, ListePieces or Exigence.DoesNotExist.
    """
    exiger(acteur, "listes_modifier")
    with transaction.atomic():
        liste = _draft(liste_id)
        ligne = Exigence(liste=liste) if ligne_id is None else Exigence.objects.get(pk=ligne_id, liste=liste)
        for champ in LINE_FIELDS:
            setattr(ligne, champ, valeurs[champ])
        _check(ligne)
        ligne.save()
        _record(acteur, liste, "liste.ligne_ajoutee" if ligne_id is None else "liste.ligne_changee", ligne)
    return ligne


def supprimer_ligne(*, acteur: User, liste_id: int, ligne_id: int) -> None:
    """Take a line out of a draft. Raises Refus, Erreur for a published list, Exigence.DoesNotExist."""
    exiger(acteur, "listes_modifier")
    with transaction.atomic():
        liste = _draft(liste_id)
        ligne = Exigence.objects.get(pk=ligne_id, liste=liste)
        _record(acteur, liste, "liste.ligne_retiree", ligne)
        ligne.delete()


def publier(*, acteur: User, liste_id: int, debut: dt.date) -> ListePieces:
    """From `debut` on (a date of survenance), new dossiers are held to this list; the one before ends on the eve.

    Dossiers already there keep theirs (documents/services/bascule.py moves them). Raises Refus, DonneeInvalide for a day that does not
    follow the first day of the list before, Erreur for an empty or published list.
    """
    exiger(acteur, "listes_modifier")
    with transaction.atomic():
        liste = _draft(liste_id)
        lignes = liste.exigences.count()
        if lignes == 0:
            raise Erreur("Cette liste n’a aucune ligne : elle ne demanderait rien à personne.")
        others = ListePieces.objects.select_for_update(of=("self",)).filter(contrat_id=liste.contrat_id, publiee_le__isnull=False)
        avant = others.order_by("-debut").first()
        if avant is not None and debut <= avant.debut:
            raise DonneeInvalide.sur(
                "debut", f"La version {avant.version} est en vigueur depuis le {avant.debut:%d/%m/%Y} : donnez un jour après."
            )
        if avant is not None and (avant.fin is None or avant.fin >= debut):
            avant.fin = debut - ONE_DAY
            avant.save(update_fields=["fin"])
        liste.debut, liste.publiee_le, liste.publiee_par = debut, timezone.now(), acteur
        liste.save(update_fields=["debut", "publiee_le", "publiee_par"])
        _record(acteur, liste, "liste.publiee", debut=debut.isoformat(), exigences=lignes)
    return liste


def abandonner(*, acteur: User, liste_id: int) -> None:
    """Discard a draft with its lines. Raises Refus, Erreur for a published list, ListePieces.DoesNotExist."""
    exiger(acteur, "listes_modifier")
    with transaction.atomic():
        liste = _draft(liste_id)
        _record(acteur, liste, "liste.abandonnee")
        liste.exigences.all().delete()
        liste.delete()


def _draft(liste_id: int) -> ListePieces:
    """Locked: two people on one draft write one after the other, and a publication stops both."""
    liste = ListePieces.objects.select_for_update(of=("self",)).get(pk=liste_id)
    if liste.est_publiee:
        raise Erreur("Cette liste est publiée : elle ne change plus. Préparez une nouvelle version.")
    return liste


def _check(ligne: Exigence) -> None:
    erreurs: dict[str, list[str]] = {}
    try:
        ligne.clean_fields(exclude=["liste"])
    except ValidationError as error:
        erreurs = {champ: [str(m) for m in messages] for champ, messages in error.message_dict.items()}
    fautes = alternatives_faults(ligne.alternatives, ligne.regimes or list(Regime.values))
    if fautes:
        erreurs["alternatives"] = [f"{faute[0].upper()}{faute[1:]}." for faute in fautes]
    double = Exigence.objects.filter(liste=ligne.liste, code=ligne.code, stade=ligne.stade).exclude(pk=ligne.pk)
    if double.exists():
        erreurs.setdefault("code", []).append("Cette liste demande déjà cette pièce à ce stade.")
    if erreurs:
        raise DonneeInvalide(erreurs)


def _record(acteur: User, liste: ListePieces, action: str, ligne: Exigence | None = None, **donnees: Any) -> None:
    if ligne is not None:
        donnees |= {"code": ligne.code, "stade": ligne.stade}
    consigner(acteur=acteur, action=action, objet_type="liste_pieces", objet_id=liste.pk, donnees={"version": liste.version, **donnees})
