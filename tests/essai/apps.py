from django.apps import AppConfig


class EssaiConfig(AppConfig):
    name = "tests.essai"
    label = "essai"
