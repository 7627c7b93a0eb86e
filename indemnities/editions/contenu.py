"""What is printed of a bordereau, read from its frozen lines."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Sum
from django.utils import timezone

from accounts.selectors import nom_du_cdg
from cases.errors import Erreur
from contracts.enums import ModeReglement
from indemnities.calcul.modele import Sort
from indemnities.editions.bordereau import BordereauEdite, LigneEditee
from indemnities.enums import GenreDecompte, OrigineDecompte
from indemnities.models import Bordereau, Decompte, LigneDecompte
from indemnities.services.bordereaux import digest_of

TIERS_PAYANT = "sans objet, payé aux praticiens"
"""What stands for the reference of the titre de recettes where nothing comes back to the collectivité."""


def contenu_de(bordereau_id: int) -> BordereauEdite:
    """The content of both files, in a few queries whatever the number of lines.

    Raises Bordereau.DoesNotExist; Erreur when its lines are not those that were frozen: no paper is made of them.
    """
    bordereau = Bordereau.objects.select_related("collectivite", "contrat__assureur").get(pk=bordereau_id)
    decomptes = list(
        Decompte.objects.filter(bordereau=bordereau)
        .select_related("sinistre__agent", "corrige__bordereau")
        .order_by("sinistre__numero", "debut", "pk")
    )
    if digest_of(decomptes) != bordereau.empreinte:
        raise Erreur("Les lignes de ce bordereau ne sont plus celles qui ont été transmises : aucun fichier n’en est fait.")
    jours = _jours_payes(decomptes)
    cdg = nom_du_cdg()
    return BordereauEdite(
        numero=bordereau.numero,
        date=timezone.localdate(bordereau.cree_le),
        cdg=cdg,
        collectivite=bordereau.collectivite.nom,
        siret=bordereau.collectivite.siret,
        contrat=bordereau.contrat.numero,
        payeur=cdg if bordereau.contrat.mode_reglement == ModeReglement.CDG else bordereau.contrat.assureur.nom,
        reference_titre=TIERS_PAYANT if bordereau.paye_des_praticiens else bordereau.numero,
        lignes=tuple(_ligne(d, jours[d.pk]) for d in decomptes),
        empreinte=bordereau.empreinte,
    )


def _ligne(decompte: Decompte, jours: int) -> LigneEditee:
    sinistre = decompte.sinistre
    nature = sinistre.get_nature_display()
    return LigneEditee(
        dossier=sinistre.numero,
        matricule=sinistre.agent.matricule,
        initiales=sinistre.agent.initiales(),
        nature=nature if decompte.genre == GenreDecompte.IJ else f"{nature} ({decompte.get_genre_display().lower()})",
        survenance=sinistre.survenance,
        debut=decompte.debut,
        fin=decompte.fin,
        jours=jours,
        montant=decompte.montant,
        corrige=_corrected(decompte.corrige) if decompte.corrige is not None else "",
    )


def _corrected(decompte: Decompte) -> str:
    """« décompte n° 118 (du 01/02/2026 au 28/02/2026, bordereau B-2026-000007) »."""
    ou = f", bordereau {decompte.bordereau.numero}" if decompte.bordereau is not None else ""
    return f"décompte n° {decompte.pk} (du {decompte.debut:%d/%m/%Y} au {decompte.fin:%d/%m/%Y}{ou})"


def _jours_payes(decomptes: Sequence[Decompte]) -> dict[int, int]:
    """By décompte, the days that it adds to those paid before it. See docs/bordereaux.md."""
    connus = {d.pk: d for d in decomptes}
    while manquants := {d.corrige_id for d in connus.values() if d.corrige_id is not None} - set(connus):
        connus |= {d.pk: d for d in Decompte.objects.filter(pk__in=manquants)}
    payees = LigneDecompte.objects.filter(decompte__in=connus, sort=Sort.PAYE)
    lignes: dict[int, int] = dict(payees.values_list("decompte").annotate(n=Sum("jours")).order_by("decompte"))

    def total(decompte: Decompte) -> int:
        """Days paid for its period, once it is settled."""
        if decompte.genre != GenreDecompte.IJ:
            return 0
        if decompte.origine == OrigineDecompte.CALCULE:
            return lignes.get(decompte.pk, 0)
        if decompte.corrige_id is not None:
            return total(connus[decompte.corrige_id])
        return (decompte.fin - decompte.debut).days + 1

    return {d.pk: total(d) - (total(connus[d.corrige_id]) if d.corrige_id is not None else 0) for d in decomptes}
