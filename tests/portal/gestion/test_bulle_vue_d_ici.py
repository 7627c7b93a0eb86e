"""What a gestionnaire sees and does of the bulle: dates and amounts that left it, a referral with the earlier dossiers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cases.models import AvisMedecin
from contracts.enums import Nature
from documents.enums import EtatPiece
from documents.models import Piece
from documents.services.decisions import decider_medicale
from documents.services.extraits import Extrait, extraire
from tests import factories as f

Signed = Callable[[User], Client]


def test_the_dates_and_amount_that_left_the_bulle_stand_under_their_piece(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m, Nature.AS)
    piece = Piece.objects.select_related("sinistre").get(sinistre=sinistre, visibilite="M")
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.RECUE, recue_le=timezone.now())
    decider_medicale(acteur=m.secretariat, piece=piece, conforme=True)
    first = extraire(acteur=m.secretariat, piece=piece, extrait=Extrait(dt.date(2026, 3, 2), montant=Decimal("48.20")))
    page = f"{reverse('gestion:dossier', args=[sinistre.numero])}?piece={piece.pk}"
    html = au_nom_de(m.gestionnaire).get(page).content.decode()
    assert "établi le 02/03/2026" in html and "48,20" in html
    extraire(acteur=m.secretariat, piece=piece, extrait=Extrait(dt.date(2026, 3, 3), montant=Decimal("51")), corrige=first)
    html = au_nom_de(m.gestionnaire).get(page).content.decode()
    left = html[html.index("Transmis par le service médical") :]
    left = left[: left.index("</ul>")]
    assert "établi le 03/03/2026" in left and "51,00" in left and "48,20" not in left


def test_a_referral_says_whether_it_opens_the_earlier_dossiers(m: f.Monde, au_nom_de: Signed) -> None:
    client = au_nom_de(m.gestionnaire)
    for coche in (False, True):
        sinistre = f.sinistre(m, de=f.agent(m.collectivite))
        saisie = {"medecin": m.medecin.pk, "question": "RECHUTE"} | ({"avec_anterieurs": "oui"} if coche else {})
        client.post(reverse("gestion:avis-confier", args=[sinistre.numero]), saisie)
        assert AvisMedecin.objects.get(sinistre=sinistre).avec_anterieurs is coche
        html = client.get(reverse("gestion:dossier", args=[sinistre.numero])).content.decode()
        assert (", avec les dossiers antérieurs de l’agent" in html) is coche
