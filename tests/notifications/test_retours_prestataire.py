"""What providers tell by django-anymail's web hooks, in their own shapes, with and without the secret."""

from __future__ import annotations

import base64
import json
from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from notifications.enums import EtatCourriel, GenreDefaut
from notifications.models import AdresseEnDefaut, Courriel
from notifications.rebonds.prestataire import REPERE
from notifications.rebonds.urls import adresses
from notifications.relay import relayer
from tests.notifications.retours import MAIRIE, parti
from tests.notifications.test_provider import Provider, provider  # noqa: F401
from tests.notifications.test_relay import courriel, fresh

pytestmark = pytest.mark.django_db

SECRET = "prestataire:un-secret-assez-long"


def door(settings: Any, nom: str, secret: str = SECRET) -> str:
    """The address as the web process has it with these settings; "" when it has none."""
    settings.EMAIL_BACKEND = f"anymail.backends.{nom}.EmailBackend"
    settings.ANYMAIL = {**getattr(settings, "ANYMAIL", {}), "WEBHOOK_SECRET": secret}
    found = adresses()
    urlconf = ModuleType("retours_essai")
    urlconf.urlpatterns = found  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = urlconf
    return reverse("retours-courriels") if found else ""


def tell(url: str, event: dict[str, Any] | list[Any], secret: str = SECRET) -> int:
    headers = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(url, json.dumps(event), content_type="application/json", headers=headers).status_code


def mailjet(row: Courriel, event: str = "bounce", error: str = "user unknown", hard: bool = True, **more: Any) -> dict[str, Any]:
    return {
        "event": event, "time": 1763280000, "MessageID": 19421777835146490, "email": row.adresse, "error": error, "hard_bounce": hard,
        "error_related_to": "recipient", "Payload": json.dumps({REPERE: row.message_id}), **more,
    }  # fmt: skip


def brevo(row: Courriel, event: str, **more: Any) -> dict[str, Any]:
    return {"event": event, "email": row.adresse, "message-id": row.message_id, "ts_epoch": 1763280000000, **more}


def postmark(row: Courriel, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "RecordType": "Bounce", "ID": 42, "Type": kind, "TypeCode": 1, "MessageID": "00000000-0000-0000-0000-000000000000",
        "Metadata": {REPERE: row.message_id}, "Email": row.adresse, "BouncedAt": "2026-11-16T08:00:00.0000000-00:00", **more,
    }  # fmt: skip


def test_a_hard_bounce_marks_the_address(settings: Any) -> None:
    row = parti()
    assert tell(door(settings, "mailjet"), [mailjet(row)]) == 200
    assert (fresh(row).etat, fresh(row).erreur) == (EtatCourriel.REJETE, "refusé par un serveur (5.0.0)")
    assert AdresseEnDefaut.objects.get().adresse == MAIRIE


@pytest.mark.parametrize(
    ("nom", "event", "etat", "genre"),
    [
        ("mailjet", lambda r: mailjet(r, "spam", error=""), EtatCourriel.REJETE, GenreDefaut.PLAINTE),
        ("mailjet", lambda r: mailjet(r, "blocked", "preblocked"), EtatCourriel.REJETE, None),
        ("mailjet", lambda r: mailjet(r, hard=False, error="quota exceeded"), EtatCourriel.REJETE, None),
        ("mailjet", lambda r: mailjet(r, error="user unknown", smtp_reply="550 5.7.1 policy"), EtatCourriel.REJETE, None),
        ("mailjet", lambda r: mailjet(r, "sent"), EtatCourriel.ENVOYE, None),
        ("mailjet", lambda r: mailjet(r, "open"), EtatCourriel.ENVOYE, None),
        ("brevo", lambda r: brevo(r, "hard_bounce", reason="550 5.1.1 unknown"), EtatCourriel.REJETE, GenreDefaut.REBOND),
        ("brevo", lambda r: brevo(r, "soft_bounce", reason="452 4.2.2 full"), EtatCourriel.REJETE, None),
        ("brevo", lambda r: brevo(r, "deferred"), EtatCourriel.ENVOYE, None),
        ("brevo", lambda r: brevo(r, "complaint"), EtatCourriel.REJETE, GenreDefaut.PLAINTE),
        ("brevo", lambda r: brevo(r, "invalid_email"), EtatCourriel.REJETE, GenreDefaut.REBOND),
        ("postmark", lambda r: postmark(r, "HardBounce"), EtatCourriel.REJETE, GenreDefaut.REBOND),
        ("postmark", lambda r: postmark(r, "SoftBounce"), EtatCourriel.REJETE, None),
        ("postmark", lambda r: postmark(r, "SpamComplaint", RecordType="SpamComplaint"), EtatCourriel.REJETE, GenreDefaut.PLAINTE),
    ],
)  # fmt: skip
def test_what_each_provider_means(settings: Any, nom: str, event: Any, etat: EtatCourriel, genre: GenreDefaut | None) -> None:
    row = parti()
    assert tell(door(settings, nom), event(row)) == 200
    assert fresh(row).etat == etat
    assert list(AdresseEnDefaut.objects.values_list("genre", flat=True)) == ([genre] if genre else [])


def test_delays_are_noted(settings: Any) -> None:
    row = parti()
    assert tell(door(settings, "brevo"), brevo(row, "deferred", reason="451 4.7.1 later")) == 200
    assert fresh(row).erreur == "retardé par un serveur (4.7.1)"


@pytest.mark.parametrize("secret", ["", "prestataire:autre-secret-assez-long", "autre:un-secret-assez-long"])
def test_without_the_secret_nothing_is_heard(settings: Any, secret: str) -> None:
    row = parti()
    assert tell(door(settings, "mailjet"), mailjet(row), secret) == 400
    assert fresh(row).etat == EtatCourriel.ENVOYE


def test_events_about_others_change_nothing(settings: Any) -> None:
    row = parti()
    url = door(settings, "mailjet")
    assert tell(url, mailjet(row, email="autre@mairie.example")) == 200
    assert tell(url, mailjet(row, Payload="{}")) == 200
    assert tell(url, mailjet(row, Payload='{"courriel": "<devine@vigie.example>"}')) == 200
    assert fresh(row).etat == EtatCourriel.ENVOYE and not AdresseEnDefaut.objects.exists()


def test_several_events_at_once(settings: Any) -> None:
    rows = [parti(adresse=f"m{rank}@mairie.example") for rank in range(3)]
    assert tell(door(settings, "mailjet"), [mailjet(row) for row in rows]) == 200
    assert {fresh(row).etat for row in rows} == {EtatCourriel.REJETE}


def test_the_address_exists_for_the_provider_in_use_alone_and_under_a_secret(settings: Any) -> None:
    assert door(settings, "mandrill")
    assert door(settings, "mailjet", secret="") == ""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert adresses() == []
    settings.ROOT_URLCONF = "project.urls_web"
    with pytest.raises(NoReverseMatch):
        reverse("retours-courriels")


def test_the_message_id_comes_back_in_the_provider_s_own_words(vraie_base: None, provider: Provider, settings: Any) -> None:  # noqa: F811
    """What the relay gives the provider is what its web hook gives back."""
    row = courriel()
    assert relayer().envoyes == 1
    (sent,) = provider.received
    event = brevo(row, "hard_bounce") | {"message-id": "<1@provider.example>", "X-Mailin-custom": sent["headers"]["X-Mailin-custom"]}
    assert tell(door(settings, "brevo"), event) == 200
    assert fresh(row).etat == EtatCourriel.REJETE
