"""Addresses of the web process: the portal of gestionnaires and collectivités, the API, configuration data."""

from django.contrib import admin
from django.urls import path

from project import urls_common
from project.urls_common import room

urlpatterns = [
    *urls_common.urlpatterns,
    path("administration/", admin.site.urls),
    *room("api/", "api.urls"),
    *room("collectivite/", "portal.urls_collectivite"),
    *room("", "portal.urls_gestion"),
]
