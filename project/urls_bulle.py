"""Addresses of the bulle's process: sign-in, the medical roles' doors, and the one through which files enter."""

from django.urls import include, path, re_path

from portal.bulle.views import identites
from portal.bulle.views.depots import deposer
from project import urls_common

urlpatterns = [
    # Before allauth's own pages at the same addresses.
    re_path(r"^compte/password/reset/", identites.mot_de_passe_perdu),
    path("compte/oidc/<str:provider_id>/login/callback/", identites.retour),
    path("compte/3rdparty/", identites.liees),
    *urls_common.urlpatterns,
    path("depots/", deposer, name="depots"),
    path("", include("portal.bulle.urls")),
]
