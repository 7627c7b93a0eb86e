"""A medical file, streamed to whoever may read it: the journal row is committed before the first byte leaves."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET

from accounts.enums import Role
from medical.models import Fichier
from medical.selectors import fichier_lisible
from medical.services.lectures import Lecture, lire
from portal.bulle.acces import reserve_a, visiteur

EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
"""Of sanitised copies."""


@reserve_a(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE, Role.EXPERT)
@require_GET
def contenu(request: HttpRequest, uid: UUID) -> StreamingHttpResponse:
    """The sanitised copy, to be shown; with `?original=oui` the untouched original, to be saved."""
    user = visiteur(request)
    original = request.GET.get("original") == "oui"
    try:
        fichier = fichier_lisible(user, uid)
        lecture = lire(acteur=user, fichier=fichier, session=request.session.empreinte, apercu=not original)  # type: ignore[attr-defined]
    except Fichier.DoesNotExist as error:
        raise Http404 from error
    return streamed(lecture, original=original)


def streamed(lecture: Lecture, *, original: bool) -> StreamingHttpResponse:
    """A reading as an answer: kept by nobody, guessed by nobody, run by nobody. An altered segment cuts it short of its length."""
    response = StreamingHttpResponse(lecture.morceaux, content_type=lecture.type)
    response["Content-Length"] = str(lecture.taille)
    nom = lecture.nom if original else f"{lecture.nom.rsplit('.', 1)[0]}.{EXTENSIONS[lecture.type]}"
    response["Content-Disposition"] = f"{'attachment' if original else 'inline'}; filename*=UTF-8''{quote(nom, safe='')}"
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
