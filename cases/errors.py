"""What services raise when they decline. Doors turn these into French messages and statuses (portal/errors.py, api/errors.py)."""

from __future__ import annotations


class Erreur(Exception):
    """Base of every refusal that a person should read. `message` is French and complete."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DonneeInvalide(Erreur):
    """Bad input. `champs` maps a field name (or « » for the whole) to its French messages. 400/422."""

    def __init__(self, champs: dict[str, list[str]]) -> None:
        super().__init__(" ".join(message for messages in champs.values() for message in messages))
        self.champs = champs

    @classmethod
    def sur(cls, champ: str, message: str) -> DonneeInvalide:
        return cls({champ: [message]})


class GardeNonSatisfaite(Erreur):
    """A guard is not met. `raisons` lists each reason, in French. 422."""

    def __init__(self, raisons: list[str]) -> None:
        super().__init__(" ".join(raisons))
        self.raisons = raisons


class TransitionImpossible(Erreur):
    """The state does not allow this transition. 422 (409 where the version was stale)."""


class VersionPerimee(Erreur):
    """Somebody else changed the row since it was read. 409. `version` is today's."""

    def __init__(self, version: int) -> None:
        super().__init__("Ce dossier a été modifié par quelqu’un d’autre depuis que vous l’avez ouvert.")
        self.version = version


class DejaPris(Erreur):
    """A work item is held by another: the second is told who won, and when."""


class AlerteAConfirmer(Erreur):
    """A probable mistake: going on is allowed with a reason. `alertes` maps a code to its French sentence. 409."""

    def __init__(self, alertes: dict[str, str]) -> None:
        super().__init__(" ".join(alertes.values()))
        self.alertes = alertes
