"""모든 모델이 함께 지켜야 하는 것. 체커판 행렬 위에서 부름의 약속을 글자 그대로 본다.

모델마다 `Conformance`를 이어받아 `model_class`와 `options`만 채운다.
"""

from __future__ import annotations

import inspect
import io
import pickle
import warnings
import zipfile
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse

import recbook as rb
from recbook.models._base import FactorModel

LOWEST = np.finfo(np.float32).min
SIZE = 20


def checkerboard(size: int = SIZE) -> sparse.csr_matrix:
    """행과 열의 홀짝이 같은 칸이 1이되, 대각선은 비운 행렬.

    사용자 u에게는 u와 홀짝이 같은 아이템 가운데 u만 비어 있으므로 답은 u입니다.
    """
    rows, columns = np.indices((size, size))
    board = ((rows + columns) % 2 == 0) & (rows != columns)
    return sparse.csr_matrix(board.astype(np.float32))


def hide_nothing(model, user, **options):
    return model.recommend(user, None, filter_already_liked_items=False, **options)


class Conformance:
    model_class: ClassVar[Any]
    # 체커판을 배우기에 넉넉한 설정
    options: ClassVar[dict[str, Any]] = {}
    # 하나씩 바꾸면 결과가 달라져야 하는 인자
    variations: ClassVar[dict[str, Any]] = {}
    # 바꾸어도 결과가 그대로여야 하는 인자
    without_effect: ClassVar[dict[str, Any]] = {}
    # 빈 행렬에서도 학습하는지(평점 모델은 관측한 칸이 있어야 합니다)
    learns_from_nothing: ClassVar[bool] = True
    # 저장한 0도 관측으로 치는지
    zeros_count: ClassVar[bool] = False

    @classmethod
    def make(cls, **changes: Any) -> Any:
        return cls.model_class(**{**cls.options, **changes})

    @pytest.fixture(scope="class")
    @classmethod
    def board(cls):
        return checkerboard()

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls, board):
        return cls.make().fit(board)

    def learned(self, model) -> dict[str, bytes]:
        """배운 것 전부. 걸린 시간은 뺍니다."""
        names = [name for name in model._LEARNED if name != "history_"]
        parts = {name: np.asarray(getattr(model, name)).tobytes() for name in names}
        for column in model.history_.dtype.names or ():
            if column != "seconds":
                parts[column] = model.history_[column].tobytes()
        return parts

    # ── 추천 ────────────────────────────────────────────────────────────────

    def test_answer_types_and_order(self, model, board):
        ids, scores = model.recommend(3, board[3])
        assert (ids.dtype, scores.dtype) == (np.int32, np.float32)
        assert ids.shape == scores.shape == (10,)
        assert (np.diff(scores) <= 0).all()
        assert len(set(ids.tolist())) == 10
        assert not set(ids.tolist()) & set(board[3].indices.tolist())

    def test_order_is_score_then_lower_id(self, model, board):
        ids, scores = hide_nothing(model, 4, N=SIZE)
        assert sorted(ids.tolist()) == list(range(SIZE))
        expected = np.lexsort((ids, -scores))
        np.testing.assert_array_equal(expected, np.arange(SIZE))

    def test_batch_is_a_loop_over_single_users(self, model, board):
        users = np.array([7, 0, 7, 13])
        ids, scores = model.recommend(users, board[users], N=5)
        assert ids.shape == scores.shape == (4, 5)
        for row, user in enumerate(users):
            one_ids, one_scores = model.recommend(int(user), board[user], N=5)
            np.testing.assert_array_equal(ids[row], one_ids)
            np.testing.assert_array_equal(scores[row], one_scores)

    def test_many_users_need_several_tiles(self, model, board, monkeypatch):
        whole = model.recommend(np.arange(SIZE), board)
        monkeypatch.setattr("recbook.models._base._TILE", 3 * SIZE)
        for before, after in zip(
            whole, model.recommend(np.arange(SIZE), board), strict=True
        ):
            np.testing.assert_array_equal(before, after)

    def test_empty_batch(self, model, board):
        ids, scores = model.recommend(np.array([], int), board[:0])
        assert ids.shape == scores.shape == (0, 10)

    def test_filters(self, model, board):
        kept, _ = hide_nothing(model, 2, N=SIZE)
        assert set(board[2].indices.tolist()) <= set(kept.tolist())
        gone = [0, 2, 5]
        ids, _ = model.recommend(2, board[2], N=SIZE, filter_items=gone)
        rest = set(range(SIZE)) - set(board[2].indices.tolist()) - set(gone)
        assert set(ids.tolist()) == rest
        batch, _ = model.recommend(np.array([2]), board[2], N=SIZE, filter_items=gone)
        assert set(batch[0][batch[0] >= 0].tolist()) == rest

    def test_larger_n_than_the_catalogue(self, model, board):
        available = SIZE - board[1].nnz
        ids, scores = model.recommend(1, board[1], N=1000)
        assert len(ids) == len(scores) == available
        ids, scores = model.recommend(np.array([1]), board[1], N=1000)
        assert ids.shape == (1, SIZE)
        assert (ids[0, available:] == -1).all()
        assert (scores[0, available:] == LOWEST).all()
        assert (ids[0, :available] >= 0).all()

    def test_items_all_come_back(self, model, board):
        liked = int(board[3].indices[0])
        other = [0, 2, 4]
        items = [*other, liked]
        ids, scores = model.recommend(3, board[3], N=1, items=items)
        assert set(ids.tolist()) == set(items)
        assert ids[-1] == liked
        assert scores[-1] == LOWEST
        assert (scores[:-1] > LOWEST).all()
        assert (np.diff(scores) <= 0).all()
        open_ids, open_scores = hide_nothing(model, 3, items=items)
        assert set(open_ids.tolist()) == set(items)
        assert (open_scores > LOWEST).all()
        every, every_scores = hide_nothing(model, 3, N=SIZE)
        known = dict(zip(every.tolist(), every_scores.tolist(), strict=True))
        assert known[int(open_ids[0])] == open_scores[0]

    def test_users_in_a_log_of_another_form(self, model, board):
        rows = sparse.csr_array(board)
        ids, _ = model.recommend(3, rows[[3]])
        expected_ids, _ = model.recommend(3, board[3])
        np.testing.assert_array_equal(ids, expected_ids)
        one_dimensional = rows[3]
        if one_dimensional.ndim == 1:
            ids, _ = model.recommend(3, one_dimensional.tocsr())
            np.testing.assert_array_equal(ids, expected_ids)

    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            ({"userid": SIZE}, IndexError, ("userid", str(SIZE))),
            ({"userid": -1}, IndexError, ("userid", "-1")),
            ({"userid": 1.5}, TypeError, ("userid", "정수")),
            ({"userid": [[1]]}, ValueError, ("userid", "1차원")),
            ({"N": 0}, ValueError, ("N", "1 이상")),
            ({"N": 2.5}, TypeError, ("N", "정수")),
            ({"items": [0, SIZE]}, IndexError, ("items", str(SIZE))),
            ({"items": [0, -1]}, IndexError, ("items", "-1")),
            ({"items": [0, 0]}, ValueError, ("items", "한 번씩")),
            ({"filter_items": [SIZE]}, IndexError, ("filter_items",)),
            ({"items": [0], "filter_items": [1]}, ValueError, ("함께",)),
            ({"filter_already_liked_items": 1}, TypeError, ("True나 False",)),
            ({"recalculate_user": "no"}, TypeError, ("True나 False",)),
        ],
    )
    def test_recommend_refuses(self, model, board, arguments, error, words):
        call = {"userid": 1, "user_items": board[1], **arguments}
        with pytest.raises(error) as caught:
            model.recommend(**call)
        for word in words:
            assert word in str(caught.value)

    def test_recommend_takes_csr_rows_of_those_users(self, model, board):
        for wrong in (
            board[1].tocoo(),
            board[1].tocsc(),
            board[1].toarray(),
            None,
            board,
            board[:0],
            board[1, : SIZE - 1],
        ):
            with pytest.raises(ValueError, match="user_items"):
                model.recommend(1, wrong)
        broken = board[1].copy()
        broken.indices = broken.indices.copy()
        broken.indices[0] = SIZE + 5
        with pytest.raises(ValueError, match="맞지 않"):
            model.recommend(1, broken)

    def test_recalculated_user(self, model, board):
        users = np.arange(SIZE)
        if not model._REPRODUCES:
            with pytest.raises(NotImplementedError, match="recalculate_user"):
                model.recommend(users, board, recalculate_user=True)
            return
        ids, scores = model.recommend(users, board, N=SIZE, recalculate_user=True)
        again = dict(zip(ids[5].tolist(), scores[5].tolist(), strict=True))
        ids, scores = model.recommend(users, board, N=SIZE)
        for item, score in zip(ids[5].tolist(), scores[5].tolist(), strict=True):
            assert again[item] == pytest.approx(score, abs=5e-4)
        alone, _ = model.recommend(10**6, board[5], recalculate_user=True)
        np.testing.assert_array_equal(alone, model.recommend(5, board[5])[0])

    # ── 학습에 주는 것 ───────────────────────────────────────────────────────

    def test_not_fitted_yet(self, board):
        model = self.make()
        with pytest.raises(RuntimeError, match="fit"):
            model.recommend(0, board[0])

    @pytest.mark.parametrize("format_", ["csc", "coo", "lil"])
    def test_other_sparse_formats_with_a_warning(self, model, board, format_):
        with pytest.warns(UserWarning, match="CSR") as caught:
            other = self.make().fit(board.asformat(format_))
        assert caught[0].filename == __file__
        assert self.learned(other) == self.learned(model)

    @pytest.mark.parametrize(
        "dtype", [bool, np.int8, np.int32, np.int64, np.uint16, np.float64]
    )
    def test_number_types(self, model, board, dtype):
        assert self.learned(self.make().fit(board.astype(dtype))) == self.learned(model)

    def test_storage_does_not_matter(self, model, board):
        coo = board.tocoo()
        order = np.random.default_rng(0).permutation(coo.nnz)
        # 절반씩 나누어 두 번 적고, 행 안의 순서를 뒤섞고, 자리를 int64로 적습니다.
        halves = np.concatenate([coo.data[order] / 2, coo.data[order] / 2])
        rows, columns = np.tile(coo.row[order], 2), np.tile(coo.col[order], 2)
        by_row = np.argsort(rows, kind="stable")
        indptr = np.append(0, np.cumsum(np.bincount(rows, minlength=SIZE)))
        messy = sparse.csr_matrix(board.shape, dtype=np.float64)
        messy.data, messy.indices = halves[by_row], columns[by_row].astype(np.int64)
        messy.indptr = indptr.astype(np.int64)
        before = messy.data.copy(), messy.indices.copy(), messy.indptr.copy()
        assert self.learned(self.make().fit(messy)) == self.learned(model)
        for old, new in zip(
            before, (messy.data, messy.indices, messy.indptr), strict=True
        ):
            np.testing.assert_array_equal(old, new)

    def test_explicit_zeros(self, model, board):
        zeros = board.copy().tolil()
        zeros = zeros.tocsr()
        filled = sparse.csr_matrix(
            (
                np.append(zeros.tocoo().data, 0.0),
                (np.append(zeros.tocoo().row, 0), np.append(zeros.tocoo().col, 1)),
            ),
            shape=board.shape,
        )
        assert filled.nnz == board.nnz + 1
        same = self.learned(self.make().fit(filled)) == self.learned(model)
        assert same != self.zeros_count
        ids, _ = model.recommend(0, filled[0], N=SIZE)
        assert (1 in ids.tolist()) != self.zeros_count

    def test_input_is_left_alone(self, board):
        frozen = board.copy()
        for part in (frozen.data, frozen.indices, frozen.indptr):
            part.flags.writeable = False
        model = self.make().fit(frozen)
        model.recommend(np.arange(SIZE), frozen)
        model.recommend(2, frozen[2], items=[1, 2])
        assert (frozen != board).nnz == 0

    def test_empty_user_and_empty_item(self, board):
        lonely = board.toarray()
        lonely[5] = 0
        lonely[:, 8] = 0
        table = sparse.csr_matrix(lonely)
        model = self.make().fit(table)
        ids, scores = model.recommend(5, table[5], N=SIZE)
        assert sorted(ids.tolist()) == list(range(SIZE))
        assert np.isfinite(scores).all()

    @pytest.mark.parametrize("shape", [(1, 6), (6, 1), (1, 1)])
    def test_one_user_or_one_item(self, shape):
        table = sparse.csr_matrix(np.ones(shape, np.float32))
        model = self.make().fit(table)
        ids, scores = hide_nothing(model, 0, N=3)
        assert len(ids) == min(3, shape[1])
        assert np.isfinite(scores).all()
        assert len(model.recommend(0, table[0])[0]) == 0

    def test_full_matrix(self):
        table = sparse.csr_matrix(np.full((4, 5), 2, np.float32))
        model = self.make().fit(table)
        ids, scores = model.recommend(np.arange(4), table)
        assert (ids == -1).all()
        assert (scores == LOWEST).all()

    def test_all_zeros(self):
        table = sparse.csr_matrix((4, 5), dtype=np.float32)
        if not self.learns_from_nothing:
            with pytest.raises(ValueError, match="하나도 없"):
                self.make().fit(table)
            return
        model = self.make().fit(table)
        ids, scores = model.recommend(np.arange(4), table, N=5)
        assert np.isfinite(scores).all()
        assert sorted(ids[0].tolist()) == list(range(5))

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (-1.0, ("음수", "(2, 4)")),
            (np.nan, ("NaN", "(2, 4)")),
            (np.inf, ("(2, 4)",)),
        ],
    )
    def test_bad_values(self, board, value, words):
        if value == -1.0 and self.zeros_count:
            pytest.skip("평점 모델은 음수도 받습니다")
        bad = board.copy()
        bad.data[bad.indptr[2] + list(bad[2].indices).index(4)] = value
        model = self.make().fit(board)
        before = self.learned(model)
        with pytest.raises(ValueError, match="user_items") as caught:
            model.fit(bad)
        assert any(word in str(caught.value) for word in words)
        assert "(2, 4)" in str(caught.value)
        assert self.learned(model) == before

    def test_not_a_matrix(self, board):
        model = self.make()
        for wrong, error in (
            (np.ones(5), ValueError),
            (np.ones((2, 2, 2)), ValueError),
            (np.array([["가", "나"]]), TypeError),
            ([[1, 2], [3]], ValueError),
        ):
            with pytest.raises(error, match="user_items"):
                model.fit(wrong)
        broken = board.copy()
        broken.indices = broken.indices.copy()
        broken.indices[0] = SIZE
        with pytest.raises(ValueError, match="맞지 않"):
            model.fit(broken)

    def test_no_columns(self):
        with pytest.raises(ValueError, match="user_items"):
            self.make().fit(sparse.csr_matrix((3, 0)))

    # ── 결정성과 인자 ────────────────────────────────────────────────────────

    def test_same_seed_same_bytes(self, model, board):
        assert self.learned(self.make().fit(board)) == self.learned(model)
        again = self.make().fit(board)
        again.fit(board)  # 앞선 학습이 남지 않습니다
        assert self.learned(again) == self.learned(model)

    def test_every_parameter_changes_the_result(self, board):
        names = set(inspect.signature(self.model_class).parameters)
        assert names == {*self.variations, *self.without_effect}
        random = np.random.default_rng(4)
        counts = sparse.csr_matrix(
            board.multiply(random.integers(1, 9, board.shape)), dtype=np.float32
        )
        for name, change in self.variations.items():
            changes = change if isinstance(change, dict) else {name: change}
            before = {key: value for key, value in changes.items() if key != name}
            self.check_effect(name, before, changes, counts)
        usual = self.learned(self.make().fit(counts))
        for name, value in self.without_effect.items():
            same = self.learned(self.make(**{name: value}).fit(counts))
            assert same == usual, name

    def check_effect(self, name, before, changes, counts):
        usual = self.learned(self.make(**before).fit(counts))
        assert self.learned(self.make(**changes).fit(counts)) != usual, name

    def test_parameters_are_kept_and_printed(self):
        model = self.make()
        text = repr(model)
        assert text.startswith(f"{self.model_class.__name__}(")
        for name in inspect.signature(self.model_class).parameters:
            assert hasattr(model, name)
            assert f"{name}=" in text

    # ── 저장 ─────────────────────────────────────────────────────────────────

    def test_save_and_load(self, model, board, tmp_path):
        for saved in (model, self.make()):
            path = tmp_path / "모델"
            saved.save(path)
            assert path.is_file()
            assert [each.name for each in tmp_path.iterdir()] == ["모델"]
            loaded = self.model_class.load(path)
            assert repr(loaded) == repr(saved)
            assert self.learned(loaded) == self.learned(saved)
        model.save(str(path))
        loaded = self.model_class.load(str(path))
        for before, after in zip(
            model.recommend(np.arange(SIZE), board),
            loaded.recommend(np.arange(SIZE), board),
            strict=True,
        ):
            np.testing.assert_array_equal(before, after)

    def test_save_to_a_file_object(self, model):
        file = io.BytesIO()
        model.save(file)
        file.seek(0)
        assert self.learned(self.model_class.load(file)) == self.learned(model)
        file.seek(0)
        with np.load(file, allow_pickle=False) as arrays:  # pickle이 없습니다
            assert all(arrays[name].dtype.kind != "O" for name in arrays.files)

    def test_pickle(self, model, board):
        again = pickle.loads(pickle.dumps(model))
        assert self.learned(again) == self.learned(model)
        assert repr(again) == repr(model)

    def test_failed_save_keeps_the_old_file(self, model, tmp_path, monkeypatch):
        path = tmp_path / "model.npz"
        model.save(path)
        before = path.read_bytes()

        def fails(file, **arrays):
            file.write(b"half")
            raise OSError("디스크가 찼습니다")

        monkeypatch.setattr(np, "savez", fails)
        with pytest.raises(OSError, match="디스크"):
            model.save(path)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]

    def test_damaged_or_foreign_files_are_refused(self, model, tmp_path):
        path = tmp_path / "model.npz"
        model.save(path)
        whole = path.read_bytes()
        foreign = io.BytesIO()
        np.savez(foreign, numbers=np.arange(3))
        objects = io.BytesIO()
        np.savez(objects, about=np.array([{"model": "x"}], dtype=object))
        text = io.BytesIO()
        with zipfile.ZipFile(text, "w") as archive:
            archive.writestr("about.txt", "모델이 아닙니다")
        for content in (
            b"",
            b"PK\x03\x04",
            whole[: len(whole) // 2],
            whole[:-30],
            foreign.getvalue(),
            objects.getvalue(),
            text.getvalue(),
            pickle.dumps(model),
        ):
            path.write_bytes(content)
            with pytest.raises(ValueError, match=r"model\.npz"):
                self.model_class.load(path)
        with pytest.raises(FileNotFoundError):
            self.model_class.load(tmp_path / "없는 파일")

    def test_altered_files_are_refused(self, model, tmp_path):
        path = tmp_path / "model.npz"

        def rewrite(change):
            model.save(path)
            with np.load(path) as file:
                arrays = {name: file[name] for name in file.files}
            change(arrays)
            with path.open("wb") as file:
                np.savez(file, **arrays)

        learned = [f"learned_{name}" for name in model._LEARNED if name != "history_"]
        arrays = [name for name in learned if np.ndim(getattr(model, name[8:]))]

        def drop(name):
            return lambda parts: parts.pop(name)

        def replace(name, value):
            return lambda parts: parts.update({name: value(parts[name])})

        def about(old, new):
            def change(parts):
                text = bytes(parts["about"]).decode().replace(old, new)
                parts["about"] = np.frombuffer(text.encode(), np.uint8)

            return change

        name = self.model_class.__name__
        changes = [
            drop("about"),
            drop(learned[0]),
            about(name, "Stranger"),
            about('"format": 1', '"format": 99'),
            about('"settings": {', '"settings": {"nonsense": 1, '),
            *(replace(each, lambda a: a.astype("U8")) for each in arrays),
            *(replace(each, lambda a: a[..., None]) for each in arrays),
            lambda parts: parts.update(learned_stranger=np.zeros(2)),
        ]
        floats = [each for each in arrays if getattr(model, each[8:]).dtype.kind == "f"]
        changes += [replace(each, lambda a: a * np.nan) for each in floats]
        for change in changes:
            rewrite(change)
            with pytest.raises(ValueError, match=r"model\.npz"):
                self.model_class.load(path)

    # ── 아무 행렬에서나 ──────────────────────────────────────────────────────

    # 모델마다 이어받아 돌리므로 실행하는 클래스가 여럿입니다.
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(data=st.data())
    def test_any_small_matrix(self, data):
        n, m = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 7))
        cells = data.draw(st.lists(st.integers(0, 5), min_size=n * m, max_size=n * m))
        table = sparse.csr_matrix(np.array(cells, np.float32).reshape(n, m))
        if not table.nnz and not self.learns_from_nothing:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = self.make().fit(table)
        N = data.draw(st.integers(1, 9))
        ids, scores = model.recommend(np.arange(n), table, N=N)
        assert ids.shape == (n, min(N, m))
        assert not np.isnan(scores).any()
        assert (np.diff(scores, axis=1) <= 0).all()
        full_ids, _ = hide_nothing(model, np.arange(n), N=m)
        for u in range(n):
            liked = set(table[u].indices.tolist())
            shown = ids[u][ids[u] >= 0].tolist()
            order = [i for i in full_ids[u].tolist() if i not in liked]
            assert shown == order[: len(shown)]
            assert len(shown) == min(N, m - len(liked))


class FactorConformance(Conformance):
    """잠재 벡터를 되풀이해서 배우는 모델이 더 지켜야 하는 것."""

    def test_finds_the_missing_square(self, model, board):
        ids, _ = model.recommend(np.arange(SIZE), board, N=1)
        np.testing.assert_array_equal(ids[:, 0], np.arange(SIZE))

    def test_scores_are_the_formula(self, model, board):
        ids, scores = hide_nothing(model, np.arange(SIZE), N=SIZE)
        table = (
            model.user_factors.astype(float) @ model.item_factors.astype(float).T
            + model.user_biases[:, None]
            + model.item_biases
            + getattr(model, "mean_", 0.0)
        )
        np.testing.assert_allclose(
            scores, np.take_along_axis(table, ids.astype(int), 1), rtol=1e-4, atol=1e-5
        )

    def test_similar_items(self, model, board):
        ids, scores = model.similar_items(np.arange(SIZE), N=SIZE)
        np.testing.assert_array_equal(ids[:, 0], np.arange(SIZE))
        assert (scores[:, 0] == 1).all()
        assert ((scores <= 1) & (scores >= -1)).all()
        assert (np.diff(scores, axis=1) <= 0).all()
        # 같은 색 칸끼리 비슷합니다.
        half = ids[:, 1 : SIZE // 2] % 2 == np.arange(SIZE)[:, None] % 2
        assert half.mean() > 0.95
        Y = model.item_factors.astype(float)
        lengths = np.linalg.norm(Y, axis=1)
        cosine = Y @ Y.T / np.outer(lengths, lengths)
        expected = np.take_along_axis(cosine, ids.astype(int), 1)
        np.testing.assert_allclose(scores, expected, atol=1e-5)

    def test_empty_ones_are_nobodys_neighbour(self, board):
        lonely = board.toarray()
        lonely[5] = 0
        lonely[:, 8] = 0
        model = self.make().fit(sparse.csr_matrix(lonely))
        ids, _ = model.similar_items(np.arange(SIZE), N=SIZE)
        for item, row in enumerate(ids):
            assert (8 in row.tolist()) == (item == 8)
        assert model.similar_items(8, N=SIZE)[0].tolist() == [8]
        assert 5 not in model.similar_users(0, N=SIZE)[0].tolist()

    def test_no_vectors_before_fit(self):
        model = self.make()
        for name in ("user_factors", "item_factors", "user_biases", "item_biases"):
            assert getattr(model, name) is None
        with pytest.raises(RuntimeError, match="fit"):
            model.similar_items(0)
        with pytest.raises(RuntimeError, match="fit"):
            model.similar_users(0)

    def test_similar_users(self, model, board):
        ids, scores = model.similar_users(4, N=5)
        assert ids[0] == 4
        assert scores[0] == 1
        assert ids.shape == scores.shape == (5,)
        assert (ids[1:] % 2 == 0).all()
        ids, scores = model.similar_users(4, users=[1, 2, 4])
        assert ids.tolist()[0] == 4
        assert set(ids.tolist()) == {1, 2, 4}
        ids, _ = model.similar_users(4, N=SIZE, filter_users=[4, 6])
        assert not {4, 6} & set(ids.tolist())

    def test_similar_items_options(self, model, board):
        batch_ids, batch_scores = model.similar_items(np.array([3, 8]), N=4)
        for row, item in enumerate((3, 8)):
            ids, scores = model.similar_items(item, N=4)
            np.testing.assert_array_equal(batch_ids[row], ids)
            np.testing.assert_array_equal(batch_scores[row], scores)
        ids, _ = model.similar_items(3, N=SIZE, filter_items=[3, 5])
        assert not {3, 5} & set(ids.tolist())
        ids, _ = model.similar_items(3, items=[9, 2, 3])
        assert ids[0] == 3
        assert set(ids.tolist()) == {2, 3, 9}
        for wrong in (SIZE, -1):
            with pytest.raises(IndexError, match="itemid"):
                model.similar_items(wrong)
        with pytest.raises(IndexError, match="items"):
            model.similar_items(0, items=[SIZE])
        item_users = board.T.tocsr()[3]
        if type(model)._fold_in_items is FactorModel._fold_in_items:
            with pytest.raises(NotImplementedError, match="recalculate_item"):
                model.similar_items(3, recalculate_item=True, item_users=item_users)
            return
        ids, scores = model.similar_items(
            3, N=4, recalculate_item=True, item_users=item_users
        )
        # 같은 색 칸끼리는 거의 똑같이 비슷해서 순서는 견주지 않습니다.
        stored = model.similar_items(3, N=4)[1]
        assert ids[0] == 3
        assert (ids % 2 == 1).all()
        np.testing.assert_allclose(scores, stored, atol=1e-2)

    def test_no_seed_differs(self, board):
        one, other = (self.make(random_state=None).fit(board) for _ in range(2))
        assert self.learned(one) != self.learned(other)

    def test_interrupt_leaves_a_whole_iteration(self, board):

        def stop(iteration, seconds, loss):
            assert seconds >= 0
            assert np.isfinite(loss)
            if iteration == 2:
                raise KeyboardInterrupt

        model = self.make()
        with pytest.raises(KeyboardInterrupt):
            model.fit(board, callback=stop)
        assert self.learned(model) == self.learned(self.make(iterations=2).fit(board))
        assert len(model.history_) == 3

    def test_progress_only_when_asked(self, board, capsys):
        self.make().fit(board)
        assert capsys.readouterr() == ("", "")
        self.make().fit(board, progress=True)
        assert "학습" in capsys.readouterr().err


class RankingConformance(FactorConformance):
    """횟수에서 순위를 배우고 스레드를 쓰는 모델이 더 지켜야 하는 것."""

    # 실제 평점에서 인기도의 NDCG@10의 몇 배는 되어야 하는지
    floor: ClassVar[float]

    def test_beats_popularity_on_real_ratings(self):
        """기본값으로. 기본값 말고 꼭 있어야 하는 것은 `options`의 네거티브뿐입니다."""
        given = {"negatives": self.options.get("negatives")}
        given = {name: value for name, value in given.items() if value is not None}
        log = rb.datasets.movielens()
        train, test = rb.split.holdout(log.user_items, 0.1, random_state=0)

        def ndcg(model):
            fitted = model.fit(train)
            return rb.metrics.ranking_metrics_at_k(fitted, train, test)["ndcg"]

        assert ndcg(self.model_class(**given)) >= self.floor * ndcg(rb.Popularity())

    def test_threads_do_not_matter(self, board):
        large = sparse.vstack([board] * 20).tocsr()  # 블록이 여럿이어야 합니다
        results = [
            self.learned(self.make(num_threads=number).fit(large))
            for number in (1, 2, 3, 0)
        ]
        assert all(result == results[0] for result in results)
