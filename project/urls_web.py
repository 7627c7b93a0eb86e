"""Addresses of the web process: the portal of gestionnaires and collectivités, the API, configuration data."""

from django.contrib import admin
from django.urls import include, path, re_path

from notifications.rebonds.urls import adresses as retours_du_prestataire
from portal.views_commun import ferme
from project import urls_common

urlpatterns = [
    *urls_common.urlpatterns,
    # « View on site » of the admin looks for any object of any table; nothing here has such a page, and some tables are the bulle's.
    re_path(r"^administration/r/", ferme),
    path("administration/", admin.site.urls),
    path("api/", include("api.urls")),
    *retours_du_prestataire(),
    path("collectivite/", include("portal.urls_collectivite")),
    path("", include("portal.urls_gestion")),
]
