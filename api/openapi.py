"""How operations describe themselves in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers

from api import idempotency
from api.fields import Entree
from api.problems import CONTENT_TYPE, TITLES, urn

F = TypeVar("F", bound=Callable[..., Any])

NUMERO = OpenApiParameter(
    "numero", {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{6,12}$"}, OpenApiParameter.PATH, description="Numéro du dossier.",
    examples=[OpenApiExample("numéro", value="2026-000042")],
)  # fmt: skip
IF_MATCH = OpenApiParameter(
    "If-Match", {"type": "string", "pattern": '^"?[0-9]{1,9}"?$'}, OpenApiParameter.HEADER, required=True,
    description="La version du dossier que l’appelant a lue. Absente : 428 ; dépassée : 409.",
    examples=[OpenApiExample("version lue", value='"3"')],
)  # fmt: skip
IF_MATCH_OPTIONAL = OpenApiParameter(
    "If-Match", {"type": "string", "pattern": '^"?[0-9]{1,9}"?$'}, OpenApiParameter.HEADER,
    description="Si elle est donnée, la version du dossier que l’appelant a lue ; dépassée : 409.",
)  # fmt: skip
IDEMPOTENCY_KEY = OpenApiParameter(
    idempotency.HEADER, {"type": "string", "pattern": "^[!-~]{1,100}$"}, OpenApiParameter.HEADER,
    description="Tirée au hasard par l’appelant. La même demande renvoyée sous la même clé pendant 48 heures reçoit la même réponse et "
    "ne crée rien de plus ; une autre demande sous la même clé est refusée (422).",
    examples=[OpenApiExample("UUID", value="0f8fad5b-d9cb-469f-a165-70867728950e")],
)  # fmt: skip
ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 201], description="La version du dossier, entre guillemets.")
LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[201], description="Adresse de ce qui a été créé.")
REPLAYED = OpenApiParameter(
    idempotency.REPLAYED, str, OpenApiParameter.HEADER, response=[200, 201],
    description="« true » quand la réponse est celle d’une demande déjà traitée sous cette clé.",
)  # fmt: skip


class Probleme(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField(help_text="« urn:vigie:probleme: » suivi du genre.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="Une phrase complète, à montrer telle quelle.")
    instance = serializers.CharField(help_text="Adresse demandée.")
    champs = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), required=False,
        help_text="Messages par champ ; « arret.fin » désigne un champ imbriqué, la clé vide tout le document.",
    )  # fmt: skip
    raisons = serializers.ListField(child=serializers.CharField(), required=False, help_text="Chaque condition qui n’est pas remplie.")
    alertes = serializers.DictField(child=serializers.CharField(), required=False, help_text="Erreurs probables, à assumer pour continuer.")
    version = serializers.IntegerField(required=False, help_text="Version actuelle du dossier.")
    page = serializers.URLField(required=False, help_text="Où le titulaire du jeton se rend, pour confirmer son identité.")


ALWAYS = ("jeton-absent", "droit-manquant", "trop-de-requetes", "indisponible")
WITH_BODY = ("json-illisible", "longueur-inconnue", "corps-trop-grand", "type-non-admis")
SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "json-illisible": ("Le corps de la requête est illisible : ce n’est pas du JSON (ligne 1, colonne 2).", {}),
    "donnee-invalide": ("Donnez une date « AAAA-MM-JJ ».", {"champs": {"arret.fin": ["Donnez une date « AAAA-MM-JJ »."]}}),
    "en-tete-invalide": ("« If-Match » est la version du dossier, comme \"3\".", {"champs": {"If-Match": ["Un nombre entier."]}}),
    "jeton-absent": ("Présentez votre jeton : « Authorization: Token … ».", {}),
    "droit-manquant": ("Vos droits ne permettent pas cette action : valider.", {}),
    "authentification-recente-requise": (
        "Cet acte engage de l’argent : le titulaire du jeton confirme d’abord son identité à la page « Mes jetons d’API ».",
        {"page": "https://vigie.example/mes-jetons/"},
    ),
    "introuvable": ("Cette ressource n’existe pas, ou elle est hors de vos droits.", {}),
    "version-perimee": ("Ce dossier a été modifié par quelqu’un d’autre depuis que vous l’avez ouvert.", {"version": 4}),
    "deja-pris": ("Pris par Anne Roche à 10:42.", {}),
    "alerte-a-confirmer": (
        "Un dossier de même nature et de même date existe déjà pour cet agent : 2026-000041.",
        {"alertes": {"double": "Un dossier de même nature et de même date existe déjà pour cet agent : 2026-000041."}},
    ),
    "longueur-inconnue": ("Donnez la longueur du corps avec « Content-Length ».", {}),
    "corps-trop-grand": ("Le corps dépasse 256 Kio.", {}),
    "type-non-admis": ("Envoyez le corps en JSON, avec « Content-Type: application/json ».", {}),
    "donnee-refusee": ("La fin de l’arrêt précède son début.", {"champs": {"arret.fin": ["La fin de l’arrêt précède son début."]}}),
    "garde-non-satisfaite": (
        "Pièce requise non conforme : Certificat d’arrêt (volet 2).",
        {"raisons": ["Pièce requise non conforme : Certificat d’arrêt (volet 2)."]},
    ),
    "transition-impossible": ("« Valider » n’est pas possible : le dossier est « clos ».", {}),
    "refus": ("La personne qui a saisi un décompte ne l’approuve pas : une autre doit le faire.", {}),
    "cle-deja-employee": (
        "Cette clé a servi à une autre demande : tirez-en une nouvelle.", {"champs": {"Idempotency-Key": ["Clé déjà employée."]}},
    ),
    "version-requise": ("Donnez dans « If-Match » la version du dossier que vous avez lue (son champ « version »).", {}),
    "trop-de-requetes": ("Vous envoyez trop de requêtes : attendez le délai indiqué par « Retry-After ».", {}),
    "indisponible": ("Le service ne répond pas pour l’instant : réessayez dans quelques secondes.", {}),
}  # fmt: skip


def operation(
    identifiant: str,
    resume: str,
    *,
    groupe: str,
    reponse: type[serializers.BaseSerializer[Any]],
    statut: int = 200,
    demande: type[Entree] | PolymorphicProxySerializer | None = None,
    exemple: Any = None,
    refus: Sequence[str] = (),
    parametres: Sequence[Any] = (),
    description: str = "",
) -> Callable[[F], F]:
    """Declare one operation. `refus`: kinds of problem (api/problems.py) beside those that any operation can meet."""
    kinds = [*ALWAYS, *refus]
    if demande is not None:
        kinds += [*WITH_BODY, "donnee-invalide"]
    responses: dict[Any, Any] = {statut: OpenApiResponse(reponse, "Fait.")}
    for status in sorted({TITLES[kind][0] for kind in kinds}):
        here = [kind for kind in dict.fromkeys(kinds) if TITLES[kind][0] == status]
        responses[(status, CONTENT_TYPE)] = OpenApiResponse(
            Probleme, " ; ".join(TITLES[kind][1] for kind in here) + ".", examples=[_example(kind) for kind in here]
        )
    examples = [OpenApiExample("Exemple", value=exemple, request_only=True)] if exemple is not None else None
    return extend_schema(
        operation_id=identifiant,
        summary=resume,
        description=description or resume + ".",
        tags=[groupe],
        request=demande,
        responses=responses,
        parameters=list(parametres),
        examples=examples,
    )


def _example(kind: str) -> OpenApiExample:
    status, title = TITLES[kind]
    detail, members = SAMPLES[kind]
    value = {"type": urn(kind), "title": title, "status": status, "detail": detail, "instance": "/api/v1/…", **members}
    return OpenApiExample(kind, value=value, response_only=True, status_codes=[str(status)], media_type=CONTENT_TYPE)


def identifier(nom: str, description: str) -> OpenApiParameter:
    """An id in the path."""
    return OpenApiParameter(nom, OpenApiTypes.INT64, OpenApiParameter.PATH, description=description)


def close_documents(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-processing: a document that comes in holds no other field than those it declares."""
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request") and schema.get("type") == "object":
            schema["additionalProperties"] = False
    return result
