"""The learned part of the visual marks: weights, and the file that they ship in.

`scripts/train_visual.py` writes ``data/visual/model.npz``: a model of names, a network over features of concepts, the
curves that turn their scores into probabilities, and weights of what offends.  It holds no word and no rating.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taxonomy import encoding
from taxonomy.encoding import Encoder, Vectors
from taxonomy.errors import InputError
from taxonomy.sources.shipped import data_dir
from taxonomy.visual.calibration import Numbers
from taxonomy.visual.features import HEADS, Layout
from taxonomy.visual.names import BUCKETS, NameModel
from taxonomy.visual.network import Network

VIEWS = ("whole", "no gloss", "no place", "name")
"""What may be known of a concept: all; no gloss; name and gloss, but no place in the hierarchy; only a name."""

_HALF = frozenset({"name_vectors", "name_buckets", "hidden", "hidden_bias", "output", "direct", "offence"})


@dataclass(frozen=True, slots=True)
class Model:
    """All that scoring needs.

    Attributes:
        encoder: fingerprint of the encoder that it was trained with.
        names: outputs `HEADS` features, and the score of a bare name.
        network: the classifier.
        curves: calibration of each view (`taxonomy.visual.calibration`), ``(len(VIEWS), 3)``.
        offence: weights of `taxonomy.visual.safety`'s features, empty in a model of one's own labels.
    """

    encoder: str
    names: NameModel
    network: Network
    curves: Numbers
    offence: Vectors

    def unknown(self, view: str) -> NDArray[np.int64]:
        """Return the columns that are not known in a view."""
        layout = Layout(len(self.names.vectors))
        hidden = {"no gloss": layout.of_gloss, "no place": layout.of_place}
        hidden["name"] = np.concatenate(list(hidden.values()))
        return hidden.get(view, np.zeros(0, np.int64))

    def fitting(self, encoder: Encoder) -> Encoder:
        """Return the encoder that the model was trained with: the one given, or the one that ships.

        Raises:
            InputError: it is neither.
        """
        if encoder.fingerprint == self.encoder:
            return encoder
        shipped = encoding.load()
        if shipped.fingerprint == self.encoder:
            return shipped
        raise InputError(
            "the visual model was trained with another encoder; name that one, or train it again with 'visual train'"
        )


def path() -> Path:
    """Return the file of the shipped model."""
    return data_dir() / "visual" / "model.npz"


def save(model: Model, file: Path) -> None:
    """Write a model; the same model gives the same bytes."""
    network, names = model.network, model.names
    content: dict[str, Any] = {
        "encoder": np.frombuffer(model.encoder.encode("ascii"), np.uint8),
        "name_vectors": names.vectors, "name_buckets": names.buckets, "name_bias": names.bias,
        "mean": network.mean, "scale": network.scale, "hidden": network.hidden, "hidden_bias": network.hidden_bias,
        "output": network.output, "direct": network.direct, "bias": np.array(network.bias, np.float64),
        "curves": model.curves, "offence": model.offence,
    }  # fmt: skip
    packed = {name: part.astype(np.float16) if name in _HALF else part for name, part in content.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **packed)
    file.write_bytes(buffer.getvalue())


def load(file: Path | None = None) -> Model:
    """Read a model, by default the one that ships.

    Raises:
        InputError: the file is missing or damaged.
    """
    file = file or path()
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as content:
            return _model({name: content[name] for name in content.files})
    except (OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise InputError(f"{file}: no visual model ({error}); scripts/train_visual.py makes one") from error


def _model(content: Mapping[str, NDArray[Any]]) -> Model:
    wide = {name: part.astype(np.float32) for name, part in content.items() if name in _HALF | {"mean", "scale"}}
    names = NameModel(wide["name_vectors"], wide["name_buckets"], content["name_bias"].astype(np.float32))
    width = Layout(len(names.vectors)).width
    units = len(wide["output"])
    shapes = {
        "name_buckets": (BUCKETS, HEADS + 1), "name_vectors": (len(names.vectors), HEADS + 1), "mean": (width,),
        "scale": (width,), "hidden": (width, units), "hidden_bias": (units,), "direct": (width,),
    }  # fmt: skip
    for name, shape in shapes.items():
        if wide[name].shape != shape:
            raise ValueError(f"{name} has the shape {wide[name].shape}, not {shape}")
    if content["curves"].shape != (len(VIEWS), 3) or names.bias.shape != (HEADS + 1,):
        raise ValueError("it has other views than the program")
    if not all(np.isfinite(part).all() for part in (*wide.values(), content["curves"], names.bias)):
        raise ValueError("it has numbers that are none")
    network = Network(
        wide["mean"], wide["scale"], wide["hidden"], wide["hidden_bias"], wide["output"], wide["direct"],
        float(content["bias"]),
    )  # fmt: skip
    return Model(content["encoder"].tobytes().decode("ascii"), names, network, content["curves"], wide["offence"])
