"""Providers: other people's servers, spoken to over HTTP. Plain facts come out, nothing but the question goes in.

Every request goes through `outside`, which connects to public addresses alone unless it is told otherwise: an address
that somebody typed in, or that a provider's answer names, must not become a way into this machine's network.
"""

from hearth.providers.oidc import Identity, Issuer, discover, exchange
from hearth.providers.outside import fetch_json, is_public, outside

__all__ = ["Identity", "Issuer", "discover", "exchange", "fetch_json", "is_public", "outside"]
