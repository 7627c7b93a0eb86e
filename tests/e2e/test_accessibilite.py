"""axe-core and reflow at 320 px on each page, role and state; the wizard by keyboard alone; what a page does without a mouse."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import Habilitation, User
from cases.models import AvisMedecin, Sinistre, Tache
from cases.services import avis as avis_services
from contracts.enums import Nature
from documents.models import ListePieces, Piece
from documents.services import courriers, decisions, listes
from indemnities.models import Bordereau
from portal.collectivite import brouillons
from portal.models import Brouillon
from tests import factories as f
from tests.e2e.conftest import Visite, a11y, overflow
from workflows import bordereaux_fichiers, decomptes, lifecycle, payments
from workflows.demande import Demande

Visiter = Callable[..., Visite]
NARROW = 320


def _day(ecart: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=ecart)


@pytest.fixture
def portefeuille(m: f.Monde) -> dict[str, Sinistre]:
    """A dossier in each state that the pages show differently, with papers, money, notes, an opinion asked and one given."""
    made: dict[str, Sinistre] = {}

    def declare(nom: str, nature: str = Nature.CMO, *, depuis: int = 40) -> Sinistre:
        de = f.agent(m.collectivite)
        made[nom] = f.sinistre(m, nature, de=de, arret=f.arret_demande(_day(-depuis)))
        return made[nom]

    def advance(nom: str, acte: str, par: User, **champs: object) -> None:
        made[nom] = lifecycle.transiter(acteur=par, numero=made[nom].numero, nom=acte, demande=Demande(**champs))  # type: ignore[arg-type]

    declare("declare", Nature.AS)
    declare("refusee")
    piece = Piece.objects.get(sinistre=made["refusee"], code="certificat")
    Piece.objects.filter(pk=piece.pk).update(etat="A_CONTROLER")
    decisions.refuser(acteur=m.gestionnaire, piece=piece, motif="ILLISIBLE", message="La date est coupée.")
    advance("refusee", "demander_pieces", m.gestionnaire)
    declare("a_controler")
    Piece.objects.filter(sinistre=made["a_controler"]).update(etat="A_CONTROLER", recue_le=timezone.now())
    for nom in ("valide", "regle", "clos"):
        declare(nom)
        f.complete_pieces(made[nom], m.gestionnaire)
        advance(nom, "valider", m.gestionnaire)
        (decompte,) = decomptes.preparer(acteur=m.gestionnaire, numero=made[nom].numero)
        if nom != "valide":
            payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    lignes = [d.pk for nom in ("regle", "clos") for d in made[nom].decomptes.all()]
    bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=lignes)
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=_day(0), reference="VIR-1")
    bordereaux_fichiers.fabriquer(bordereau.pk)
    advance("clos", "clore", m.gestionnaire, motif="REPRISE", date_effet=_day(-5))
    declare("a_calculer")
    f.complete_pieces(made["a_calculer"], m.gestionnaire)
    advance("a_calculer", "valider", m.gestionnaire)
    declare("mediation")
    advance("mediation", "proposer_refus", m.gestionnaire, motif="NON_JUSTIFIE", portee="SINISTRE")
    avis_services.confier(acteur=m.gestionnaire, sinistre=made["declare"], medecin=m.medecin, question="IMPUTABILITE")
    rendu = avis_services.confier(acteur=m.gestionnaire, sinistre=made["valide"], medecin=m.medecin, question="JUSTIFICATION")
    avis_services.rendre(acteur=m.medecin, avis=rendu, sens="FAVORABLE", conclusion="L’arrêt est justifié jusqu’à son terme.")
    courriers.enregistrer(acteur=m.gestionnaire, canal="POSTE", expediteur="Mairie de Lodève", objet="Certificat", recu_le=_day(-1))
    return made


def _brouillon(m: f.Monde) -> Brouillon:
    """A draft ready to be checked, with a probable double."""
    brouillon = brouillons.commencer(acteur=m.mairie, collectivite=m.collectivite)
    return brouillons.enregistrer(
        acteur=m.mairie, brouillon=brouillon, agent=m.agent, nature=Nature.AS, survenance=_day(-160), debut=_day(-160),
        fin=_day(-150), certificat_du=_day(-160), circonstances="Chute à 9 h.", tiers_possible=False,
    )  # fmt: skip


def _walk(visite: Visite, paths: list[str]) -> list[str]:
    """Violations and sideways scrolling over these pages, wide then narrow."""
    found: list[str] = []
    for path in paths:
        visite.page.set_viewport_size({"width": 1280, "height": 900})
        response = visite.page.goto(visite.address + path)
        if response is None or response.status >= 400:
            found.append(f"{path} : statut {response.status if response else '?'}")
            continue
        found += a11y(visite.page)
        visite.page.set_viewport_size({"width": NARROW, "height": 640})
        if (trop := overflow(visite.page)) > 0:
            found.append(f"{path} : défile de {trop} px à {NARROW} px")
    return found


def test_collectivite(m: f.Monde, portefeuille: dict[str, Sinistre], visite: Visiter) -> None:
    brouillon = _brouillon(m)
    ouvert = portefeuille["declare"].numero
    paths = [
        "/collectivite/", "/collectivite/dossiers/", "/collectivite/dossiers/?vue=tous", "/collectivite/paiements/",
        *(f"/collectivite/paiements/{b.numero}/" for b in Bordereau.objects.order_by("pk")),
        *(f"/collectivite/dossiers/{s.numero}/" for s in portefeuille.values()),
        *(f"/collectivite/dossiers/{ouvert}/{page}/" for page in ("enregistre", "prolonger", "reprise")),
        "/collectivite/declarer/",
        *(reverse("collectivite:etape", args=[brouillon.pk, etape]) for etape in brouillons.TITRES),
        "/mon-compte/", "/mes-courriels/", "/qui-peut-quoi/",
    ]  # fmt: skip
    assert not _walk(visite(m.mairie), paths)


def test_collectivite_without_anything(m: f.Monde, visite: Visiter) -> None:
    paths = ["/collectivite/", "/collectivite/dossiers/", "/collectivite/paiements/", "/collectivite/declarer/"]
    assert not _walk(visite(m.mairie2), paths)


def test_forms_in_error(m: f.Monde, portefeuille: dict[str, Sinistre], visite: Visiter) -> None:
    brouillon = _brouillon(m)
    une = visite(m.mairie)
    found: list[str] = []
    for path in (
        reverse("collectivite:etape", args=[brouillon.pk, "dates"]),
        reverse("collectivite:etape", args=[brouillon.pk, "circonstances"]),
        reverse("collectivite:etape", args=[brouillon.pk, "verification"]),
        f"/collectivite/dossiers/{portefeuille['declare'].numero}/prolonger/",
        f"/collectivite/dossiers/{portefeuille['declare'].numero}/reprise/",
    ):
        page = une.go(path)
        page.locator("main input[type=date], main textarea").evaluate_all("fields => fields.forEach(field => { field.value = '' })")
        page.locator("main form:not([action]) .btn-primary, main form[method=post] .btn-primary").first.click()
        expect(page.locator("[data-focus]").first).to_be_focused()
        expect(page.locator("[aria-invalid=true]").first).to_be_visible()
        described = page.locator("[aria-invalid=true]").first.get_attribute("aria-describedby") or ""
        assert any(page.locator(f"#{part}.v-erreur").count() for part in described.split()), path
        found += a11y(page)
    assert not found


def test_gestion(m: f.Monde, portefeuille: dict[str, Sinistre], visite: Visiter) -> None:
    tache = Tache.objects.filter(fermee_le__isnull=True, sinistre=portefeuille["declare"]).order_by("pk").first()
    assert tache is not None
    paths = [
        "/gestion/", "/gestion/files/non-attribues/", "/gestion/files/pieces-a-controler/", "/gestion/corbeille/", "/gestion/declarer/",
        *(f"/gestion/dossiers/{s.numero}/" for s in portefeuille.values()),
        f"/gestion/dossiers/{portefeuille['declare'].numero}/actes/demander_pieces/",
        f"/gestion/dossiers/{portefeuille['valide'].numero}/decomptes/",
        f"/gestion/dossiers/{portefeuille['valide'].numero}/calcul/",
        f"/gestion/dossiers/{portefeuille['a_calculer'].numero}/calcul/",
        f"/gestion/dossiers/{portefeuille['valide'].numero}/droits/",
        f"/gestion/decomptes/{portefeuille['valide'].decomptes.get().pk}/",
        f"/gestion/dossiers/{portefeuille['valide'].numero}/fil/",
        f"/gestion/declarer/{m.agent.pk}/", "/gestion/recherche/", "/gestion/clos-recents/", "/gestion/contrats/", "/processus/",
        "/simulateur/",
    ]  # fmt: skip
    assert not _walk(visite(m.gestionnaire), paths)


def test_listes(m: f.Monde, portefeuille: dict[str, Sinistre], visite: Visiter) -> None:
    """A draft with its lines, a version seen as the collectivité will, dossiers about to move to it."""
    publiee = ListePieces.objects.get(contrat__isnull=True)
    brouillon = listes.preparer(acteur=m.responsable)
    suite = listes.preparer(acteur=m.responsable, contrat=m.contrat)
    listes.supprimer_ligne(acteur=m.responsable, liste_id=suite.pk, ligne_id=suite.exigences.order_by("pk")[0].pk)
    listes.publier(acteur=m.responsable, liste_id=suite.pk, debut=timezone.localdate())
    ligne = brouillon.exigences.order_by("pk")[0]
    paths = [
        "/gestion/listes/", f"/gestion/listes/{publiee.pk}/", f"/gestion/listes/{publiee.pk}/apercu/", f"/gestion/listes/{brouillon.pk}/",
        f"/gestion/listes/{brouillon.pk}/lignes/{ligne.pk}/", f"/gestion/listes/{suite.pk}/bascule/",
    ]  # fmt: skip
    assert not _walk(visite(m.responsable), paths)


def test_payeur(m: f.Monde, portefeuille: dict[str, Sinistre], visite: Visiter) -> None:
    paths = [
        "/gestion/", "/gestion/signatures/", "/gestion/paiements/", "/gestion/bordereaux/", "/gestion/delais-de-remboursement/",
        *(f"/gestion/bordereaux/{b.numero}/" for b in Bordereau.objects.order_by("pk")),
    ]  # fmt: skip
    assert not _walk(visite(m.payeur2), paths)


def test_bulle(m: f.Monde, portefeuille: dict[str, Sinistre], visite: Visiter) -> None:
    found = _walk(visite(m.secretariat, bulle=True), ["/pieces/", "/controles/", "/liens/", "/mon-compte/"])
    found += _walk(visite(m.expert, bulle=True), ["/missions/"])
    found += _walk(visite(m.psychologue, bulle=True), ["/seances/"])
    medecin = visite(m.medecin, bulle=True)
    a_rendre = AvisMedecin.objects.get(rendu_le__isnull=True)
    found += _walk(medecin, ["/avis/", "/delegations/", f"/avis/{a_rendre.pk}/"])
    page = medecin.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Rendre l’avis demandé").check()
    page.get_by_role("button", name="Ouvrir").click()
    found += _walk(medecin, [f"/avis/{a_rendre.pk}/"])
    page.get_by_label("Favorable", exact=True).check()
    page.get_by_label("Conclusion administrative").fill("L’accident est imputable au service.")
    page.get_by_role("button", name="Voir ce que lira l’employeur").click()
    expect(page.locator(".v-apercu")).to_be_focused()
    found += a11y(page)
    page.get_by_role("button", name="Rendre cet avis").click()
    expect(page.locator("#messages")).to_contain_text("L’avis est rendu")
    found += a11y(page)
    mairie = visite(m.mairie).go(f"/collectivite/dossiers/{portefeuille['declare'].numero}/")
    expect(mairie.locator(".v-conclusion")).to_contain_text("L’accident est imputable au service.")
    assert not found


def test_axe_sees_what_is_wrong(navigateur: Browser) -> None:
    """A proof that the other tests of this file can fail."""
    page = navigateur.new_page(viewport={"width": NARROW, "height": 640})
    page.set_content('<html lang="fr"><title>Page</title><main><h1>Page</h1><img src="x"><div style="width:900px">large</div></main>')
    assert any("image-alt" in line for line in a11y(page))
    assert overflow(page) > 0
    page.close()


def test_the_rules_left_out_tell_nothing_serious(navigateur: Browser) -> None:
    """On a page full of faults of every impact: all the rules of axe-core find no more than those that `a11y` runs."""
    page = navigateur.new_page()
    page.set_content(
        "<html><meta name=viewport content='user-scalable=no'><meta http-equiv=refresh content=60><body><h3 style='color:#bbb'>Pale</h3>"
        "<img src=x><input><select><option>1</select><button></button><a href=#></a><ul><p>1</p></ul><li>1</li><dl><p>1</p></dl><dt>1</dt>"
        "<p id=a accesskey=x>1</p><p id=a accesskey=x>2</p><label for=a aria-labelledby=a></label><div role=wrong aria-wrong=1>1</div>"
        "<div role=checkbox></div><div role=listitem aria-checked=oui>1</div><iframe></iframe><object></object><marquee>1</marquee>"
        "<blink>1</blink><p lang=zzz>1</p><b tabindex=5>1</b>"
        "<div aria-hidden=true><button>1</button></div><table><th></th><td headers=z>1</td></table>"
        "<h5></h5><main>1</main><main>2</main>"
        "<svg role=img></svg><div role=dialog>1</div><progress></progress><span role=tooltip></span>"
    )
    found = a11y(page)
    toutes = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => [v.id, v.impact]))")
    page.close()
    assert {impact for _, impact in toutes} >= {"minor", "moderate", "serious", "critical"}
    assert [line.split()[1] for line in found] == [rule for rule, impact in toutes if impact in ("serious", "critical")]


def test_signing_in_and_wrong_doors(m: f.Monde, visite: Visiter) -> None:
    found = _walk(visite(), ["/compte/login/", "/compte/password/reset/"])
    found += _walk(visite(bulle=True), ["/compte/login/"])
    Habilitation.objects.filter(user=m.expert).delete()  # admitted in the bulle, and nothing any more
    lost = visite(bulle=True).sign_in(m.expert).page
    expect(lost.locator("main")).to_contain_text("Ce n’est pas votre adresse")
    found += a11y(lost)
    refused = visite().sign_in(m.mairie).go("/gestion/")
    found += a11y(refused)
    assert not found


def _press_until(page: Page, what: str, *, key: str = "Tab", limit: int = 60) -> None:
    """Press a key until the focused element's name contains `what`."""
    for _ in range(limit):
        nom = page.evaluate(
            "() => { const e = document.activeElement; if (!e || !e.matches('a, button, input, select, textarea, summary')) return '';"
            " const label = e.labels && e.labels.length ? e.labels[0].innerText : '';"
            " return [e.getAttribute('aria-label') || '', label, e.innerText || '', e.value || ''].join(' ') }"
        )
        if what in nom:
            return
        page.keyboard.press(key)
    raise AssertionError(f"« {what} » is not reached by {key}")


def test_the_wizard_by_keyboard_alone(m: f.Monde, visite: Visiter) -> None:
    page = visite(m.mairie).go("/collectivite/declarer/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Aller au contenu")
    page.keyboard.press("Enter")
    _press_until(page, "Commencer")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/agent/"))
    _press_until(page, "Nom ou matricule")
    page.keyboard.type(m.agent.matricule)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Choisir")).to_have_count(1)
    _press_until(page, "Choisir")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/nature/"))
    _press_until(page, "Maladie ordinaire")
    page.keyboard.press("Space")
    _press_until(page, "Continuer")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/dates/"))
    for libelle, jour in (("Premier jour", _day(-20)), ("Dernier jour", _day(-6)), ("Certificat", _day(-20))):
        _press_until(page, libelle)
        # The parts of a date field follow the browser's language.
        ordre = page.evaluate("() => new Intl.DateTimeFormat().formatToParts(new Date()).map(p => p.type)")
        for partie in ordre:
            page.keyboard.type({"day": f"{jour.day:02d}", "month": f"{jour.month:02d}", "year": str(jour.year)}.get(partie, ""))
        if page.locator(":focus").input_value() != jour.isoformat():
            page.locator(":focus").fill(jour.isoformat())
    _press_until(page, "Continuer")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/circonstances/"))
    _press_until(page, "Oui, ou peut-être")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Non", exact=True)).to_be_checked()
    _press_until(page, "Continuer")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/verification/"))
    _press_until(page, "Envoyer la déclaration")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/enregistre/"))
    _press_until(page, "Choisir un fichier")
    assert Sinistre.objects.get().nature == "CMO"
