"""What every page of a door knows of its visitor."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from portal.menus import GABARITS, liens_compte, porte_de


def porte(request: HttpRequest) -> dict[str, Any]:
    """`gabarit`: the base template that common pages extend; `liens_compte`: the account menu."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"gabarit": "base_simple.html", "liens_compte": []}
    return {"gabarit": GABARITS[porte_de(user)], "liens_compte": liens_compte(user)}
