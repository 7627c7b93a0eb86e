"""The list a person works through, as its address tells it: queue, filters, order, cursor. Codes and ids only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse

from accounts.models import User
from cases.enums import Etat
from cases.models import Tache
from cases.selectors_files import ECHEANCE, LIBELLES, MA_FILE, TRIS, Curseur, CurseurInvalide, FiltreTaches, taches_de_file
from contracts.enums import Nature


@dataclass(frozen=True)
class Liste:
    """A queue narrowed and ordered as an address says."""

    code: str
    filtre: FiltreTaches
    tri: str = ECHEANCE

    @classmethod
    def de(cls, code: str, params: QueryDict | dict[str, Any]) -> Liste:
        """Read from an address. What an address can't mean is left out: an old link still opens."""
        several = params.getlist if isinstance(params, QueryDict) else lambda key: list(params.get(key, []))
        one = str(params.get("collectivite") or "")
        tri = str(params.get("tri") or ECHEANCE)
        return cls(
            code,
            FiltreTaches(
                natures=tuple(n for n in several("nature") if n in Nature.values),
                etats=tuple(e for e in several("etat") if e in Etat.values),
                collectivite_id=int(one) if one.isdigit() else None,
            ),
            tri if tri in TRIS else ECHEANCE,
        )

    @property
    def libelle(self) -> str:
        return LIBELLES[self.code]

    @property
    def parametres(self) -> dict[str, Any]:
        """What the address of the list carries, and a saved view keeps."""
        found: dict[str, Any] = {}
        if self.filtre.natures:
            found["nature"] = list(self.filtre.natures)
        if self.filtre.etats:
            found["etat"] = list(self.filtre.etats)
        if self.filtre.collectivite_id is not None:
            found["collectivite"] = str(self.filtre.collectivite_id)
        if self.tri != ECHEANCE:
            found["tri"] = self.tri
        return found

    def requete(self, **more: Any) -> str:
        """The query string, with `more` (a None takes a key away)."""
        params = self.parametres | more
        return urlencode({key: value for key, value in params.items() if value not in (None, "", [])}, doseq=True)

    def url(self, **more: Any) -> str:
        base = reverse("gestion:accueil") if self.code == MA_FILE else reverse("gestion:file", args=[self.code])
        requete = self.requete(**more)
        return f"{base}?{requete}" if requete else base

    def url_dossier(self, tache: Tache) -> str:
        """Where the item is dealt with: most often the case page, knowing from which list and which item one comes."""
        if tache.objet_type == "anomalie":
            return f"{reverse('gestion:incidents')}#incident-{tache.objet_id}"
        if tache.objet_type == "adresse":
            return f"{reverse('gestion:adresses-refusees')}#adresse-{tache.objet_id}"
        if tache.objet_type == "collectivite":
            return f"{reverse('gestion:adresses-refusees')}#collectivite-{tache.objet_id}"
        if tache.objet_type == "courriel":
            return reverse("gestion:courriel", args=[tache.objet_id])
        if tache.sinistre is None:
            return reverse("gestion:courrier", args=[tache.objet_id])
        return f"{reverse('gestion:dossier', args=[tache.sinistre.numero])}?{self.contexte(tache.pk)}"

    def contexte(self, tache_id: int) -> str:
        return self.requete(file=self.code, t=tache_id)

    def taches(self, user: User) -> QuerySet[Tache]:
        return taches_de_file(user, self.code, self.filtre)

    def sans(self, **changes: Any) -> Liste:
        """The same list with part of its filter replaced."""
        return replace(self, filtre=replace(self.filtre, **changes))


def liste_de(code: str, request: HttpRequest) -> Liste:
    """Raises Http404 for a queue that does not exist."""
    if code not in LIBELLES:
        raise Http404
    return Liste.de(code, request.GET)


def curseur_de(request: HttpRequest) -> Curseur:
    """The cursor of the address; a broken one opens the list at its beginning."""
    try:
        return Curseur.decode(request.GET["c"]) if "c" in request.GET else Curseur.du_debut()
    except CurseurInvalide:
        return Curseur.du_debut()
