"""How dossiers and procedures go, drawn from the code that runs them: for whoever is signed in; figures for who works in the queues."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

from accounts.gate import peut
from cases.enums import QUEUE_OF, Etat, FileTravail, GenreBranche
from portal.gestion.acces import visiteur
from workflows import dessin, drawing
from workflows.noeuds import Automatique, Etape
from workflows.registre import FLOWS
from workflows.selectors import en_cours_par_etape, en_cours_par_genre


@login_required
@require_GET
def processus(request: HttpRequest) -> HttpResponse:
    """The lifecycle as the FSM has it, drawn and as a table; `etat` lights the present step. Then the procedures."""
    etat = request.GET.get("etat", "")
    present = etat if etat in Etat.values else ""
    labels = dict(Etat.choices)
    chiffres = _has_figures(request)
    en_cours = en_cours_par_genre(visiteur(request)) if chiffres else {}
    context = {
        "dessin": mark_safe(drawing.svg(present)),  # noqa: S308 made of our own labels, each escaped there
        "lignes": [(f.libelle, [labels[e] for e in f.depuis], [labels[e] for e in f.vers]) for f in drawing.fleches()],
        "present": labels.get(present, ""),
        "possibles": [f.libelle for f in drawing.fleches() if present in f.depuis],
        "procedures": [(code.lower(), GenreBranche(code).label, _figure(chiffres, code, en_cours.get(code, 0))) for code in FLOWS],
        "chiffres": chiffres,
    }
    return render(request, "gestion/processus.html", context)


@login_required
@require_GET
def procedure(request: HttpRequest, genre: str) -> HttpResponse:
    """One kind of procedure: its drawing, its steps in words, how many wait at each."""
    code = _code(genre)
    chiffres = _has_figures(request) and code != GenreBranche.SOUTIEN
    en_cours = en_cours_par_etape(visiteur(request), code) if chiffres else {}
    context = {
        "libelle": GenreBranche(code).label,
        "genre": genre,
        "dessin": mark_safe(dessin.svg(code)),  # noqa: S308 made of our own labels, each escaped there
        "etapes": [(_title(node), _who(node), en_cours.get(node.name, 0)) for node in dessin.etapes(code)],
        "chiffres": chiffres,
    }
    return render(request, "gestion/processus_procedure.html", context)


@login_required
@require_GET
def bpmn(request: HttpRequest, genre: str) -> HttpResponse:
    """The same as BPMN 2.0, to open in a modelling tool."""
    document = dessin.bpmn(_code(genre))
    headers = {"Content-Disposition": f'attachment; filename="{genre}.bpmn"'}
    return HttpResponse(document, content_type="application/xml; charset=utf-8", headers=headers)


def _code(genre: str) -> str:
    """Raises Http404 for a kind that has no flow, or that is written otherwise."""
    code = genre.upper()
    if code not in FLOWS or genre != code.lower():
        raise Http404
    return code


def _has_figures(request: HttpRequest) -> bool:
    return peut(visiteur(request), "file_consulter")


def _figure(chiffres: bool, code: str, combien: int) -> int | None:
    """A soutien psychologique is not even counted outside the bulle."""
    return combien if chiffres and code != GenreBranche.SOUTIEN else None


def _title(node: Any) -> str:
    """A delay is told with the step that it bounds: several may have one name."""
    borne = getattr(node, "_attached_to", None)
    return f"{node.task_title}, pendant « {borne.task_title} »" if borne is not None else str(node.task_title)


def _who(node: Any) -> str:
    if isinstance(node, Etape):
        return FileTravail(QUEUE_OF[node.genre]).label
    return "automatique" if isinstance(node, Automatique) else "délai"
