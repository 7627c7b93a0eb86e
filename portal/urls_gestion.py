"""The gestionnaires' door, and the drawing of the lifecycle that every signed-in person may look at."""

from __future__ import annotations

from django.urls import include, path

from portal.gestion.views.references import processus

urlpatterns = [
    path("gestion/", include("portal.gestion.urls")),
    path("processus/", processus, name="processus"),
]
