"""Texts as vectors: `load` gives an encoder, the shipped static model unless another is named.

Similar texts get similar vectors, so a class name can be compared with glosses by a product of matrices.  Static
vectors cost less than storing them; those of a sentence transformer are dear, so they are kept on disk.

    encoder = load()
    similarity = encoder.encode(["crane"]) @ encoder.encode(["lifts and moves heavy objects", "large wading bird"]).T
"""

from __future__ import annotations

import functools
from pathlib import Path

from taxonomy.encoding._format import Encoder, Vectors
from taxonomy.encoding.cache import CachedEncoder, cached

__all__ = ["CachedEncoder", "Encoder", "Vectors", "cached", "change", "load"]


def load(name_or_path: str | None = None) -> Encoder:
    """Return an encoder.

    Args:
        name_or_path: nothing for the static model that ships with the package; a folder with a model of
            `scripts/distill_encoder.py`; or what sentence-transformers takes, a folder or the name of a model.

    Raises:
        InputError: the model is missing or damaged, or needs an extra that is not installed.
    """
    from taxonomy.encoding import static

    if name_or_path is None:
        return _shipped()
    if (Path(name_or_path) / static.VECTORS).is_file():
        return static.StaticEncoder(Path(name_or_path))
    from taxonomy.encoding.transformer import TransformerEncoder

    return CachedEncoder(TransformerEncoder(name_or_path))


@functools.cache
def _shipped() -> Encoder:
    """Load the model that ships once: it remembers how words are cut."""
    from taxonomy.encoding import static
    from taxonomy.sources.shipped import data_dir

    return static.StaticEncoder(data_dir() / "encoder")


def change(encoder: Encoder, name: str, fingerprint: str) -> str:
    """Say that an encoder is not what it was; empty when it is.

    Args:
        encoder: the encoder of the name.
        name: empty for the one that ships.
        fingerprint: of the encoder that had the name before; empty where that is not known.
    """
    if fingerprint in ("", encoder.fingerprint):
        return ""
    return f"the encoder {name or 'that ships'} is another model than the taxonomy was built with"
