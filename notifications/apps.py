"""E-mails derived from the event outbox. Nobody imports this room but the doors."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        from anymail.signals import tracking

        from journal import outbox
        from notifications.derivation import CONSUMER, handle
        from notifications.rebonds.prestataire import suivre
        from notifications.webhooks import consommation

        outbox.register(CONSUMER, handle)
        outbox.register(consommation.CONSUMER, consommation.handle)
        tracking.connect(suivre, dispatch_uid="notifications.rebonds")
