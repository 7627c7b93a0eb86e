"""The third door: what a provider tells of our e-mails, by the web hooks of django-anymail (urls.py)."""

from __future__ import annotations

from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from notifications.rebonds.constats import constater
from notifications.rebonds.lecture import ADRESSE, CODE, MESSAGE_ID, SANS_CODE, Action, Rebond

REPERE = "courriel"
"""The name under which the Message-ID travels in the provider's own metadata: most give messages an id of theirs."""

ADRESSES = (RejectReason.BOUNCED, RejectReason.INVALID)
"""Refusals that a provider holds against the address, not against us."""
PROVISOIRES = {("event", "soft_bounce"), ("hard_bounce", False), ("Type", "SoftBounce"), ("Type", "Transient")}
"""How Brevo, Mailjet and Postmark say that a failure, though final for this e-mail, is not the address's fault."""
PROVISOIRE, AUTRE = "4.0.0", "5.7.0"


def suivre(sender: object, event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    """Receiver of anymail's `tracking` signal."""
    rebond = rebond_de(event)
    if rebond is not None:
        constater(rebond)


def rebond_de(event: AnymailTrackingEvent) -> Rebond | None:
    """A provider's event as a report; None for what is no failure (sent, delivered, opened…) or names no e-mail and recipient."""
    action = {
        EventType.BOUNCED: Action.ECHEC,
        EventType.REJECTED: Action.ECHEC,
        EventType.FAILED: Action.ECHEC,
        EventType.DEFERRED: Action.RETARD,
        EventType.COMPLAINED: Action.PLAINTE,
    }.get(event.event_type)
    adresse = str(event.recipient or "").strip().lower()
    named = f"{(event.metadata or {}).get(REPERE, '')} {event.message_id or ''}"
    ids = frozenset(MESSAGE_ID.findall(named[:1000]))
    if action is None or not ids or not ADRESSE.fullmatch(adresse):
        return None
    return Rebond(frozenset({adresse}), action, _code(event, action), ids)


def _code(event: AnymailTrackingEvent, action: Action) -> str:
    """The status in the server's words, where there is one; else what the provider's own classes amount to."""
    if action is Action.PLAINTE:
        return ""
    found = CODE.search(f"{event.mta_response or ''} {event.description or ''}"[:2000])
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    if action is Action.RETARD or any(raw.get(name) == value for name, value in PROVISOIRES):
        return found[1] if found is not None and found[1].startswith("4.") else PROVISOIRE
    if found is not None and not found[1].startswith("2."):
        return found[1]
    return SANS_CODE if event.reject_reason in ADRESSES else AUTRE
