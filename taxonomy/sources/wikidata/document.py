"""The JSON of an entity, of which a tenth is wanted; the package ``msgspec`` passes over the rest."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypedDict

from taxonomy.sources.wikidata.entity import PROPERTIES

__all__ = ["document"]


class _Statement(TypedDict, total=False):
    mainsnak: Any
    rank: Any


def document(text: bytes) -> Any:
    """Return what the JSON of an entity says, or at least what of it makes a class.

    >>> document(b'{"id":"Q144","claims":{"P31":[{"rank":"normal"}]}}')
    {'id': 'Q144', 'claims': {'P31': [{'rank': 'normal'}]}}

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is too deep.
    """
    text.decode()  # for what is passed over may be no UTF-8
    return _loads()(text)


@cache
def _loads() -> Callable[[bytes], Any]:
    import json  # slow to import; every file is sniffed, few are read

    try:
        import msgspec
    except ImportError:
        return json.loads
    typed: Any = TypedDict  # of what is only known when it runs
    claims = typed("Claims", dict.fromkeys(PROPERTIES, list[_Statement]), total=False)
    terms = dict.fromkeys(("id", "labels", "aliases", "descriptions"), Any)
    wanted = msgspec.json.Decoder(typed("Wanted", terms | {"claims": claims}, total=False))

    def loads(text: bytes) -> Any:
        try:
            return wanted.decode(text)
        except msgspec.ValidationError:  # of another shape than Wikidata's
            return msgspec.json.decode(text)

    return loads
