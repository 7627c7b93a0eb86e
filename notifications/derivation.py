"""From events to e-mails: the consumer « notifications » of the outbox.

One row per recipient and intent, keyed so that handling an event again adds nothing. The event only says that something happened: what
the e-mail tells is read when it is derived, so a pièce that has come since is not asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from accounts.enums import Role
from accounts.models import Habilitation, User
from cases.enums import OUVERTS
from cases.models import Sinistre
from documents.enums import EtatPiece, MotifRefusPiece
from documents.models import Piece
from journal import outbox
from journal.models import Evenement
from notifications.enums import GenreCourriel
from notifications.models import Courriel
from notifications.rendering import Rendu, render
from notifications.services import deposer

CONSUMER = "notifications"
BATCH = 200
ROUNDS = 20


def deriver() -> int:
    """Derive the e-mails of the events that wait, some thousands at most. How many events were handled."""
    total = 0
    for _ in range(ROUNDS):
        tour = outbox.consume(CONSUMER, handle, BATCH)
        total += tour.traites
        if tour.traites + tour.ecartes < BATCH:
            break
    return total


def handle(evenement: Evenement) -> None:
    """Derive the e-mails of one event; most types have none."""
    derive = DERIVATIONS.get(evenement.type)
    if derive is not None and evenement.sinistre_id is not None:
        sinistre = Sinistre.objects.select_related("agent", "collectivite").get(pk=evenement.sinistre_id)
        derive(evenement, sinistre)


def _acknowledge(evenement: Evenement, sinistre: Sinistre) -> None:
    objet = f"Dossier {sinistre.numero}\u00a0: déclaration enregistrée"
    rendu = render("accuse_declaration", objet, sinistre, declare_le=sinistre.declare_le, jours_de_retard=sinistre.jours_de_retard)
    _send(evenement, sinistre, GenreCourriel.ACCUSE_DECLARATION, f"sinistre.declare:{sinistre.pk}", rendu)


def _ask(evenement: Evenement, sinistre: Sinistre) -> None:
    attendues = sum(piece.est_attendue for piece in Piece.objects.filter(sinistre=sinistre, requise=True))
    if attendues == 0:
        return
    objet = f"Dossier {sinistre.numero}\u00a0: " + ("une pièce est attendue" if attendues == 1 else f"{attendues} pièces sont attendues")
    rendu = render("pieces_demandees", objet, sinistre, attendues=attendues)
    _send(evenement, sinistre, GenreCourriel.PIECES_DEMANDEES, f"pieces.demandees:{evenement.pk}", rendu)


def _tell_refusal(evenement: Evenement, sinistre: Sinistre) -> None:
    """Each refusal is told once; the motive is the list's words, the gestionnaire's own stay behind the sign-in."""
    piece = Piece.objects.get(pk=evenement.objet_id)
    if piece.etat != EtatPiece.REFUSEE:
        return
    objet = f"Dossier {sinistre.numero}\u00a0: une pièce est à remplacer"
    rendu = render("piece_refusee", objet, sinistre, motif=MotifRefusPiece(piece.motif_refus).label)
    _send(evenement, sinistre, GenreCourriel.PIECE_REFUSEE, f"piece.refusee:{evenement.pk}", rendu)


def _ask_return(evenement: Evenement, sinistre: Sinistre) -> None:
    """The date of effective return, unless it has been told since."""
    if sinistre.reprise_effective is not None or sinistre.etat not in OUVERTS:
        return
    objet = f"Dossier {sinistre.numero}\u00a0: quelle est la date de reprise\u202f?"
    rendu = render("reprise_demandee", objet, sinistre)
    _send(evenement, sinistre, GenreCourriel.REPRISE_DEMANDEE, f"reprise.demandee:{evenement.pk}", rendu)


DERIVATIONS: dict[str, Callable[[Evenement, Sinistre], None]] = {
    "sinistre.declare": _acknowledge,
    "pieces.demandees": _ask,
    "piece.refusee": _tell_refusal,
    "reprise.demandee": _ask_return,
}


def _send(evenement: Evenement, sinistre: Sinistre, genre: GenreCourriel, intention: str, rendu: Rendu) -> None:
    deposer(
        Courriel(
            cle=f"{intention}:{destinataire.pk if destinataire else 'contact'}",
            genre=genre,
            destinataire=destinataire,
            adresse=adresse,
            sinistre=sinistre,
            objet=rendu.objet,
            texte=rendu.texte,
            html=rendu.html,
        )
        for destinataire, adresse in _recipients(sinistre)
    )


def _recipients(sinistre: Sinistre) -> list[tuple[User | None, str]]:
    """The collectivité's active people, the agent himself left out; its contact address when it has nobody here."""
    own_file = sinistre.agent.compte_id or 0
    users = (
        User.objects.filter(
            is_active=True,
            pk__in=Habilitation.objects.actives()
            .filter(role=Role.COLLECTIVITE, collectivite_id=sinistre.collectivite_id)
            .values("user_id"),
        )
        .exclude(pk=own_file)
        .order_by("pk")
    )
    found: list[tuple[User | None, str]] = [(user, user.email) for user in users]
    if not found and sinistre.collectivite.email:
        found = [(None, sinistre.collectivite.email)]
    return found
