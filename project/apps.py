from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "project"
    verbose_name = "Installation"

    def ready(self) -> None:
        from project import checks, logins  # noqa: F401  (registers the system checks)

        logins.watch()
