"""잴 자료: 만들고, 나누고, 두 구현이 함께 읽을 파일로 적어 둡니다.

    전체 ── 10% ──→ test                      마지막에 한 번 잽니다
      └──→ train ── 10% ──→ valid             설정을 고릅니다
              └──→ fit

나눌 때는 칸(원소)을 고르게 뽑습니다. 시드는 `SEED` 하나입니다.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT, say

FOLDER = ROOT / "_build" / "bench"
SEED = 20140901
HELD_OUT = 0.1


@dataclass(frozen=True)
class Size:
    """시뮬레이터에게 시킬 크기."""

    n_users: int
    n_items: int
    artists_per_user: float


# 청취자 한 사람이 평균 210명을 들으면 기록은 약 100만 칸입니다.
FULL = Size(6_000, 4_000, 210.0)
QUICK = Size(600, 400, 50.0)


@dataclass(frozen=True)
class Parts:
    """나눈 자료의 파일과 크기."""

    name: str
    title: str
    about: dict[str, Any]
    paths: dict[str, str]

    def load(self, bench: Any) -> None:
        """재는 프로세스에 두 벌을 읽힙니다: 이 이름은 test, 뒤에 :valid는 valid."""
        bench.ask(
            "load",
            data=self.name,
            train=self.paths["train"],
            test=self.paths["test"],
        )
        bench.ask(
            "load",
            data=self.tuning,
            train=self.paths["fit"],
            test=self.paths["valid"],
        )

    def table(self, part: str) -> Any:
        """나눈 것 하나: train, test, fit, valid."""
        from scipy import sparse

        return sparse.load_npz(self.paths[part])

    @property
    def tuning(self) -> str:
        """설정을 고를 때 쓰는 자료의 이름."""
        return f"{self.name}:valid"


def simulated(size: Size) -> Parts:
    """청취 시뮬레이터의 기록. 한 번 만들어 시뮬레이터가 바뀔 때까지 다시 씁니다."""
    stamp = _digest(repr((size, SEED, HELD_OUT)).encode(), *_sources("simulate"))
    name = f"listening-{size.n_users}x{size.n_items}-{stamp}"

    def make() -> Any:
        from recbook import simulate

        log = simulate.listening(
            n_users=size.n_users,
            n_items=size.n_items,
            artists_per_user=size.artists_per_user,
            random_state=SEED,
        ).log
        return log.user_items

    title = f"청취 시뮬레이터 {size.n_users:,}×{size.n_items:,}(시드 {SEED})"
    return _split(name, title, make)


def shipped() -> Parts:
    """책에 실은 작은 청취 기록."""

    def make() -> Any:
        from recbook import datasets

        return datasets.listening().user_items

    return _split("shipped", "책에 실은 청취 기록", make, keep=False)


def movielens(path: str | None) -> Parts:
    """MovieLens. 평점이 있으면 상호작용으로 봅니다."""

    def make() -> Any:
        from recbook import datasets

        return datasets.movielens(path).user_items

    edition = "2016년판" if path is None else Path(path).name
    return _split("movielens", f"MovieLens({edition})", make, keep=False)


def _split(name: str, title: str, make: Callable[[], Any], keep: bool = True) -> Parts:
    from scipy import sparse

    from recbook import split

    folder = FOLDER / "data"
    folder.mkdir(parents=True, exist_ok=True)
    paths = {
        part: folder / f"{name}-{part}.npz"
        for part in ("train", "test", "fit", "valid")
    }
    if not keep or not all(path.exists() for path in paths.values()):
        say(f"자료를 만듭니다: {title}")
        train, test = split.holdout(make(), HELD_OUT, random_state=SEED)
        fit, valid = split.holdout(train, HELD_OUT, random_state=SEED + 1)
        tables = {"train": train, "test": test, "fit": fit, "valid": valid}
        for part, table in tables.items():
            sparse.save_npz(paths[part], sparse.csr_matrix(table))
    train, test = (sparse.load_npz(paths[part]) for part in ("train", "test"))
    about = {
        "users": train.shape[0],
        "items": train.shape[1],
        "train": train.nnz,
        "test": test.nnz,
        "density": (train.nnz + test.nnz) / (train.shape[0] * train.shape[1]),
        "seed": SEED,
        "digest": _digest(*(path.read_bytes() for path in paths.values())),
    }
    return Parts(name, title, about, {part: str(path) for part, path in paths.items()})


def sources_digest() -> str:
    """학습과 지표의 소스. 바뀌면 고른 설정도 다시 고릅니다."""
    return _digest(*_sources("kernels"), *_sources("models"), *_sources("metrics"))


def _sources(name: str) -> list[bytes]:
    """recbook의 모듈이나 폴더 `name`에 든 소스."""
    package = ROOT / "recbook"
    paths = [*package.glob(f"{name}.py"), *(package / name).rglob("*.py")]
    return [path.read_bytes() for path in sorted(paths)]


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:12]
