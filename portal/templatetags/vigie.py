"""Tags and filters that every page shares. docs/interface.md shows each with an example."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cases.selectors import COUNT_LIMIT
from documents.models import Depot
from indemnities import francais
from portal import presentation
from portal.depots import in_words
from portal.menus import menu_of

register = template.Library()


# -- values ------------------------------------------------------------------------------------------------------------


@register.filter
def euros(valeur: Decimal | str | None) -> str:
    """« 1 234,56 € »; empty for None."""
    return "" if valeur is None else francais.euros(valeur)


@register.filter
def nombre(valeur: int | Decimal | None) -> str:
    """« 1 234 »; empty for None."""
    return "" if valeur is None else francais.nombre(valeur)


@register.filter
def compteur(valeur: int) -> str:
    """A count bounded by the selector: « 1 000+ » past its limit."""
    return f"{francais.nombre(COUNT_LIMIT)}+" if valeur > COUNT_LIMIT else francais.nombre(valeur)


@register.filter
def jour(valeur: dt.date | None) -> str:
    """« 16/11/2026 »; empty for None."""
    return "" if valeur is None else presentation.jour(valeur)


@register.filter
def instant(valeur: dt.datetime | None) -> str:
    """« 16/11/2026 à 10:42 » in Paris; empty for None."""
    return "" if valeur is None else presentation.instant(valeur)


@register.filter
def duree(valeur: dt.timedelta | None) -> str:
    """« 3 j 4 h »; empty for None."""
    return "" if valeur is None else presentation.duree(valeur)


@register.filter
def appareil(user_agent: str) -> str:
    """« Firefox sur Windows »."""
    return presentation.appareil(user_agent)


@register.filter
def en_mots(depot: Depot) -> str:
    """What became of a file, the antivirus's answer included: « Reçu, l’antivirus n’a rien trouvé. »."""
    return in_words(depot)


# -- words with a colour -----------------------------------------------------------------------------------------------


@register.simple_tag
def badge(texte: str, ton: str = presentation.NEUTRE) -> SafeString:
    """A word in a quiet box. Tones: bon, attention, urgent, actif, neutre, discret, bulle."""
    return format_html('<span class="v-badge v-ton-{}">{}</span>', ton, texte)


@register.simple_tag
def etat(objet: Any, champ: str = "etat") -> SafeString:
    """The badge of an object's state (sinistre, pièce, dépôt, décompte, bordereau): its French word and colour."""
    code = getattr(objet, champ)
    return badge(getattr(objet, f"get_{champ}_display")(), presentation.TONS.get(code, presentation.NEUTRE))


@register.inclusion_tag("portal/_echeance.html")
def echeance(tache: Any) -> dict[str, Any]:
    """The age of a work item (or anything with due_at, suspendue, suspendue_depuis, suspendue_motif, collectivite)."""
    departement = tache.collectivite.departement if tache.collectivite is not None else ""
    age = presentation.age_echeance(
        tache.due_at,
        departement,
        suspendue_depuis=tache.suspendue_depuis if tache.suspendue else None,
        suspendue_motif=tache.suspendue_motif,
    )
    return {"age": age, "due_at": tache.due_at}


# -- parts of a page ---------------------------------------------------------------------------------------------------


@register.inclusion_tag("portal/_menu.html", takes_context=True)
def menu_de_la_porte(context: Context, *, comptes: bool = True) -> dict[str, Any]:
    """The menu of the visitor's door (portal/menus.py). Without `comptes`: whoever tries addresses has nothing counted for him."""
    return {"sections": menu_of(context["request"]), "comptes": comptes}


@register.simple_tag(takes_context=True)
def raccourcis_actifs(context: Context) -> str:
    """« oui » when the visitor keeps keyboard shortcuts on (RGAA 12.10)."""
    request = context.get("request")
    user = getattr(request, "user", None)
    return "oui" if user is not None and user.is_authenticated and user.raccourcis else "non"


@register.simple_tag
def fil_ariane(*etapes: str) -> SafeString:
    """Breadcrumbs: `{% fil_ariane "Ma file" url_file "2026-000123" %}`: label and address by pairs, the present page alone last."""
    paires = list(zip(etapes[:-1:2], etapes[1::2], strict=True))
    liens = format_html_join("", '<li><a href="{}">{}</a></li>', ((url, libelle) for libelle, url in paires))
    return format_html('<nav class="v-fil" aria-label="Fil d’Ariane"><ol>{}<li aria-current="page">{}</li></ol></nav>', liens, etapes[-1])


@register.simple_tag
def fait(libelle: str, valeur: Any) -> SafeString:
    """One line of `<dl class="v-faits">`; a value that is not known says so."""
    connu = valeur is not None and valeur != ""
    return format_html(
        "<div><dt>{}</dt><dd{}>{}</dd></div>",
        libelle,
        "" if connu else SafeString(' class="v-discret"'),
        valeur if connu else "non renseigné",
    )


@register.inclusion_tag("portal/_champ.html")
def champ(field: BoundField, aide: str = "") -> dict[str, Any]:
    """A form field: label, help and errors tied to the control by aria-describedby and aria-invalid.

    `aide` replaces the field's own help text. Radio buttons and lists of check boxes become a fieldset.
    """
    widget = field.field.widget
    texte = aide or field.help_text
    ident = _ident(field)
    ids = [f"{ident}_aide"] if texte else []
    if field.errors:
        ids.append(f"{ident}_erreurs")
    groupe = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    case = isinstance(widget, CheckboxInput)
    boite = "form-select" if isinstance(widget, Select) else "form-control"
    classe = "form-check-input" if groupe or case else boite
    attributs: dict[str, Any] = {"class": f"{widget.attrs.get('class', '')} {classe}".strip()}
    if widget.attrs.get("placeholder") == field.label:
        attributs["placeholder"] = False  # says nothing that the label does not
    if ids:
        attributs["aria-describedby"] = " ".join(ids)
    if field.errors:
        attributs["aria-invalid"] = "true"
        attributs["class"] += " is-invalid"
    return {
        "field": field,
        "controle": field.as_widget(attrs=attributs),
        "aide": texte,
        "groupe": groupe,
        "case": case,
        "id": ident,
        "description": " ".join(ids),
    }


def _ident(field: BoundField) -> str:
    """A group of radio buttons has no control of its own to point at: its list has the name that the control would have had."""
    return str(field.id_for_label or field.auto_id)


@register.inclusion_tag("portal/_erreurs.html")
def erreurs_du_formulaire(form: Any) -> dict[str, Any]:
    """At the top of a form that failed: what to mend, each line a link to its field. It takes the focus."""
    lignes = [(field.label, _ident(field), list(field.errors)) for field in form.visible_fields() if field.errors]
    hidden = [error for field in form.hidden_fields() for error in field.errors]
    return {"lignes": lignes, "generales": [*form.non_field_errors(), *hidden]}


@register.inclusion_tag("portal/_pagination.html")
def pagination(suivant: str = "", precedent: str = "", position: str = "") -> dict[str, Any]:
    """Keyset paging: addresses of the next and previous page (empty: none), and what is shown (« 1 à 50 »)."""
    return {"suivant": suivant, "precedent": precedent, "position": position}


@register.inclusion_tag("portal/_vide.html")
def vide(titre: str, suite: str = "", url: str = "", libelle: str = "") -> dict[str, Any]:
    """An empty state: what there is not, what to do next, and where."""
    return {"titre": titre, "suite": suite, "url": url, "libelle": libelle}
