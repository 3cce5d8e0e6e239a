"""Requests to servers of the tests' own: plain HTTP on loopback.

For each client of its own httpx reads the machine's certificates, which costs some 50 ms of processor time (measured)
and is of no use here; a context that trusts nobody costs none.
"""

from __future__ import annotations

import ssl
from functools import partial

import httpx

TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
Client = partial(httpx.Client, verify=TRUSTS_NOBODY)
get = partial(httpx.get, verify=TRUSTS_NOBODY)
request = partial(httpx.request, verify=TRUSTS_NOBODY)
