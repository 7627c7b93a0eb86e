"""Addresses of the bulle's door, mounted at the root of the bulle's own process."""

from __future__ import annotations

from django.urls import path

from portal.bulle.views import (
    admissions,
    agent,
    agent_soutien,
    avis,
    commun,
    controles,
    delegations,
    fichiers,
    liens,
    missions,
    pieces,
    seances,
    soutiens,
)

app_name = "bulle"

urlpatterns = [
    path("accueil/", commun.accueil, name="accueil"),
    path("taches/<int:tache_id>/prendre/", commun.prendre, name="prendre"),
    path("taches/<int:tache_id>/rendre/", commun.rendre, name="rendre"),
    path("pieces/", pieces.liste, name="pieces"),
    path("pieces/rechercher/", pieces.rechercher, name="rechercher"),
    path("pieces/<int:piece_id>/recue/", pieces.recevoir, name="recevoir"),
    path("avis/", avis.liste, name="avis"),
    path("avis/<int:avis_id>/", avis.un_avis, name="un-avis"),
    path("avis/<int:avis_id>/dossiers/<str:numero>/", avis.anterieur, name="anterieur"),
    path("avis/<int:avis_id>/mission/", missions.confier, name="mission-confier"),
    path("dossiers/<str:numero>/ouvrir/", avis.ouvrir, name="ouvrir"),
    path("dossiers/<str:numero>/lien/", liens.un_lien, name="lien"),
    path("liens/", liens.liste, name="liens"),
    path("liens/<int:lien_id>/revoquer/", liens.revoquer, name="lien-revoquer"),
    path("delegations/", delegations.liste, name="delegations"),
    path("delegations/<int:delegation_id>/retirer/", delegations.retirer, name="delegation-retirer"),
    path("controles/", controles.file, name="controles"),
    path("controles/<int:piece_id>/", controles.une_piece, name="controle"),
    path("controles/<int:piece_id>/facture/", controles.facture, name="facture"),
    path("controles/<int:piece_id>/numeriser/", controles.numeriser, name="numeriser"),
    path("volets/<uuid:uid>/", controles.volet, name="volet"),
    path("fichiers/<int:depot_id>/", avis.fichier, name="fichier"),
    path("fichiers/<uuid:uid>/", fichiers.contenu, name="contenu"),
    path("admissions/", admissions.liste, name="admissions"),
    path("admissions/<int:admission_id>/", admissions.une_admission, name="admission"),
    path("admissions/admettre/<int:habilitation_id>/", admissions.admettre, name="admettre"),
    path("enrolement/", admissions.enrolement, name="enrolement"),
    path("missions/", missions.liste, name="missions"),
    path("missions/<int:mission_id>/", missions.une_mission, name="mission"),
    path("missions/<int:mission_id>/rapport/", missions.rapport, name="rapport"),
    path("missions/<int:mission_id>/rappeler/", missions.rappeler, name="mission-rappeler"),
    path("missions/<int:mission_id>/lue/", missions.lue, name="mission-lue"),
    path("seances/", seances.liste, name="seances"),
    path("seances/<uuid:uid>/", seances.un_soutien, name="soutien-suivi"),
    path("soutiens/", soutiens.liste, name="soutiens"),
    path("soutiens/proposer/", soutiens.proposer, name="soutien-proposer"),
    path("soutiens/<uuid:uid>/", soutiens.un_soutien, name="soutien"),
    # The agent, who has no account here.
    path("deposer/", agent.deposer, name="agent-deposer"),
    path("deposer/verifier/", agent.verifier, name="agent-verifier"),
    path("mon-dossier/", agent.mon_dossier, name="mon-dossier"),
    path("mon-dossier/ouvrir/", agent.entrer, name="mon-dossier-ouvrir"),
    path("mon-dossier/fichiers/<uuid:uid>/", agent.mon_fichier, name="mon-fichier"),
    path("mon-dossier/soutien/", agent_soutien.mon_soutien, name="mon-soutien"),
    path("mon-dossier/fermer/", agent.sortir, name="mon-dossier-fermer"),
]
