"""What a person decides of an e-mail that did not arrive, or may not have, and of an address that refuses ours."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import Collectivite, User
from cases.enums import GenreTache
from cases.errors import AlerteAConfirmer, DejaPris, DonneeInvalide, Erreur
from cases.models import Tache
from cases.services import taches
from journal.services import consigner
from notifications.enums import EN_DEFAUT, OUVERTS, EtatAnnonce, EtatCourriel, GenreCourriel
from notifications.models import AdresseEnDefaut, Annonce, Courriel
from notifications.selectors import adresses_en_defaut, courriels_visibles, en_defaut, porteurs_de
from notifications.services import deposer

LOT = 200
LONGUEUR = 200
DOUBLE = "envoi_incertain"
"""The probable mistake of sending again what may have arrived."""
OCCUPE = "Un récapitulatif se prépare ou part en ce moment pour cette personne : réessayez dans quelques minutes."


def ouvrir_taches_des_defauts(*, limite: int = LOT) -> int:
    """Give a work item to what needs a person and has none, `limite` of each at most: an e-mail in default that nobody has looked at, a
    refused address that somebody has (again). How many were opened. Safe to run twice and at once.

    Apart from the relay, so that what sends e-mails stays simple; two indexed reads when there is nothing.
    """
    with transaction.atomic():
        sans_tache = en_defaut().exclude(_item(GenreTache.TRAITER_COURRIEL, "courriel")).order_by("pk")
        courriels = sans_tache.select_related("sinistre__collectivite").select_for_update(of=("self",), skip_locked=True)[:limite]
        for courriel in courriels:
            taches.ouvrir(genre=GenreTache.TRAITER_COURRIEL, sinistre=courriel.sinistre, objet_type="courriel", objet_id=courriel.pk)
        portees = User.objects.filter(is_active=True).values_list(Lower("email")).union(Collectivite.objects.values_list(Lower("email")))
        refusees = AdresseEnDefaut.objects.filter(levee_le__isnull=True, adresse__in=portees)
        refusees = refusees.exclude(_item(GenreTache.CORRIGER_ADRESSE, "adresse")).order_by("pk")
        adresses = refusees.select_for_update(of=("self",), skip_locked=True)[:limite]
        for defaut in adresses:
            taches.ouvrir(genre=GenreTache.CORRIGER_ADRESSE, sinistre=None, objet_type="adresse", objet_id=defaut.pk)
        return len(courriels) + len(adresses)


def _item(genre: GenreTache, objet_type: str) -> Exists:
    """Whether the row has an open work item of that kind."""
    return Exists(Tache.objects.filter(fermee_le__isnull=True, genre=genre, objet_type=objet_type, objet_id=OuterRef("pk")))


def renvoyer(*, acteur: User, courriel_id: int, raison: str = "") -> Courriel:
    """Send again what did not arrive. Its annonces pass to a new e-mail, so that they are read again when it leaves; those of a digest
    join the person's next one where one waits. Returns the e-mail that carries them.

    Raises Courriel.DoesNotExist, Refus; DejaPris when it was settled meanwhile; Erreur when there is nothing left to tell, when the
    address still refuses ours or a digest of that person is leaving; AlerteAConfirmer for one that may have arrived, without `raison`;
    DonneeInvalide.
    """
    raison = _short(raison.strip(), "raison")
    with transaction.atomic():
        courriel = _in_default(acteur, courriel_id)
        if courriel.etat == EtatCourriel.INCERTAIN and not raison:
            raise AlerteAConfirmer({DOUBLE: "Ce courriel est peut-être arrivé : renvoyé, il pourrait l’être deux fois."})
        adresse = courriel.destinataire.email if courriel.destinataire is not None else courriel.adresse
        if adresses_en_defaut([adresse]):
            raise Erreur("Cette adresse refuse les courriels : faites-la corriger, ou rétablissez-la, avant de renvoyer.")
        annonces = Annonce.objects.filter(courriel=courriel, etat=EtatAnnonce.CONFIEE)
        # The news of a digest that was sent again are in another, and are read again there: its words are not.
        if not annonces.exists() and (not courriel.texte or courriel.genre == GenreCourriel.RECAPITULATIF):
            raise Erreur("Ce courriel n’a plus rien à dire : classez-le.")
        if courriel.etat != EtatCourriel.INCERTAIN:
            courriel.jour = None  # this one did not arrive: it is not the day's digest
            courriel.save(update_fields=["jour"])
        suivant = _open_digest(courriel) or _again(courriel, adresse)
        annonces.update(courriel=suivant)
        _settle(acteur, courriel, "courriel.renvoye", raison, {"renvoi": suivant.pk})
    return suivant


def classer(*, acteur: User, courriel_id: int, commentaire: str) -> None:
    """Leave an e-mail as it is, saying what was done instead. Raises Courriel.DoesNotExist, Refus, DejaPris, DonneeInvalide."""
    commentaire = _comment(commentaire, "Dites ce qui a été fait, par exemple « prévenu par téléphone ».")
    with transaction.atomic():
        _settle(acteur, _in_default(acteur, courriel_id), "courriel.classe", commentaire, {})


def lever(*, acteur: User, adresse_id: int, commentaire: str) -> None:
    """Write to an address again. Raises AdresseEnDefaut.DoesNotExist, Refus, DejaPris, DonneeInvalide."""
    commentaire = _comment(commentaire, "Dites pourquoi cette adresse reçoit de nouveau.")
    with transaction.atomic():
        defaut = _refused(acteur, adresse_id)
        defaut.levee_le, defaut.levee_par, defaut.commentaire = timezone.now(), acteur, commentaire
        defaut.save(update_fields=["levee_le", "levee_par", "commentaire"])
        _close_item(acteur, defaut, "adresse.retablie", commentaire)


def clore_correction(*, acteur: User, adresse_id: int) -> None:
    """End the work item of an address that nobody has any more; the address stays refused, should somebody give it again.

    Raises AdresseEnDefaut.DoesNotExist, Refus, DejaPris; Erreur while a person or a collectivité still has that address.
    """
    with transaction.atomic():
        defaut = _refused(acteur, adresse_id)
        if not AdresseEnDefaut.objects.filter(_item(GenreTache.CORRIGER_ADRESSE, "adresse"), pk=defaut.pk).exists():
            raise DejaPris("Quelqu’un l’a déjà dit.")
        if porteurs_de([defaut.adresse])[defaut.adresse]:
            raise Erreur("Cette adresse est encore celle de quelqu’un : corrigez-la d’abord, ou rétablissez-la.")
        _close_item(acteur, defaut, "adresse.corrigee", "")


def _comment(texte: str, invite: str) -> str:
    if not texte.strip():
        raise DonneeInvalide.sur("commentaire", invite)
    return _short(texte.strip(), "commentaire")


def _short(texte: str, champ: str) -> str:
    if len(texte) > LONGUEUR:
        raise DonneeInvalide.sur(champ, f"{LONGUEUR} signes au plus.")
    return texte


def _in_default(acteur: User, courriel_id: int) -> Courriel:
    """The e-mail, locked, if `acteur` may decide of it and nobody has. Raises Courriel.DoesNotExist, Refus, DejaPris.

    Nothing is joined to the lock: of a row that changed while one waited, PostgreSQL reads the columns anew, not what is joined to it.
    """
    exiger(acteur, "courriels_traiter")
    visible = courriels_visibles(acteur).exclude(genre=GenreCourriel.COMPTE).get(pk=courriel_id)
    courriel = Courriel.objects.select_for_update(of=("self",)).get(pk=visible.pk)
    if courriel.vu_par is not None:
        raise DejaPris(f"{courriel.vu_par.get_full_name()} s’en est déjà occupé.")
    if courriel.etat not in EN_DEFAUT:
        raise DejaPris("Ce courriel n’attend plus de décision.")
    return courriel


def _open_digest(courriel: Courriel) -> Courriel | None:
    """The digest of the same person that waits to leave, if this one is a digest: the database allows one. Raises Erreur."""
    if courriel.genre != GenreCourriel.RECAPITULATIF:
        return None
    siens = Courriel.objects.filter(genre=GenreCourriel.RECAPITULATIF, destinataire=courriel.destinataire)
    if courriel.destinataire is None:
        siens = siens.filter(adresse=courriel.adresse)
    ouvert = siens.filter(etat__in=OUVERTS).select_for_update(of=("self",)).first()
    if ouvert is not None and ouvert.etat == EtatCourriel.EN_COURS:
        raise Erreur(OCCUPE)
    return ouvert


def _again(courriel: Courriel, adresse: str) -> Courriel:
    """The e-mail that replaces this one. One that has no annonce keeps its words; the others are written when they leave."""
    nouveau = Courriel(
        cle=f"renvoi:{courriel.pk}",
        genre=courriel.genre,
        destinataire=courriel.destinataire,
        adresse=adresse,
        sinistre_id=courriel.sinistre_id,
        renvoi_de=courriel,
    )
    if not courriel.annonces.exists():
        nouveau.objet, nouveau.texte, nouveau.html = courriel.objet, courriel.texte, courriel.html
    deposer([nouveau])
    depose = Courriel.objects.filter(cle=nouveau.cle).first()
    if depose is None:  # a digest of that person was begun at this very moment
        raise Erreur(OCCUPE)
    return depose


def _settle(acteur: User, courriel: Courriel, action: str, motif: str, donnees: dict[str, object]) -> None:
    """Note who decided, close the work item, journal."""
    courriel.vu_le, courriel.vu_par, courriel.vu_motif = timezone.now(), acteur, motif
    courriel.save(update_fields=["vu_le", "vu_par", "vu_motif"])
    issue = action.rpartition(".")[2]
    taches.fermer_objet(genre=GenreTache.TRAITER_COURRIEL, objet_type="courriel", objet_id=courriel.pk, issue=issue)
    consigner(
        acteur=acteur,
        action=action,
        objet_type="courriel",
        objet_id=courriel.pk,
        sinistre_id=courriel.sinistre_id,
        motif=motif,
        donnees={"etat": courriel.etat, **donnees},
    )


def _refused(acteur: User, adresse_id: int) -> AdresseEnDefaut:
    """The refused address, locked. Raises AdresseEnDefaut.DoesNotExist, Refus, DejaPris when it was restored meanwhile."""
    exiger(acteur, "adresses_traiter")
    defaut = AdresseEnDefaut.objects.select_for_update(of=("self",)).get(pk=adresse_id)
    if defaut.levee_par is not None:
        raise DejaPris(f"{defaut.levee_par.get_full_name()} l’a déjà rétablie.")
    return defaut


def _close_item(acteur: User, defaut: AdresseEnDefaut, action: str, motif: str) -> None:
    issue = action.rpartition(".")[2]
    taches.fermer_objet(genre=GenreTache.CORRIGER_ADRESSE, objet_type="adresse", objet_id=defaut.pk, issue=issue)
    consigner(acteur=acteur, action=action, objet_type="adresse", objet_id=defaut.pk, motif=motif)
