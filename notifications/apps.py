"""E-mails derived from the event outbox. Nobody imports this room but the doors."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        from journal import outbox
        from notifications.derivation import CONSUMER, handle

        outbox.register(CONSUMER, handle)
