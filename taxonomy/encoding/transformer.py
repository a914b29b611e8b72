"""Encoders of the sentence-transformers library (Reimers and Gurevych 2019), which the extra `transformers` installs.

Better than the static model where the order of words matters, and a few hundred times slower.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from taxonomy.encoding._format import Vectors, unit
from taxonomy.errors import InputError


class TransformerEncoder:
    """A sentence transformer.

    Args:
        name: a folder, or the name of a model on the Hugging Face hub, which is then downloaded.

    Raises:
        InputError: the extra is not installed, or there is no such model.

    Attributes:
        model: the library's ``SentenceTransformer``.
    """

    def __init__(self, name: str) -> None:
        try:
            library = import_module("sentence_transformers")
        except ImportError as error:
            extra = "pip install 'label-taxonomy[transformers]'"
            message = f"the model {name} needs sentence-transformers ({error}); {extra}, or leave the model out"
            raise InputError(f"{message} for the static one") from error
        try:
            self.model: Any = library.SentenceTransformer(name)
        except Exception as error:  # each of its layers raises its own
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise InputError(
                f"{name}: sentence-transformers cannot load it ({reason}); give a model's folder"
            ) from error
        self.dimension: int = self.model.encode(["a"], show_progress_bar=False).shape[1]

    @functools.cached_property
    def fingerprint(self) -> str:
        """Hash of the weights, of the modules and their settings, and of the tokens."""
        digest = hashlib.sha256(repr(self.model).encode())
        digest.update(repr(sorted(self.model.tokenizer.get_vocab().items())).encode("utf-8", "surrogatepass"))
        for name, weights in sorted(self.model.state_dict().items()):
            digest.update(f"{name} {weights.dtype} {tuple(weights.shape)}".encode())
            digest.update(weights.detach().cpu().float().numpy().tobytes())
        return digest.hexdigest()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts, float32 of shape ``(len(texts), dimension)``; see `Encoder.encode`."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        known = [row for row, text in enumerate(texts) if text.strip()]
        if known:
            found = self.model.encode([texts[row] for row in known], show_progress_bar=False, convert_to_numpy=True)
            vectors[known] = found
        return unit(vectors)
