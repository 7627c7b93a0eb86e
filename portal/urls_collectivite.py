"""Addresses of the collectivités' door, mounted at « /collectivite/ »."""

from __future__ import annotations

from django.urls import path

from portal.collectivite.views import (
    accueil,
    citis,
    constats,
    declaration,
    depots,
    dossiers,
    envois,
    messages,
    paiements,
    prises_en_charge,
    procedures,
)

app_name = "collectivite"

urlpatterns = [
    path("", accueil.accueil, name="accueil"),
    path("declarer/", declaration.commencer, name="declarer"),
    path("declarer/<uuid:brouillon_id>/", declaration.reprendre, name="reprendre"),
    path("declarer/<uuid:brouillon_id>/abandonner/", declaration.abandonner, name="abandonner"),
    path("declarer/<uuid:brouillon_id>/<slug:etape>/", declaration.etape, name="etape"),
    path("dossiers/", dossiers.liste, name="dossiers"),
    path("dossiers/rechercher/", dossiers.rechercher, name="rechercher"),
    path("dossiers/<slug:numero>/", dossiers.dossier, name="dossier"),
    path("dossiers/<slug:numero>/enregistre/", dossiers.declare, name="declare"),
    path("dossiers/<slug:numero>/prolonger/", dossiers.prolonger, name="prolonger"),
    path("dossiers/<slug:numero>/reprise/", dossiers.reprise, name="reprise"),
    path("dossiers/<slug:numero>/faits/", dossiers.faits, name="faits"),
    path("dossiers/<slug:numero>/messages/", messages.messages, name="messages"),
    path("dossiers/<slug:numero>/pieces/<int:piece_id>/", dossiers.piece, name="piece"),
    path("dossiers/<slug:numero>/pieces/<int:piece_id>/deja-envoye/", envois.deja_envoye, name="deja-envoye"),
    path("dossiers/<slug:numero>/pieces/<int:piece_id>/depots/", depots.annoncer, name="depot-annoncer"),
    path("dossiers/<slug:numero>/pieces/<int:piece_id>/pli/", depots.pli, name="pli"),
    path("dossiers/<slug:numero>/pieces/<int:piece_id>/lien/", depots.lien_donner, name="lien-donner"),
    path("dossiers/<slug:numero>/liens/<int:lien_id>/revoquer/", depots.lien_revoquer, name="lien-revoquer"),
    path("dossiers/<slug:numero>/procedures/<slug:genre>/", procedures.demander, name="procedure-demander"),
    path("dossiers/<slug:numero>/imputabilite/", citis.citis, name="citis"),
    path("dossiers/<slug:numero>/imputabilite/<slug:nom>/", citis.acte, name="citis-acte"),
    path("dossiers/<slug:numero>/prises-en-charge/", prises_en_charge.liste, name="prises-en-charge"),
    path("dossiers/<slug:numero>/prises-en-charge/<int:prise_id>/", prises_en_charge.une, name="prise-en-charge"),
    path("dossiers/<slug:numero>/prises-en-charge/<int:prise_id>/retirer/", prises_en_charge.retirer, name="prise-en-charge-retirer"),
    path("procedures/<uuid:uid>/", procedures.procedure, name="procedure"),
    path("procedures/<uuid:uid>/<slug:nom>/", procedures.acte, name="procedure-acte"),
    path("depots/<int:depot_id>/confirmer/", depots.confirmer, name="depot-confirmer"),
    path("depots/<int:depot_id>/suivi/", depots.suivi, name="depot-suivi"),
    path("depots/<int:depot_id>/fichier/", depots.fichier, name="depot-fichier"),
    path("depots/<int:depot_id>/reclasser/", depots.reclasser, name="reclasser"),
    path("dossiers/<slug:numero>/constats/", constats.montants, name="constats"),
    path("constats/<int:montant_id>/annuler/", constats.annuler_montant, name="constat-annuler"),
    path("agents/", constats.agents, name="agents"),
    path("agents/<int:agent_id>/arrets-connus/", constats.arrets_connus, name="arrets-connus"),
    path("arrets-connus/<int:arret_id>/annuler/", constats.annuler_arret, name="arret-connu-annuler"),
    path("importer/<slug:fichier>/", constats.importer, name="importer"),
    path("importer/<slug:fichier>/confirmer/", constats.confirmer, name="importer-confirmer"),
    path("paiements/", paiements.liste, name="paiements"),
    path("paiements/decomptes/<int:decompte_id>/", paiements.decompte, name="decompte"),
    path("paiements/<slug:numero>/", paiements.bordereau, name="bordereau"),
    path("paiements/<slug:numero>/pdf/", paiements.fichier, {"genre": "PDF"}, name="bordereau-pdf"),
    path("paiements/<slug:numero>/csv/", paiements.fichier, {"genre": "CSV"}, name="bordereau-csv"),
]
