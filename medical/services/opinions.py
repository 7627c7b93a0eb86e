"""The two halves of an opinion: the one that stays in the bulle, encrypted, and the one that the employer will read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.gate import Refus, exiger
from accounts.models import User
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur
from cases.models import AvisMedecin, Sinistre
from cases.models.avis import delegants_of
from cases.services import avis as avis_services
from journal.services import consigner
from medical.enums import RaisonConclusion
from medical.enveloppe import draw_data_key, open_data_key, open_field, seal_field
from medical.models import Opinion
from medical.rules import telling_words
from medical.services.ouvertures import exiger_ouverture

TEXTE = "texte"
MAX_TEXTE = 20_000
ALERTE = "termes_medicaux"


class ModifieeEntreTemps(Erreur):
    """Another médecin has written in the same opinion since it was opened."""

    def __init__(self) -> None:
        super().__init__("Un autre médecin a modifié ce texte depuis que vous l’avez ouvert. Relisez le sien, puis enregistrez le vôtre.")


@dataclass(frozen=True, repr=False)
class OpinionLue:
    """An opinion open to its reader. `ecrite_le` names the version read: to be given back when writing."""

    avis: AvisMedecin
    texte: str
    auteur: str
    ecrite_le: dt.datetime
    figee: bool


def lire(*, acteur: User, sinistre: Sinistre, session: str, avis: AvisMedecin | None = None) -> list[OpinionLue]:
    """What médecins wrote on this dossier for medical eyes: the opinions given, and the draft of `avis`. Each reading is journaled.

    Raises Refus, OuvertureRequise, Indisponible.
    """
    exiger(acteur, "dossier_medical_lire", sinistre)
    exiger_ouverture(acteur=acteur, sinistre=sinistre, session=session)
    opinions = Opinion.objects.filter(avis__sinistre=sinistre).select_related("avis", "cle", "auteur").order_by("ecrite_le", "pk")
    visibles = [opinion for opinion in opinions if opinion.figee_le is not None or (avis is not None and opinion.avis_id == avis.pk)]
    return journaled(visibles, sinistre, acteur=acteur)


def journaled(opinions: list[Opinion], sinistre: Sinistre, *, acteur: User | None, par: str = "") -> list[OpinionLue]:
    """Open these opinions, write that they are read, then give them. The caller has asked the right. Raises Indisponible."""
    lues = [
        OpinionLue(
            opinion.avis, open_field(opinion, TEXTE), opinion.auteur.get_full_name(), opinion.ecrite_le, opinion.figee_le is not None
        )
        for opinion in opinions
    ]
    with transaction.atomic():
        for opinion in opinions:
            _consigner(acteur, "opinion.lue", opinion, sinistre.pk, motif=par)
    return lues


def enregistrer(*, acteur: User, avis: AvisMedecin, session: str, texte: str, lue_le: dt.datetime | None) -> Opinion:
    """Keep a draft of the half that stays inside. `lue_le`: `ecrite_le` of what the author had under his eyes, None for nothing.

    Raises Refus, OuvertureRequise, DonneeInvalide, ModifieeEntreTemps, Erreur once the opinion is given or recalled, Indisponible.
    """
    _require(acteur, avis, session)
    _check(texte)
    opinion, cle_neuve = _sealed(acteur, avis, texte)
    with transaction.atomic():
        fresh = AvisMedecin.objects.select_for_update(of=("self",)).get(pk=avis.pk)
        if fresh.rendu_le or fresh.rappele_le:
            raise Erreur("Cet avis est rendu ou ne vous est plus confié : son texte ne change plus.")
        _same_version(avis, lue_le)
        _save(opinion, cle_neuve)
        _consigner(acteur, "opinion.ecrite", opinion, avis.sinistre_id)
    return opinion


def rendre(
    *,
    acteur: User,
    avis: AvisMedecin,
    session: str,
    sens: str,
    conclusion: str,
    texte: str,
    lue_le: dt.datetime | None,
    raison: str = "",
) -> AvisMedecin:
    """Give the opinion: `sens` and `conclusion` leave the bulle, `texte` stays and is frozen, in one transaction.

    Raises AlerteAConfirmer when the conclusion has words that look medical and no `raison` (RaisonConclusion) says why they stay: the
    reason is kept in the journal, the words are not. Raises Refus, OuvertureRequise, DonneeInvalide, ModifieeEntreTemps, Erreur,
    Indisponible as `enregistrer`.
    """
    _require(acteur, avis, session)
    _check(texte)
    mots = telling_words(conclusion, texte)
    if mots and raison not in RaisonConclusion.values:
        raise AlerteAConfirmer({ALERTE: "La conclusion que lira l’employeur contient des mots qui paraissent médicaux."})
    opinion, cle_neuve = _sealed(acteur, avis, texte) if texte.strip() else (None, False)
    with transaction.atomic():
        rendu = avis_services.rendre(acteur=acteur, avis=avis, sens=sens, conclusion=conclusion)
        _same_version(avis, lue_le)
        if opinion is not None:
            opinion.figee_le = timezone.now()
            _save(opinion, cle_neuve)
            _consigner(acteur, "opinion.figee", opinion, avis.sinistre_id)
        else:
            Opinion.objects.filter(avis=avis).delete()  # emptied before it was given
        if mots:
            consigner(
                acteur=acteur,
                action="opinion.alerte_assumee",
                objet_type="avis",
                objet_id=avis.pk,
                sinistre_id=avis.sinistre_id,
                motif=RaisonConclusion(raison).label,
                donnees={"mots": len(mots)},
            )
    return rendu


def figer(*, acteur: User, avis: AvisMedecin) -> None:
    """The avis was given by another act (the conclusions of an expertise): its draft, if any, does not change any more."""
    for opinion in Opinion.objects.filter(avis=avis, figee_le__isnull=True).order_by("pk"):
        opinion.figee_le = timezone.now()
        opinion.save(update_fields=["figee_le"])
        _consigner(acteur, "opinion.figee", opinion, avis.sinistre_id)


def est_confie_a(acteur: User, avis: AvisMedecin) -> bool:
    """To him, or to a médecin he replaces today."""
    return avis.medecin_id == acteur.pk or avis.medecin_id in delegants_of(acteur)


def _require(acteur: User, avis: AvisMedecin, session: str) -> None:
    exiger(acteur, "opinion_ecrire", avis.sinistre)
    if not est_confie_a(acteur, avis):
        raise Refus("Cet avis est confié à un autre médecin.", action="opinion_ecrire", visible=False)
    exiger_ouverture(acteur=acteur, sinistre=avis.sinistre, session=session)


def _check(texte: str) -> None:
    if len(texte) > MAX_TEXTE:
        raise DonneeInvalide.sur("texte", f"Ce texte dépasse {MAX_TEXTE} caractères : joignez plutôt un document.")


def _sealed(acteur: User, avis: AvisMedecin, texte: str) -> tuple[Opinion, bool]:
    """The row to write, its text encrypted: outside any transaction, since the key may be asked of a service. Second: its key is new."""
    opinion = Opinion.objects.select_related("cle").filter(avis=avis).first()
    new = opinion is None
    if opinion is None:
        opinion = Opinion(avis=avis)
        ouverte = draw_data_key()
        opinion.cle = ouverte.cle
    else:
        ouverte = open_data_key(opinion.cle)
    opinion.texte = seal_field(ouverte, opinion, TEXTE, texte)
    opinion.auteur, opinion.ecrite_le = acteur, timezone.now()
    return opinion, new


def _same_version(avis: AvisMedecin, lue_le: dt.datetime | None) -> None:
    """The caller holds the lock of the avis: two authors are one after the other."""
    if Opinion.objects.filter(avis=avis).values_list("ecrite_le", flat=True).first() != lue_le:
        raise ModifieeEntreTemps()


def _save(opinion: Opinion, new: bool) -> None:
    if new:
        opinion.cle.save(force_insert=True)
        opinion.cle = opinion.cle  # its key is known now
        opinion.save(force_insert=True)
    else:
        opinion.save(update_fields=["texte", "auteur", "ecrite_le", "figee_le"])


def _consigner(acteur: User | None, action: str, opinion: Opinion, sinistre_id: int, *, motif: str = "") -> None:
    consigner(acteur=acteur, action=action, objet_type="opinion", objet_id=opinion.pk, sinistre_id=sinistre_id, motif=motif)
