"""The REST door."""

from __future__ import annotations

from typing import Any

from project import environment as env

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vigie",
    "DESCRIPTION": "Sinistres d’assurance statutaire d’un centre de gestion : déclarer, déposer les pièces, instruire, payer, clore.\n\n"
    "Les documents sont en JSON strict : un champ inconnu, un type inexact ou une clé en double sont refusés. Les dates s’écrivent "
    "« AAAA-MM-JJ », les instants en ISO 8601 avec leur fuseau, les montants en euros sous forme de texte (« 892.50 »). Tout refus est "
    "un document « application/problem+json » (RFC 9457), en français.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "EtatSinistre": "cases.enums.Etat",
        "EtatPiece": "documents.enums.EtatPiece",
        "RegimeEnum": "contracts.enums.Regime",
        "Nature": "contracts.enums.Nature",
        "NatureDeDroit": "api.serializers.simulations.NATURES",
        "ConditionPiece": "documents.enums.Condition",
        "FaitDossier": "documents.enums.Fait",
        "EtatFichier": "documents.enums.EtatDepot",
        "EtatDecompte": "indemnities.enums.EtatDecompte",
        "EtatBordereau": "indemnities.enums.EtatBordereau",
        "GenreDecompte": "indemnities.enums.GenreDecompte",
        "OrigineDecompte": "indemnities.enums.OrigineDecompte",
        "GenreFichier": "indemnities.enums.GenreFichier",
        "EtatCompte": "indemnities.enums.EtatCompte",
        "EtatRemise": "indemnities.enums.EtatRemise",
        "EtatVirement": "indemnities.enums.EtatVirement",
        "GenreRetour": "indemnities.enums.GenreRetour",
        "GenreMontant": "indemnities.enums.GenreMontant",
        "OrigineConstat": "indemnities.enums.OrigineConstat",
        "DispenseConnue": "indemnities.enums.DispenseConnue",
        "NatureConnue": "api.serializers.constats.NATURES",
        "GenreArret": "cases.enums.GenreArret",
        "GenreTache": "cases.enums.GenreTache",
        "GenreEcheance": "cases.enums.GenreEcheance",
        "GenreProcedure": "api.serializers.procedures.GENRES",
        "OrigineProcedure": "cases.enums.OrigineBranche",
        "EtatProcedure": "cases.enums.EtatBranche",
        "FileTravail": "cases.enums.FileTravail",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "api.openapi.close_documents"],
}
# Requests of one account in a minute, all processes together.
API_REQUESTS_PER_MINUTE = env.integer("VIGIE_API_PER_MINUTE", 600, 1, 1_000_000)
