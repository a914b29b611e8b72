"""Texts become vectors offline, always the same ones, cut as BERT cuts them; dear vectors are computed once."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.encoding import Encoder, Vectors, cached, load
from taxonomy.encoding.static import SCALES, TOKENS, VECTORS
from taxonomy.encoding.wordpiece import WordPiece
from taxonomy.errors import InputError
from taxonomy.sources.shipped import data_dir

# Made with transformers 5.23 and the tokenizer of all-MiniLM-L6-v2, without [UNK].
GOLDEN = {
    "dog": "dog",
    "aerosol_can": "aero ##sol _ can",
    "Kitchen & dining room table": "kitchen & dining room table",
    "crème brûlée (dessert)": "cr ##eme br ##ule ##e ( dessert )",
    "Felis silvestris-catus, 1758": "fe ##lis si ##lves ##tri ##s - cat ##us , 1758",
    "has two wheels and is moved by foot pedals": "has two wheels and is moved by foot pedal ##s",
    "Straße": "st ##raße",
    "İstanbul": "istanbul",
    "ΣΊΣΥΦΟΣ": "σ ##ι ##σ ##υ ##φ ##ο ##σ",
    "собака": "с ##о ##б ##а ##ка",
    "犬と猫": "犬 と",
    "강아지": "ᄀ ##ᅡ ##ᆼ ##ᄋ ##ᅡ ##ᄌ ##ᅵ",
    "हिन्दी": "ह ##ि ##न ##द ##ी",
    "🐕\u200d🦺 dog": "dog",
    "tab\there\nand\r\nthere": "tab here and there",
    "zero\u200bwidth\x0band\x7fcontrols": "zero ##wi ##dt ##hand ##con ##tro ##ls",
    "$5 + 5^2 = 30 €": "$ 5 + 5 ^ 2 = 30 €",
    "don't—stop…": "don ' t — stop …",
    "ﬁsh ½ ²": "ﬁ ##sh ½ ²",
    "x" * 101 + " dog": "dog",
    "microscopicsilicovolcanoconiosis": "microscopic ##sil ##ico ##vo ##lc ##ano ##con ##ios ##is",
    "n02084071": "n ##0 ##20 ##8 ##40 ##7 ##1",
    "/m/01g317": "/ m / 01 ##g ##31 ##7",
    "": "",
}


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load()


@pytest.fixture(scope="module")
def tokens() -> list[str]:
    return (data_dir() / "encoder" / TOKENS).read_text(encoding="utf-8").splitlines()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(data_dir() / "encoder", tmp_path / "model"))


class Counting:
    """The shipped encoder, which notes what it is asked for."""

    def __init__(self, encoder: Encoder, fingerprint: str = "") -> None:
        self._encoder = encoder
        self.dimension = encoder.dimension
        self.fingerprint = fingerprint or encoder.fingerprint
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return self._encoder.encode(texts)


@pytest.mark.parametrize("text", GOLDEN)
def test_texts_are_cut_as_bert_cuts_them(text: str, tokens: list[str]) -> None:
    assert [tokens[number] for number in WordPiece(tokens).numbers(text)] == GOLDEN[text].split()


def test_vectors_are_unit_rows_of_float32(encoder: Encoder) -> None:
    vectors = encoder.encode(["dog", "a member of the genus Canis", "Panthera leo"])
    assert vectors.shape == (3, encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


@pytest.mark.parametrize("text", ["", "  \t\n", "\0", "🐕‍🦺", "x" * 10_000, "\ud800"])
def test_a_text_of_nothing_known_is_a_row_of_zeros(text: str, encoder: Encoder) -> None:
    vectors = encoder.encode(["dog", text])
    assert not vectors[1].any()
    assert vectors[0].any()


@pytest.mark.parametrize("text", ["dog " * 2_500, "犬", "собака", "كلب", "🐕 dog", "T-shirt", "n02084071"])
def test_odd_texts_have_vectors(text: str, encoder: Encoder) -> None:
    assert np.linalg.norm(encoder.encode([text])) == pytest.approx(1, abs=1e-5)


@given(st.lists(st.text(), max_size=4))
@settings(max_examples=50, deadline=None)
def test_any_text_has_a_row_that_its_neighbours_do_not_change(encoder: Encoder, texts: list[str]) -> None:
    together = encoder.encode(texts)
    assert np.isfinite(together).all()
    for text, row in zip(texts, together, strict=True):
        assert np.array_equal(encoder.encode([text])[0], row)


def test_loading_twice_gives_the_same(encoder: Encoder) -> None:
    again = load()
    assert again.fingerprint == encoder.fingerprint
    assert np.array_equal(again.encode(["traffic light"]), encoder.encode(["traffic light"]))


def test_similarity_tells_senses_apart(encoder: Encoder) -> None:
    names = encoder.encode(["dog", "sports car", "crane bird", "crane construction"])
    glosses = encoder.encode(
        [
            "a member of the genus Canis that has been domesticated by man",
            "a small low car with a high-powered engine; usually seats two persons",
            "large long-necked wading bird of marshes and plains in many parts of the world",
            "lifts and moves heavy objects; lifting tackle is suspended from a pivoted boom that rotates",
        ]
    )
    assert (names @ glosses.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_the_fingerprint_is_that_of_the_content(encoder: Encoder, copy: Path) -> None:
    assert load(str(copy)).fingerprint == encoder.fingerprint
    scales = np.load(copy / SCALES)
    scales[2000] *= 2
    np.save(copy / SCALES, scales)
    assert load(str(copy)).fingerprint != encoder.fingerprint


@pytest.mark.parametrize(
    ("file", "content"), [(TOKENS, b"dog\n"), (VECTORS, b"no array"), (SCALES, b""), (TOKENS, b"\xff")]
)
def test_a_damaged_model_is_named(file: str, content: bytes, copy: Path) -> None:
    (copy / file).write_bytes(content)
    with pytest.raises(InputError, match=r"model: no static model .*distill_encoder"):
        load(str(copy))


def test_an_array_that_needs_pickle_is_refused(copy: Path) -> None:
    np.save(copy / SCALES, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="no static model"):
        load(str(copy))


def test_other_models_name_the_extra_that_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InputError, match=r"pip install 'label-taxonomy\[transformers\]'"):
        load("all-MiniLM-L6-v2")


def test_numpy_waits_for_the_stage() -> None:
    code = "import sys, taxonomy; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_cache_asks_for_each_text_once(encoder: Encoder, tmp_path: Path) -> None:
    file = tmp_path / "new" / "vectors.sqlite"
    counting = Counting(encoder)
    first = cached(counting, ["dog", "cat", "dog", ""], file)
    second = cached(counting, ["cat", "crane"], file)
    assert counting.asked == ["dog", "cat", "", "crane"]
    assert np.array_equal(first, encoder.encode(["dog", "cat", "dog", ""]))
    assert np.array_equal(second, encoder.encode(["cat", "crane"]))
    assert second.flags.writeable
    assert cached(counting, [], file).shape == (0, encoder.dimension)


def test_the_cache_keeps_models_apart(encoder: Encoder, tmp_path: Path) -> None:
    one, other = Counting(encoder), Counting(encoder, fingerprint="another")
    for counting in (one, other):
        cached(counting, ["dog"], tmp_path / "vectors.sqlite")
    assert one.asked == other.asked == ["dog"]


def test_the_cache_is_in_the_users_cache_folder(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cached(encoder, ["dog"])
    assert (tmp_path / "label-taxonomy" / "vectors.sqlite").is_file()


def test_an_interruption_costs_one_batch(encoder: Encoder, tmp_path: Path) -> None:
    class Failing(Counting):
        def encode(self, texts: Sequence[str]) -> Vectors:
            if self.asked:
                raise KeyboardInterrupt
            return super().encode(texts)

    texts = [f"text {number}" for number in range(3_000)]
    with pytest.raises(KeyboardInterrupt):
        cached(Failing(encoder), texts, tmp_path / "vectors.sqlite")
    counting = Counting(encoder)
    cached(counting, texts, tmp_path / "vectors.sqlite")
    assert 0 < len(counting.asked) < len(texts)


@pytest.mark.parametrize("content", [b"not a database, but long enough to be taken for one" * 20, None])
def test_a_file_that_is_no_cache_is_named_and_left(content: bytes | None, encoder: Encoder, tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite"
    if content is None:
        sqlite3.connect(file).executescript("CREATE TABLE vectors (other)").connection.close()
    else:
        file.write_bytes(content)
    before = file.read_bytes()
    with pytest.raises(InputError, match=r"vectors\.sqlite: cannot keep vectors there"):
        cached(encoder, ["dog"], file)
    assert file.read_bytes() == before


@pytest.mark.filterwarnings("ignore")
def test_a_sentence_transformer_is_an_encoder(tmp_path: Path, tokens: list[str]) -> None:
    library = pytest.importorskip("sentence_transformers")
    folder = tiny_transformer(library, tmp_path / "tiny", tokens)
    encoder = load(str(folder))
    vectors = encoder.encode(["dog", " ", "traffic light"])
    assert vectors.shape == (3, encoder.dimension) == (3, 16)
    assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1, 0, 1], abs=1e-5)
    assert load(str(shutil.copytree(folder, tmp_path / "copy"))).fingerprint == encoder.fingerprint
    with pytest.raises(InputError, match="cannot load it"):
        load(str(tmp_path))


def tiny_transformer(library: object, folder: Path, tokens: list[str]) -> Path:
    """Make a sentence transformer of one layer and random weights."""
    import transformers

    bert = folder.with_name("bert")
    config = transformers.BertConfig(
        vocab_size=len(tokens), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    transformers.BertModel(config).save_pretrained(bert)
    (bert / "vocab.txt").write_text("\n".join(tokens), encoding="utf-8")
    transformers.BertTokenizer(vocab=str(bert / "vocab.txt")).save_pretrained(bert)
    library.SentenceTransformer(str(bert)).save(str(folder))
    return folder
