"""An e-mail in doubt and a refused address, from the queue to the decision, in a browser and on a narrow screen."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Collectivite
from notifications.defauts import ouvrir_taches_des_defauts
from notifications.enums import EtatCourriel
from notifications.models import AdresseEnDefaut, Courriel
from notifications.rebonds.constats import constater
from notifications.rebonds.lecture import Action, Rebond
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow
from tests.notifications.retours import parti

Visiter = Callable[..., Visite]


def _returned(m: f.Monde) -> tuple[Courriel, AdresseEnDefaut]:
    """One e-mail of a dossier in doubt; another that came back from the collectivité's address."""
    sinistre = f.sinistre(m)
    m.collectivite.email = "secretariat-general-de-la-mairie@collectivite-au-nom-tres-long.example"
    m.collectivite.save(update_fields=["email"])
    incertain = parti(etat=EtatCourriel.INCERTAIN, sinistre=sinistre, adresse=m.mairie.email, destinataire=m.mairie)
    rendu = parti(adresse=m.collectivite.email)
    constater(Rebond(frozenset({rendu.adresse}), Action.ECHEC, "5.1.1", frozenset({rendu.message_id})))
    ouvrir_taches_des_defauts()
    return incertain, AdresseEnDefaut.objects.get()


def test_from_the_queue_to_the_decision(m: f.Monde, visite: Visiter) -> None:
    incertain, defaut = _returned(m)
    page = visite(m.gestionnaire).go(reverse("gestion:file", args=["messages"]))
    page.locator(f"a[href$='{reverse('gestion:courriel', args=[incertain.pk])}']").first.click()
    expect(page.get_by_text("Nul ne sait s’il est arrivé")).to_be_visible()
    assert not a11y(page)
    page.get_by_role("button", name="Renvoyer ce courriel").click()
    card = page.get_by_role("alert").filter(has_text="À vérifier avant de continuer")
    expect(card).to_contain_text("il pourrait l’être deux fois")
    expect(card).to_be_focused()
    assert not a11y(page)
    page.get_by_label("Pourquoi continuer").fill("La mairie dit ne pas l’avoir reçu.")
    page.get_by_role("button", name="Renvoyer malgré tout").click()
    expect(page.get_by_text("Le courriel part de nouveau").first).to_be_visible()
    assert incertain.renvois.count() == 1

    page.goto(page.url.partition("/gestion/")[0] + reverse("gestion:file", args=["messages"]))
    page.locator(f"a[href*='#adresse-{defaut.pk}']").first.click()
    expect(page.get_by_role("heading", name=defaut.adresse)).to_be_visible()
    assert not a11y(page)
    page.get_by_role("button", name="Rétablir").click()
    expect(page.get_by_label("Pourquoi elle reçoit de nouveau")).to_be_focused()
    expect(page.get_by_text("Dites pourquoi cette adresse reçoit de nouveau").first).to_be_visible()
    assert not a11y(page)
    page.get_by_label("Pourquoi elle reçoit de nouveau").fill("La boîte était fermée pendant les congés.")
    page.get_by_role("button", name="Rétablir").click()
    expect(page.get_by_text("Personne à joindre autrement")).to_be_visible()


def test_on_a_narrow_screen(m: f.Monde, visite: Visiter) -> None:
    incertain, _ = _returned(m)
    m.mairie2.habilitations.all().delete()  # a collectivité that nobody can be told of, and a dossier of its only person
    Collectivite.objects.filter(pk=m.autre_collectivite.pk).update(email="")
    f.sinistre(m, par=m.gestionnaire, de=m.autre_agent)
    f.sinistre(m, par=m.gestionnaire, de=f.agent(m.collectivite, compte=m.mairie))
    etroite = visite(m.responsable, largeur=320)
    for chemin in (
        reverse("gestion:boite-envoi"),
        f"{reverse('gestion:boite-envoi')}?etat=a-traiter&dossier={incertain.sinistre.numero}",  # type: ignore[union-attr]
        reverse("gestion:courriel", args=[incertain.pk]),
        reverse("gestion:adresses-refusees"),
    ):
        page = etroite.go(chemin)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert not a11y(page)
        assert overflow(page) == 0, chemin
    page = etroite.go(reverse("gestion:courriel", args=[incertain.pk]))
    page.get_by_role("button", name="Renvoyer ce courriel").click()
    expect(page.get_by_role("button", name="Renvoyer malgré tout")).to_be_visible()
    assert not a11y(page) and overflow(page) == 0
