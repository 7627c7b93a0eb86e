"""Addresses of the web process: the portal of gestionnaires and collectivités, the API, configuration data."""

from django.contrib import admin
from django.urls import include, path

from project import urls_common

urlpatterns = [
    *urls_common.urlpatterns,
    path("administration/", admin.site.urls),
    path("api/", include("api.urls")),
    path("collectivite/", include("portal.urls_collectivite")),
    path("", include("portal.urls_gestion")),
]
