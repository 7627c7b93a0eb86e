"""« Déjà envoyée »: what a collectivité says of a pièce that it owes and has sent another way."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import A_RELANCER
from cases.errors import Erreur
from cases.models import Sinistre
from cases.services import echeances
from documents.attentes import fin_du_silence
from documents.models import Piece
from journal.services import annoncer, consigner


def dire_envoyee(*, acteur: User, piece: Piece) -> Piece:
    """A pièce that is awaited was sent by post, by hand, by e-mail: it is not asked for again for ten working days, then it is.

    Saying it again meanwhile changes nothing. Raises Refus, or Erreur when the pièce, or its dossier, awaits nothing.
    """
    exiger(acteur, "piece_dire_envoyee", piece.sinistre)
    with transaction.atomic():
        sinistre = Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=piece.sinistre_id)
        fresh = Piece.objects.select_for_update(of=("self",)).get(pk=piece.pk)
        if not fresh.est_attendue or sinistre.etat not in A_RELANCER:
            raise Erreur("Ce document n’est plus attendu : il n’y a rien à signaler.")
        if fresh.tue_jusqu_au(sinistre.collectivite.departement) is not None:
            return fresh
        fresh.dite_envoyee_le = timezone.now()
        fresh.save(update_fields=["dite_envoyee_le"])
        # The dossier may have nothing else to wake it before that day.
        echeances.avancer_pieces(sinistre=sinistre, due_at=fin_du_silence(fresh.dite_envoyee_le, sinistre.collectivite.departement))
        consigner(
            acteur=acteur,
            action="piece.dite_envoyee",
            objet_type="piece",
            objet_id=fresh.pk,
            sinistre_id=sinistre.pk,
            donnees={"code": fresh.code, "libelle": fresh.libelle},
        )
        annoncer(type="piece.dite_envoyee", objet_type="piece", objet_id=fresh.pk, sinistre_id=sinistre.pk, donnees={"code": fresh.code})
    return fresh
