"""How values cross to PostgreSQL and back, where asyncpg does not know or would have to ask."""

from __future__ import annotations

from typing import Any

import msgspec

# Arrays by their own and their elements' numbers, which are PostgreSQL's own and never change (pg_type.dat). asyncpg
# asks for each on every connection, in a statement that takes PostgreSQL 4 to 9 ms and comes back with these.
_ARRAYS = {
    "_bool": (1000, 16), "_bytea": (1001, 17), "_int2": (1005, 21), "_int4": (1007, 23), "_int8": (1016, 20),
    "_float8": (1022, 701), "_timestamptz": (1185, 1184), "_uuid": (2951, 2950), "_jsonb": (3807, 3802),
}  # fmt: skip
_TOLD = [
    {
        "oid": oid, "elemtype": element, "name": name, "ns": "pg_catalog", "kind": b"b", "elemdelim": b",",
        "basetype": None, "range_subtype": None, "attrtypoids": None, "attrnames": None,
    }
    for name, (oid, element) in _ARRAYS.items()
]  # fmt: skip


def _jsonb(value: object) -> bytes:
    return b"\x01" + msgspec.json.encode(value)


def _from_jsonb(data: bytes) -> object:
    return msgspec.json.decode(memoryview(data)[1:])


async def prepare(connection: Any) -> None:
    """Teaches a fresh connection our codecs; binary, so that COPY takes them too."""
    for name, encode, decode in (("jsonb", _jsonb, _from_jsonb), ("json", msgspec.json.encode, msgspec.json.decode)):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=encode, decoder=decode, format="binary")
    # Where asyncpg itself puts what it was answered; arrays of jsonb are to find the codec of the lines above.
    connection._protocol.get_settings().register_data_types(_TOLD)
