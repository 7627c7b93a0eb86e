"""Where a call may go. An address typed by a person must not become a way into our own network (SSRF).

The shape is checked when it is typed. The host is resolved at each call, every address it has must be a public one, and the connection
goes to the very address that was checked: a name that changes its mind between the two (« DNS rebinding ») gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings

Adresse = ipaddress.IPv4Address | ipaddress.IPv6Address

PRIVEES = [
    ipaddress.ip_network(reseau)
    for reseau in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7")
]
"""What VIGIE_WEBHOOKS_PRIVES allows: an employer's own network. Never link-local addresses, where clouds keep their credentials."""

UNICAST = ipaddress.ip_network("2000::/3")
"""The one part of IPv6 that is given out to the public network."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")
LONGEST = 300


class AdresseRefusee(Exception):
    """The name leads where no call may go."""


def fautes(url: str) -> str:
    """Why this address can't be subscribed, in French; empty when it can."""
    try:
        parties = urlsplit(url)
        port, hote = parties.port, parties.hostname or ""
    except ValueError:
        return "Cette adresse n’est pas une adresse du web."
    if len(url) > LONGEST or not url.isascii() or any(ord(signe) <= 32 or ord(signe) == 127 for signe in url) or "\\" in url:
        return f"Écrivez l’adresse en {LONGEST} caractères au plus, sans espace ni accent."
    if parties.scheme != "https" and (settings.PRODUCTION or parties.scheme != "http"):
        return "L’adresse commence par https://."
    if not hote or port == 0:
        return "Cette adresse ne nomme aucun serveur."
    if parties.username is not None or parties.password is not None:
        return "L’adresse ne porte ni nom d’utilisateur ni mot de passe : la signature prouve d’où vient l’appel."
    if parties.fragment or url.endswith("#"):
        return "L’adresse ne porte pas de fragment (#…)."
    if _literal(hote) and interdite(hote):
        return "Cette adresse est privée ou réservée : les appels n’y vont pas."
    return ""


def resoudre(hote: str, port: int) -> list[str]:
    """The numeric addresses of a host, every one of them allowed. Raises AdresseRefusee, or OSError when the name leads nowhere."""
    try:
        trouvees = socket.getaddrinfo(hote, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except UnicodeError as error:
        raise OSError("name") from error
    adresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in trouvees))
    if any(interdite(adresse) for adresse in adresses):
        raise AdresseRefusee
    return adresses


def interdite(adresse: str) -> bool:
    """Whether no call may go to this numeric address (also in the odd notations that the system's resolver takes)."""
    ip = _unwrapped(_parsed(adresse))
    if settings.WEBHOOKS_PRIVES and any(ip in reseau for reseau in PRIVEES):
        return False
    if ip.version == 6 and ip not in UNICAST:
        return True
    refusee = ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local or ip.is_loopback or ip.is_private
    return refusee or not ip.is_global


def _literal(hote: str) -> bool:
    try:
        _parsed(hote)
    except ValueError:
        return False
    return True


def _parsed(adresse: str) -> Adresse:
    """A numeric address; « 2130706433 », « 0177.0.0.1 », « 0x7f.1 » as the system reads them. Raises ValueError."""
    try:
        return ipaddress.ip_address(adresse.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(adresse))
        except OSError:
            raise ValueError(adresse) from None


def _unwrapped(ip: Adresse) -> Adresse:
    """The IPv4 address that an IPv6 one carries (mapped, 6to4, NAT64), where it would end."""
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour
        if inside is None and ip in NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is not None:
            return inside
    return ip
