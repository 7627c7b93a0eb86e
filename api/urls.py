"""The addresses of the API. A number or an id that has not the right form is no address at all: 404."""

from __future__ import annotations

from django.urls import include, path, re_path, register_converter
from django.urls.converters import StringConverter

from api.views import (
    argent,
    calcul,
    commun,
    constats,
    courriels,
    delais,
    frais,
    mediation,
    messages,
    procedures,
    relances,
    simulations,
    sinistres,
    travail,
    virements,
    webhooks,
)


class NumeroConverter(StringConverter):
    regex = "[0-9]{4}-[0-9]{6,12}"


class IdConverter:
    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(NumeroConverter, "numero")
register_converter(IdConverter, "id")

app_name = "api"

DOSSIER = "sinistres/<numero:numero>/"
v1 = [
    path("schema/", commun.Schema.as_view(), name="schema"),
    path("sinistres/", sinistres.Sinistres.as_view(), name="sinistres"),
    path("sinistres/recherche/", sinistres.Recherche.as_view(), name="recherche"),
    path(DOSSIER, sinistres.Detail.as_view(), name="sinistre"),
    path(DOSSIER + "transitions/<slug:nom>/", sinistres.Transition.as_view(), name="transition"),
    path(DOSSIER + "arrets/", sinistres.Arrets.as_view(), name="arrets"),
    path(DOSSIER + "reprise/", sinistres.Reprise.as_view(), name="reprise"),
    path(DOSSIER + "faits/", travail.Faits.as_view(), name="faits"),
    path(DOSSIER + "pieces/", travail.Pieces.as_view(), name="pieces"),
    path(DOSSIER + "pieces/<id:id>/", travail.UnePiece.as_view(), name="piece"),
    path(DOSSIER + "pieces/<id:id>/confirmer/", travail.Confirmer.as_view(), name="confirmer"),
    path(DOSSIER + "pieces/<id:id>/decision/", travail.Decision.as_view(), name="decision"),
    path(DOSSIER + "pieces/<id:id>/deja-envoyee/", travail.DejaEnvoyee.as_view(), name="deja-envoyee"),
    path(DOSSIER + "pieces/<id:id>/fichier/", travail.Fichier.as_view(), name="fichier"),
    path(DOSSIER + "messages/", messages.Messages.as_view(), name="messages"),
    path(DOSSIER + "relances/suspendre/", relances.Suspendre.as_view(), name="relances-suspendre"),
    path(DOSSIER + "relances/reprendre/", relances.Reprendre.as_view(), name="relances-reprendre"),
    path(DOSSIER + "calcul/", calcul.Calcul.as_view(), name="calcul"),
    path(DOSSIER + "droits/", calcul.FaitsDroits.as_view(), name="faits-droits"),
    path(DOSSIER + "procedures/", procedures.Procedures.as_view(), name="procedures"),
    path(DOSSIER + "frais/", frais.Frais.as_view(), name="frais"),
    path(DOSSIER + "frais/indus/", frais.Indus.as_view(), name="frais-indus"),
    path(DOSSIER + "prises-en-charge/", frais.PrisesEnCharge.as_view(), name="prises-en-charge"),
    path(DOSSIER + "prises-en-charge/<id:id>/retirer/", frais.RetirerPriseEnCharge.as_view(), name="prise-en-charge-retirer"),
    path(DOSSIER + "capital/", frais.Capital.as_view(), name="capital"),
    path("procedures/<uuid:uid>/positions/", mediation.Positions.as_view(), name="positions"),
    path("procedures/<uuid:uid>/", procedures.UneProcedure.as_view(), name="procedure"),
    path("taches/", travail.Taches.as_view(), name="taches"),
    path("taches/<id:id>/prendre/", travail.Prendre.as_view(), name="prendre"),
    path("taches/<id:id>/rendre/", travail.Rendre.as_view(), name="rendre"),
    path(DOSSIER + "constats/", constats.Montants.as_view(), name="constats"),
    path("constats/<id:id>/annuler/", constats.AnnulerMontant.as_view(), name="constat-annuler"),
    path("arrets-connus/", constats.ArretsConnus.as_view(), name="arrets-connus"),
    path("arrets-connus/recherche/", constats.ChercherArretsConnus.as_view(), name="arrets-connus-recherche"),
    path("arrets-connus/<id:id>/annuler/", constats.AnnulerArretConnu.as_view(), name="arret-connu-annuler"),
    path("agents/recherche/", travail.ChercherAgents.as_view(), name="agents"),
    path("decomptes/", argent.Decomptes.as_view(), name="decomptes"),
    path("decomptes/<id:id>/", argent.UnDecompte.as_view(), name="decompte"),
    path("decomptes/<id:id>/approuver/", argent.Approuver.as_view(), name="approuver"),
    path("decomptes/<id:id>/rejeter/", argent.Rejeter.as_view(), name="rejeter"),
    path("simulations/droits/", simulations.Droits.as_view(), name="simuler-droits"),
    path("simulations/indemnites/", simulations.Indemnites.as_view(), name="simuler-indemnites"),
    path("delais-de-remboursement/", delais.Delais.as_view(), name="delais-remboursement"),
    path("courriels/", courriels.Courriels.as_view(), name="courriels"),
    path("bordereaux/", argent.Bordereaux.as_view(), name="bordereaux"),
    path("bordereaux/<id:id>/", argent.UnBordereau.as_view(), name="bordereau"),
    path("bordereaux/<id:id>/fichier/", argent.FichierDeBordereau.as_view(), name="bordereau-fichier"),
    path("bordereaux/<id:id>/regler/", argent.Regler.as_view(), name="regler"),
    path("comptes/", virements.Comptes.as_view(), name="comptes"),
    path("comptes/<id:id>/", virements.UnCompte.as_view(), name="compte"),
    path("comptes/<id:id>/confirmer/", virements.ConfirmerCompte.as_view(), name="compte-confirmer"),
    path("comptes/<id:id>/ecarter/", virements.EcarterCompte.as_view(), name="compte-ecarter"),
    path("remises/", virements.Remises.as_view(), name="remises"),
    path("remises/<id:id>/", virements.UneRemise.as_view(), name="remise"),
    path("remises/<id:id>/signer/", virements.SignerRemise.as_view(), name="remise-signer"),
    path("remises/<id:id>/abandonner/", virements.AbandonnerRemise.as_view(), name="remise-abandonner"),
    path("remises/<id:id>/fichier/", virements.FichierDeRemise.as_view(), name="remise-fichier"),
    path("virements/<id:id>/constater/", virements.Constater.as_view(), name="virement-constater"),
    path("retours/", virements.Retours.as_view(), name="retours"),
    path("retours/<id:id>/", virements.UnRetour.as_view(), name="retour"),
    path("webhooks/", webhooks.Abonnements.as_view(), name="webhooks"),
    path("webhooks/<uuid:uid>/livraisons/", webhooks.Livraisons.as_view(), name="webhook-livraisons"),
    path("webhooks/<uuid:uid>/rejouer/", webhooks.Rejouer.as_view(), name="webhook-rejouer"),
]

urlpatterns = [
    path("v1/", include(v1)),
    re_path(r"^", commun.Nowhere.as_view(), name="nulle-part"),
]
