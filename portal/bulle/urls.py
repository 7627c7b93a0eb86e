"""Addresses of the bulle's door, mounted at the root of the bulle's own process."""

from __future__ import annotations

from django.urls import path

from portal.bulle.views import admissions, avis, commun, fichiers, pieces

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
    path("avis/<int:avis_id>/ouvrir/", avis.ouvrir, name="ouvrir"),
    path("fichiers/<int:depot_id>/", avis.fichier, name="fichier"),
    path("fichiers/<uuid:uid>/", fichiers.contenu, name="contenu"),
    path("admissions/", admissions.liste, name="admissions"),
    path("admissions/<int:admission_id>/", admissions.une_admission, name="admission"),
    path("admissions/admettre/<int:habilitation_id>/", admissions.admettre, name="admettre"),
    path("enrolement/", admissions.enrolement, name="enrolement"),
    path("missions/", commun.missions, name="missions"),
    path("seances/", commun.seances, name="seances"),
]
