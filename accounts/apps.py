from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Comptes et droits"

    def ready(self) -> None:
        from accounts import checks  # noqa: F401  (registers the system check)
