"""What must always be true of the procedures, looked for in the whole database: a branch that hangs is found before somebody waits for it.

Read-only, one query a rule. Business rows that stand in the schema `medical` are out of reach here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from cases.enums import BRANCHES_INTERDITES, EtatBranche, GenreTache
from cases.models import Branche
from cases.services.echeances import MAX_ATTEMPTS
from indemnities.models import Bordereau, FichierBordereau
from indemnities.services.bordereaux import digest_of
from workflows import bordereaux_fichiers
from workflows.noeuds import ETAPE
from workflows.registre import FLOWS, flow_of


@dataclass(frozen=True)
class Anomalie:
    """A rule that does not hold, and for which row: `objet` names its table."""

    regle: str
    objet: str
    cle: int

    def __str__(self) -> str:
        return f"{self.regle} ({self.objet} {self.cle})"


ACTIVE = "('NEW', 'ASSIGNED', 'SCHEDULED', 'STARTED')"

RULES: tuple[tuple[str, str, str], ...] = (
    (
        "Étape sans tâche ouverte",
        "étape",
        """SELECT t.id FROM viewflow_task t WHERE t.flow_task_type = 'HUMAN' AND t.status = 'NEW' AND NOT EXISTS (
             SELECT FROM cases_tache w WHERE w.objet_type = %(etape)s AND w.objet_id = t.id AND w.fermee_le IS NULL)""",
    ),
    (
        "Tâche ouverte sans étape à faire",
        "tâche",
        """SELECT w.id FROM cases_tache w WHERE w.objet_type = %(etape)s AND w.fermee_le IS NULL AND w.genre <> %(reprendre)s
             AND NOT EXISTS (SELECT FROM viewflow_task t WHERE t.id = w.objet_id AND t.flow_task_type = 'HUMAN' AND t.status = 'NEW')""",
    ),
    (
        "Étape automatique que personne n’exécutera",
        "étape",
        """SELECT t.id FROM viewflow_task t LEFT JOIN workflows_execution e ON e.etape_id = t.id
             WHERE t.flow_task_type = 'JOB' AND t.status IN ('NEW', 'SCHEDULED', 'STARTED')
               AND (e.id IS NULL OR e.terminee_le IS NOT NULL)""",
    ),
    (
        "Étape automatique abandonnée sans tâche pour la reprendre",
        "étape",
        """SELECT e.etape_id FROM workflows_execution e WHERE e.abandonnee_le IS NOT NULL AND e.terminee_le IS NULL AND NOT EXISTS (
             SELECT FROM cases_tache w WHERE w.objet_type = %(etape)s AND w.objet_id = e.etape_id AND w.genre = %(reprendre)s
               AND w.fermee_le IS NULL)""",
    ),
    (
        "Exécution en attente d’une étape finie",
        "étape",
        """SELECT e.etape_id FROM workflows_execution e JOIN viewflow_task t ON t.id = e.etape_id
             WHERE e.terminee_le IS NULL AND t.status NOT IN ('NEW', 'SCHEDULED', 'STARTED')""",
    ),
    (
        "Minuterie sans échéance",
        "étape",
        """SELECT t.id FROM viewflow_task t WHERE t.flow_task_type = 'TIMER' AND t.status = 'SCHEDULED' AND NOT EXISTS (
             SELECT FROM cases_echeance e WHERE e.etape_id = t.id AND e.traitee_le IS NULL AND e.levee_le IS NULL)""",
    ),
    (
        "Minuterie abandonnée sans tâche pour la reprendre",
        "échéance",
        """SELECT e.id FROM cases_echeance e WHERE e.etape_id IS NOT NULL AND e.traitee_le IS NULL AND e.levee_le IS NULL
             AND e.tentatives >= %(essais)s AND NOT EXISTS (
             SELECT FROM cases_tache w WHERE w.objet_type = %(etape)s AND w.objet_id = e.etape_id AND w.genre = %(reprendre)s
               AND w.fermee_le IS NULL)""",
    ),
    (
        "Tâche ouverte pour reprendre ce qui n’attend plus",
        "tâche",
        """SELECT w.id FROM cases_tache w WHERE w.objet_type = %(etape)s AND w.fermee_le IS NULL AND w.genre = %(reprendre)s
             AND NOT EXISTS (SELECT FROM viewflow_task t WHERE t.id = w.objet_id AND t.status = 'SCHEDULED')""",
    ),
    (
        "Échéance d’une minuterie finie",
        "échéance",
        """SELECT e.id FROM cases_echeance e JOIN viewflow_task t ON t.id = e.etape_id
             WHERE e.traitee_le IS NULL AND e.levee_le IS NULL AND t.status <> 'SCHEDULED'""",
    ),
    (
        "Processus sans procédure",
        "processus",
        "SELECT p.id FROM viewflow_process p WHERE NOT EXISTS (SELECT FROM cases_branche b WHERE b.processus_id = p.id)",
    ),
    (
        "Procédure en cours dont le processus est fini",
        "procédure",
        """SELECT b.id FROM cases_branche b JOIN viewflow_process p ON p.id = b.processus_id
             WHERE b.etat = %(en_cours)s AND p.status <> 'NEW'""",
    ),
    (
        "Procédure finie dont le processus court encore",
        "procédure",
        """SELECT b.id FROM cases_branche b JOIN viewflow_process p ON p.id = b.processus_id
             WHERE b.etat <> %(en_cours)s AND p.status = 'NEW'""",
    ),
    (
        "Étape ouverte d’une procédure finie",
        "étape",
        f"""SELECT t.id FROM viewflow_task t JOIN cases_branche b ON b.processus_id = t.process_id
             WHERE b.etat <> %(en_cours)s AND t.status IN {ACTIVE}""",  # noqa: S608 a constant of ours
    ),
    (
        "Procédure bloquée : rien n’y attend, sinon une jonction",
        "procédure",
        f"""SELECT b.id FROM cases_branche b WHERE b.etat = %(en_cours)s AND NOT EXISTS (
             SELECT FROM viewflow_task t WHERE t.process_id = b.processus_id AND t.status IN {ACTIVE}
               AND t.flow_task_type IN ('HUMAN', 'JOB'))""",  # noqa: S608 a constant of ours
    ),
    (
        "Étape en erreur",
        "étape",
        """SELECT t.id FROM viewflow_task t JOIN cases_branche b ON b.processus_id = t.process_id
             WHERE b.etat = %(en_cours)s AND t.status = 'ERROR'""",
    ),
    (
        "Donnée dans une ligne du moteur",
        "étape",
        "SELECT t.id FROM viewflow_task t WHERE t.data <> '{}'::jsonb",
    ),
)
"""(what is wrong, the table the key belongs to, the query that finds it). None of them may find anything, at any committed moment."""


def anomalies() -> list[Anomalie]:
    """Everything that is wrong; empty when all is well."""
    return [*_by_rule(), *_forbidden(), *_unknown_nodes()]


def anomalies_des_bordereaux() -> Iterator[Anomalie]:
    """Each bordereau against the digest of its lines, each of its files against the bytes in the store: as long as there are files.

    Raises StockageIndisponible.
    """
    for bordereau in Bordereau.objects.order_by("pk").iterator():
        decomptes = list(bordereau.decomptes.order_by("pk"))
        if digest_of(decomptes) != bordereau.empreinte or sum(d.montant for d in decomptes) != bordereau.total:
            yield Anomalie("Lignes qui ne sont plus celles qui ont été transmises", "bordereau", bordereau.pk)
    for fichier in FichierBordereau.objects.order_by("pk").iterator():
        if not bordereaux_fichiers.est_intact(fichier):
            yield Anomalie(f"Fichier {fichier.genre} absent ou différent de celui qui a été figé", "bordereau", fichier.bordereau_id)


def _by_rule() -> Iterator[Anomalie]:
    parameters: dict[str, str | int] = {
        "etape": ETAPE,
        "reprendre": GenreTache.REPRENDRE_ETAPE.value,
        "en_cours": EtatBranche.EN_COURS.value,
        "essais": MAX_ATTEMPTS,
    }
    with connection.cursor() as cursor:
        for regle, objet, sql in RULES:
            cursor.execute(sql, parameters)
            yield from (Anomalie(regle, objet, cle) for (cle,) in cursor.fetchall())


def _forbidden() -> Iterator[Anomalie]:
    for etat, genres in BRANCHES_INTERDITES.items():
        branches = Branche.objects.filter(etat=EtatBranche.EN_COURS, sinistre__etat=etat, genre__in=genres)
        for pk in branches.order_by("pk").values_list("pk", flat=True):
            yield Anomalie("Procédure en cours sur un dossier qui l’interdit", "procédure", pk)


def _unknown_nodes() -> Iterator[Anomalie]:
    """Open tasks at a node that the flow no longer has: a rename without its migration (workflows/renommages.py)."""
    known = [node for genre in FLOWS for node in flow_of(genre).instance.nodes()]
    ouvertes = Task.objects.exclude(status__in=[STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED]).exclude(flow_task__in=known)
    for pk in ouvertes.order_by("pk").values_list("pk", flat=True):
        yield Anomalie("Étape que la procédure ne connaît plus", "étape", pk)
