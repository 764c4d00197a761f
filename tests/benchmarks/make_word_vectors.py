"""Make the table of word vectors: python tests/benchmarks/make_word_vectors.py TEXT... OUTPUT.npz [--model FOLDER]

Each word piece gets one vector such that the sum of a text's vectors points where the sentence embedding of
all-MiniLM-L6-v2 points (sentence-transformers/all-MiniLM-L6-v2, Apache-2.0; its word pieces are those of BERT, also
Apache-2.0). The length of a vector is thereby what the piece weighs in a text. The sentence embeddings are cut to their
first principal components, so the columns are sorted by how much they tell.

TEXT...   plain English, one sentence or phrase a line; some ten thousand are enough. The table in the package was made
          from the knowledge files (9,500 lines) and 20,000 lines and parts of lines out of BYU's open chit-chat
          dialogues, examples and glosses of WordNet, Debian's package descriptions, fortune cookies, ChatterBot's
          English dialogues and Python's docstrings; no sentence of a public intent data set was among them
OUTPUT    `pieces`: UTF-8 text, a piece a line; `vectors`: int8, piece x column; `scales`: float32, one for each row
--model   a folder with the model, for machines without a network

Needs torch and sentence-transformers, and ten minutes of one core; the program itself needs neither.
"""

import argparse
import random
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MODEL: Final = "sentence-transformers/all-MiniLM-L6-v2"
COLUMNS: Final = 256
LONGEST: Final = 14
"""Words a text may have; longer ones take most of the time and say little about a single word."""
_WORDS_COUNT: Final = 3
"""How often a single word is among the texts: people who type only a few words leave no context to lean on."""
_EPOCHS: Final = 5
_BATCH: Final = 512
_STEP: Final = 0.002
_RARE: Final = 1e-3
"""A piece of this share of all pieces starts with half the weight of a piece that never occurs."""


def short_texts(lines: Iterable[str], chance: random.Random) -> list[str]:
    """The lines that are short enough, and short spans out of them, as people type only parts of sentences."""
    texts = [line.strip().casefold() for line in lines if 0 < len(line.split()) <= LONGEST]
    for _ in range(len(texts) // 3):
        words = chance.choice(texts).split()
        size = chance.randint(1, 4)
        start = chance.randrange(max(1, len(words) - size + 1))
        texts.append(" ".join(words[start : start + size]))
    return list(dict.fromkeys(texts))


def cut(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first principal components of unit vectors, as unit vectors again."""
    _, axes = np.linalg.eigh(embeddings.T @ embeddings)
    turned = embeddings @ axes[:, ::-1][:, :COLUMNS]
    unit: NDArray[np.float32] = (turned / np.linalg.norm(turned, axis=1, keepdims=True)).astype(np.float32)
    return unit


def first_guess(pieces: int, ids: Sequence[Sequence[int]], targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each piece that is a text of its own as the model sees it, common ones shortened; all others nothing."""
    counts = np.bincount(np.concatenate([np.array(each, dtype=np.int64) for each in ids]), minlength=pieces)
    weights = _RARE / (_RARE + counts / counts.sum())
    table = np.zeros((pieces, COLUMNS), dtype=np.float32)
    for each, target in zip(ids, targets, strict=True):
        if len(each) == 1:
            table[each[0]] = weights[each[0]] * target
    return table


def fitted(
    ids: Sequence[Sequence[int]], targets: NDArray[np.float32], table: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The table after descending on the angle between the sums of its rows and the targets."""
    torch: Any = import_module("torch")  # here, for whoever only wants --help or the checks has no torch
    torch.manual_seed(1)
    bag = torch.nn.EmbeddingBag.from_pretrained(torch.from_numpy(table.copy()), freeze=False, mode="sum")
    descent = torch.optim.Adam(bag.parameters(), lr=_STEP)
    pace = torch.optim.lr_scheduler.CosineAnnealingLR(descent, _EPOCHS * (len(ids) // _BATCH + 1))
    wanted = torch.from_numpy(targets)
    for epoch in range(_EPOCHS):
        total = 0.0
        for rows in torch.randperm(len(ids)).split(_BATCH):
            chosen = [ids[row] for row in rows]
            starts = torch.tensor([0, *(len(each) for each in chosen)]).cumsum(0)[:-1]
            sums = bag(torch.tensor([number for each in chosen for number in each]), starts)
            loss = 1 - torch.nn.functional.cosine_similarity(sums, wanted[rows]).mean()
            descent.zero_grad()
            loss.backward()
            descent.step()
            pace.step()
            total += loss.item() * len(rows)
        sys.stderr.write(f"epoch {epoch + 1}: mean cosine {1 - total / len(ids):.4f}\n")
    found: NDArray[np.float32] = bag.weight.detach().numpy()
    return found


def packed(pieces: Sequence[str], table: NDArray[np.float32], output: Path) -> None:
    """Write the table in 8 bits per number, without the pieces that have no vector."""
    kept = np.flatnonzero(np.linalg.norm(table, axis=1) > 0)
    scales = np.abs(table[kept]).max(axis=1) / 127
    np.savez(
        output,
        pieces=np.frombuffer("\n".join(pieces[each] for each in kept.tolist()).encode(), dtype=np.uint8),
        vectors=np.rint(table[kept] / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
    )


def main() -> None:
    """Read the texts, ask the model, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("output", type=Path)
    parser.add_argument("--model", default=MODEL)
    arguments = parser.parse_args()
    model: Any = import_module("sentence_transformers").SentenceTransformer(arguments.model, device="cpu")
    vocabulary: dict[str, int] = model.tokenizer.get_vocab()
    pieces = sorted(vocabulary, key=vocabulary.__getitem__)
    words = [piece for piece in pieces if piece.isascii() and piece.isalpha()]
    lines = [line for path in arguments.texts for line in path.read_text(encoding="utf-8").splitlines()]
    texts = list(dict.fromkeys([*words, *short_texts(lines, random.Random(1))]))
    embeddings = model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=True)
    targets, ids = cut(embeddings), model.tokenizer(texts, add_special_tokens=False)["input_ids"]
    guess = first_guess(len(pieces), ids, targets)
    rows = [*range(len(words))] * (_WORDS_COUNT - 1) + [row for row, each in enumerate(ids) if each]
    packed(pieces, fitted([ids[row] for row in rows], targets[rows], guess), arguments.output)


if __name__ == "__main__":
    main()
