"""벤치마크의 틀: 번갈아 재는 순서, 비율의 통계, 같은 일을 시키는 설정, 결과의 꼴.

얼마나 빠른지는 여기서 확인하지 않는다.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re

import numpy as np
import pytest
from scipy import sparse

import recbook as rb
from benchmarks import (
    browser,
    environment,
    page,
    quality,
    report,
    rows,
    run,
    timing,
    workload,
)
from benchmarks.__main__ import arguments
from benchmarks.timing import Ratio, Row, Variant
from benchmarks.workers import OURS, PEER, Worker, WorkerError, timed, transformed

A1 = Variant("a-1", OURS, 1, "가", {}, quality=True)
B1 = Variant("b-1", PEER, 1, "나", {}, quality=True)
A2 = Variant("a-2", OURS, 2, "가", {})


# ── 번갈아 재기와 통계 ───────────────────────────────────────────────────────


def test_every_round_measures_the_variants_in_turn():
    asked = []

    def measure(variant, number):
        asked.append((variant.key, number))
        return {"cpu": float(len(asked))}

    runs = timing.interleave([A1, B1, A2], 2, measure)
    assert asked == [
        *(("a-1", 0), ("b-1", 0), ("a-2", 0)),
        *(("a-1", 1), ("b-1", 1), ("a-2", 1)),
    ]
    assert [run["cpu"] for run in runs["b-1"]] == [2.0, 5.0]


def runs_of(cpu_a, cpu_b):
    return {
        "a-1": [{"cpu": cpu, "wall": 1.0} for cpu in cpu_a],
        "b-1": [{"cpu": cpu, "wall": 2.0} for cpu in cpu_b],
    }


def test_a_ratio_pairs_runs_of_the_same_round():
    row = Row("r", "줄", [A1, B1], [Ratio("나 ÷ 가", "b-1", "a-1", "cpu", 4.0)])
    # 차례마다 6, 2, 5배. 중앙값끼리 나누면 40 ÷ 10 = 4로 다르다.
    runs = runs_of([10.0, 20.0, 5.0], [60.0, 40.0, 25.0])
    (ratio,) = timing.ratios(row, runs)
    assert ratio["values"] == [6.0, 2.0, 5.0]
    assert (ratio["median"], ratio["low"], ratio["high"]) == (5.0, 2.0, 6.0)
    assert (ratio["goal"], ratio["quantity"]) == (4.0, "cpu")


def test_the_quantity_chooses_cpu_or_wall():
    row = Row("r", "줄", [A1, B1], [Ratio("나 ÷ 가", "b-1", "a-1", "wall")])
    (ratio,) = timing.ratios(row, runs_of([1.0], [9.0]))
    assert ratio["values"] == [2.0]


def test_ratios_without_the_peer_are_left_out():
    row = Row(
        "r",
        "줄",
        [A1, B1],
        [
            Ratio("나 ÷ 가", "b-1", "a-1", "cpu"),
            Ratio("가 ÷ 가", "a-1", "a-1", "cpu"),
        ],
    )
    runs = {"a-1": runs_of([3.0], [1.0])["a-1"]}
    assert [ratio["label"] for ratio in timing.ratios(row, runs)] == ["가 ÷ 가"]


def test_the_median_of_an_even_number_is_the_middle():
    assert timing.summary([4.0, 1.0, 2.0, 9.0])["median"] == 3.0


def test_timed_returns_the_result_and_both_clocks():
    result, clocks = timed(lambda: 42)
    assert result == 42
    assert set(clocks) == {"cpu", "wall"}


# ── 같은 일을 시키는 설정 ────────────────────────────────────────────────────


def test_peer_draws_by_hand():
    # min(4 + 2, 3 × 수): 0, 3, 6, 6
    assert rows.peer_draws([0, 1, 2, 40], factors=4, neg_prop=3) == 15


@pytest.fixture
def table():
    random = np.random.default_rng(3)
    dense = random.integers(1, 50, (40, 25)) * (random.random((40, 25)) < 0.2)
    return sparse.csr_matrix(dense.astype(np.float32))


def test_equal_negatives_cover_the_side_that_draws_more(table):
    negatives = rows.equal_negatives(table, factors=4, neg_prop=30)
    dense = table.toarray() > 0
    sides = [
        sum(min(6, 30 * int(line.sum())) for line in matrix)
        for matrix in (dense, dense.T)
    ]
    assert negatives * dense.sum() == pytest.approx(max(sides))


SAMPLED = {"factors": 4, "regularization": 3.0, "iterations": 2}


@pytest.mark.parametrize("make", [rows.sampled_lmf, rows.popular_lmf])
def test_the_sampled_model_draws_as_many_as_the_peer(make, table):
    fit = make(SAMPLED | {"alpha": 0.3}, table)
    model = getattr(rb, fit["model"])(**fit["parameters"]).fit(table)
    cells = table.shape[0] * table.shape[1]
    pool = cells - table.nnz if make is rows.sampled_lmf else cells
    drawn = model.share_ * pool  # 어느 쪽에서나 뽑는 수의 기댓값
    dense = table.toarray() > 0
    for matrix in (dense, dense.T):
        assert drawn >= rows.peer_draws(matrix.sum(axis=1), 4, rows.NEG_PROP) - 1e-6
    assert model.alpha_ == pytest.approx(0.3 * model.share_)


def test_the_peer_gets_its_scale_as_values(table):
    peer = rows.peer_lmf(SAMPLED | {"scale": 0.3}, table)
    assert peer["values"] == {"log": True, "scale": 0.3, "offset": 0.0}
    assert "scale" not in peer["parameters"]


def test_both_sides_choose_among_as_many_candidates():
    pairs = (quality.SAMPLED, quality.PEER_SAMPLED), (quality.ALS, quality.PEER_ALS)
    pairs += ((quality.POPULAR, quality.PEER_SAMPLED),)
    for ours, peer in pairs:
        first, second = (list(quality.combinations(side.grid)) for side in (ours, peer))
        assert len(first) == len(second) > 1


def test_both_sides_of_a_duel_share_their_settings(table):
    peer = rows.peer_lmf(SAMPLED | {"scale": 0.3}, table)
    sampled = [
        rows.sampled(make(SAMPLED, table), peer)
        for make in (rows.sampled_lmf, rows.popular_lmf)
    ]
    assert len({row.name for row in sampled}) == 2
    for row in (*sampled, rows.als_cg(32), rows.recommend(64)):
        first, second, third, fourth = row.variants
        assert [(each.side, each.threads) for each in row.variants] == [
            *((OURS, 1), (PEER, 1)),
            *((OURS, 2), (PEER, 2)),
        ]
        assert (first.fit, second.fit) == (third.fit, fourth.fit)
        ours, theirs = first.fit["parameters"], second.fit["parameters"]
        for name in ("factors", "iterations", "regularization"):
            assert ours[name] == theirs[name]


def test_the_peer_gets_the_confidence_of_the_formula(table):
    before = table.copy()
    given = transformed(table, log=True, scale=10.0, offset=1.0)
    expected = 1 + 10 * np.log(1 + table.toarray()[table.toarray() > 0])
    np.testing.assert_allclose(given.toarray()[given.toarray() > 0], expected, 1e-6)
    assert given.dtype == np.float32
    assert (before != table).nnz == 0
    plain = transformed(table, log=False, scale=2.0, offset=0.0)
    np.testing.assert_allclose(plain.toarray(), 2 * table.toarray())


def test_peer_als_takes_alpha_as_values():
    given = {"factors": 8, "alpha": 10.0, "confidence": "log"}
    fit = rows.peer_als(given, None)
    assert fit["parameters"] == {"factors": 8}
    assert given["alpha"] == 10.0
    assert fit["values"] == {"log": True, "scale": 10.0, "offset": 1.0}


# ── 설정 고르기 ──────────────────────────────────────────────────────────────


def test_combinations_of_a_grid():
    grid = {"factors": (8, 16), "alpha": (1.0, 2.0)}
    assert list(quality.combinations(grid)) == [
        {"factors": 8, "alpha": 1.0},
        {"factors": 8, "alpha": 2.0},
        {"factors": 16, "alpha": 1.0},
        {"factors": 16, "alpha": 2.0},
    ]


def test_the_best_is_the_first_of_the_highest():
    tried = [{"n": 0, "ndcg": 0.1}, {"n": 1, "ndcg": 0.3}, {"n": 2, "ndcg": 0.3}]
    assert quality.best(tried)["n"] == 1


# ── 재는 프로세스 ────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def worker():
    with Worker(OURS) as bench:
        yield bench


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """다섯 사람이 모두 좋아하는 것 하나를 두 사람에게서만 뗀, 답을 아는 자료."""
    folder = tmp_path_factory.mktemp("parts")
    train = np.zeros((5, 6), np.float32)
    train[:, 1] = 1  # 모두가 고름
    train[2:, 4] = 3  # 0번과 1번에게서 뗌
    test = np.zeros_like(train)
    test[:2, 4] = 3
    paths = {}
    for part, matrix in (
        *(("train", train), ("test", test)),
        *(("fit", train), ("valid", test)),
    ):
        paths[part] = str(folder / f"{part}.npz")
        sparse.save_npz(paths[part], sparse.csr_matrix(matrix))
    about = {
        "users": 5,
        "items": 6,
        "train": 8,
        "test": 2,
        "density": 10 / 30,
        "seed": 0,
        "digest": "손으로",
    }
    return workload.Parts("hand", "손으로 만든 자료", about, paths)


def test_a_worker_trains_and_grades(worker, parts):
    parts.load(worker)
    popularity = rows.popularity({"count": "users"}, None)
    clocks = worker.ask("fit", data="hand", **popularity, seed=None, threads=None)
    assert set(clocks) == {"cpu", "wall"}
    # 뗀 아이템이 안 본 것 가운데 가장 인기 있으므로 만점이다.
    assert worker.ask("evaluate", data="hand") == {"ndcg": 1.0, "mpr": 0.0}
    assert {"recbook", "numpy", "numba"} <= set(worker.versions)


def test_a_worker_reports_failures_and_lives_on(worker, parts):
    parts.load(worker)
    wrong = {"model": "Popularity", "parameters": {"count": "가"}, "values": None}
    with pytest.raises(WorkerError, match="recbook: ValueError: count"):
        worker.ask("fit", data="hand", **wrong, seed=None, threads=None)
    popularity = rows.popularity({"count": "values"}, None)
    assert worker.ask("fit", data="hand", **popularity, seed=None, threads=None)


def test_blas_has_one_thread_in_a_worker(worker, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    with Worker(OURS) as bench:
        status = f"/proc/{bench._process.pid}/environ"
        if not os.path.exists(status):
            pytest.skip("프로세스의 환경을 볼 수 없는 운영 체제")
        with open(status, "rb") as file:
            assert b"OPENBLAS_NUM_THREADS=1" in file.read().split(b"\0")


@pytest.mark.skipif(
    importlib.util.find_spec("implicit") is not None, reason="implicit이 깔려 있음"
)
def test_without_the_peer_only_ours_is_measured(capfd):
    sides = run.open_sides()
    for bench in sides.values():
        bench.close()
    assert list(sides) == [OURS]
    assert "recbook만 잽니다" in capfd.readouterr().err


def test_a_row_without_the_peer(worker, parts):
    parts.load(worker)
    row = rows.als_cg(4)
    result = run.measure(row, parts, {OURS: worker}, rounds=4)
    assert [each["key"] for each in result["variants"]] == ["recbook-1", "recbook-2"]
    first, second = result["variants"]
    # 품질은 스레드 하나인 갈래의 처음 세 차례만 잰다.
    assert ["ndcg" in each for each in first["runs"]] == [True, True, True, False]
    assert not any("ndcg" in each for each in second["runs"])
    assert [each["label"] for each in result["ratios"]] == ["recbook: 스레드 1개 ÷ 2개"]
    assert len(result["ratios"][0]["values"]) == 4
    assert result["gap"] is None


def test_recommending_is_measured_without_training(worker, parts):
    parts.load(worker)
    result = run.measure(rows.recommend(4), parts, {OURS: worker}, rounds=2)
    assert result["timed"] == "recommend"
    assert ["ndcg" in each for each in result["variants"][0]["runs"]] == [True, False]


def test_the_chosen_settings_are_kept(worker, parts, tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "FOLDER", tmp_path)
    parts.load(worker)
    contender = next(each for each in quality.CONTENDERS if each.key == "popularity")
    fit, tuned = quality.chosen_fit(contender, parts, worker, quick=False)
    assert [each["point"]["count"] for each in tuned["tried"]] == ["users", "values"]
    assert fit == rows.popularity({"count": "users"}, None)
    (kept,) = (tmp_path / "tuned").iterdir()
    kept.write_text(json.dumps({"best": "적어 둔 것", "tried": []}), encoding="utf-8")
    assert quality.tune(contender, parts, worker, False)["best"] == "적어 둔 것"


# ── 결과의 꼴 ────────────────────────────────────────────────────────────────


def result_of(gap=None, ratio=5.0):
    """손으로 적은 결과."""
    machine = {
        "cpu": "어떤 CPU",
        "processors": 2,
        "system": "Linux x86_64",
        "python": "3.11.7",
        "time": "2026-01-01 00:00:00 +0000",
        "load": 0.5,
    }
    fit = {"model": "LogisticMF", "parameters": {"factors": 8}, "values": None}
    variant = {
        "key": "a-1",
        "label": "recbook",
        "side": OURS,
        "threads": 1,
        "fit": fit,
        "first": {"cpu": 1.0, "wall": 1.0},
        "runs": [
            {"cpu": 2.0, "wall": 2.5, "ndcg": 0.25, "mpr": 8.0},
            {"cpu": 4.0, "wall": 4.5},
            {"cpu": 3.0, "wall": 3.5},
        ],
    }
    summary = {"median": ratio, "low": 1.0, "high": 9.0, "values": [1.0, ratio, 9.0]}
    return {
        "schema": run.SCHEMA,
        "quick": False,
        "rounds": 3,
        "machine": {"before": machine, "after": machine},
        "versions": {OURS: {"recbook": "0.1.0", "numpy": "2.4.6"}},
        "data": {
            "hand": {
                "title": "손으로",
                "users": 5,
                "items": 6,
                "train": 8,
                "test": 2,
                "density": 1 / 3,
                "seed": 0,
                "digest": "x",
            }
        },
        "rows": [
            {
                "name": "r",
                "title": "어떤 줄",
                "timed": "fit",
                "data": "hand",
                "notes": ["맞춘 것"],
                "variants": [variant],
                "gap": gap,
                "ratios": [
                    {
                        "label": "나 ÷ 가",
                        "quantity": "cpu",
                        "goal": 5.0,
                        "over": "b-1",
                        "under": "a-1",
                        **summary,
                    }
                ],
            }
        ],
        "quality": [
            {
                "data": "hand",
                "key": "lmf",
                "side": OURS,
                "label": "어떤 모델",
                "fit": fit,
                "tried": [{"point": {"factors": 8}, "ndcg": 0.2, "mpr": 9.0}],
                "test": [{"ndcg": 0.1, "mpr": 8.0}, {"ndcg": 0.3, "mpr": 6.0}],
            }
        ],
    }


def line_with(text, *words):
    (line,) = (
        line for line in text.splitlines() if all(word in line for word in words)
    )
    return line


def test_the_report_says_what_was_measured():
    text = report.render(result_of())
    ratio = line_with(text, "나 ÷ 가")
    assert "5.00 [1.00–9.00]" in ratio
    assert "≥ 5 | 달성" in ratio
    assert "미달" in line_with(report.render(result_of(ratio=4.999)), "나 ÷ 가")
    times = line_with(text, "| recbook |")
    assert "3.00 [2.00–4.00] | 3.50 [2.50–4.50] | 0.2500 | 8.00" in times
    assert "0.2000 [0.1000–0.3000] | 7.00 [6.00–8.00]" in line_with(
        text, "| 어떤 모델 |"
    )
    assert "implicit이 없어" in text
    assert "`LogisticMF(factors=8)`" in line_with(text, "  - recbook:")


def test_the_report_of_a_quality_gap():
    gap = {
        "of": ["a-1", "a-1"],
        "goal": -0.005,
        "median": -0.006,
        "low": -0.01,
        "high": 0.002,
        "values": [],
    }
    line = line_with(report.render(result_of(gap)), "(NDCG@10)")
    assert "−0.0060 [−0.0100 – +0.0020]" in line
    assert "≥ −0.0050 | 미달" in line


def test_the_report_comes_from_the_json_alone():
    result = result_of()
    again = json.loads(json.dumps(result, ensure_ascii=False))
    assert report.render(again) == report.render(result)


def test_tables_have_as_many_cells_as_their_heads():
    text = report.render(result_of())
    tables = re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE)
    assert len(tables) == 3
    for each in tables:
        assert len({line.count("|") for line in each.splitlines()}) == 1


def test_a_quick_run_says_so():
    assert "시늉" in report.render(result_of() | {"quick": True})
    assert "시늉" not in report.render(result_of())


def test_the_document_holds_everything(worker, parts):
    before = run.machine()
    result = run.document({OURS: worker}, before, 3, True, [parts], [], [])
    assert json.loads(json.dumps(result)) == result
    assert set(result) == set(result_of())
    assert result["data"]["hand"]["title"] == "손으로 만든 자료"
    assert {"cpu", "processors", "system", "python", "time"} <= set(before)


# ── 명령과 환경 ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "rounds", "quick"),
    [([], 9, False), (["--quick"], 3, True), (["--quick", "--rounds", "5"], 5, True)],
)
def test_arguments(given, rounds, quick):
    options = arguments(given)
    assert (options.rounds, options.quick) == (rounds, quick)


def test_a_wrong_number_of_rounds_is_refused(capsys):
    with pytest.raises(SystemExit):
        arguments(["--rounds", "0"])
    assert "--rounds 9처럼 주십시오" in capsys.readouterr().err


def test_the_peer_is_pinned():
    text = (environment.ROOT / environment.PEER).read_text(encoding="utf-8")
    names = [
        line.split("#")[0].strip()
        for line in text.splitlines()
        if not line.startswith(("#", "-"))
    ]
    assert names
    assert all(re.fullmatch(r"[\w-]+==[\d.]+", name) for name in names)


def test_sources_are_part_of_the_digest(tmp_path, monkeypatch):
    for name in ("kernels", "models"):
        (tmp_path / "recbook" / name).mkdir(parents=True)
        (tmp_path / "recbook" / name / "als.py").write_text("a = 1")
    (tmp_path / "recbook" / "metrics.py").write_text("b = 1")
    monkeypatch.setattr(workload, "ROOT", tmp_path)
    before = workload.sources_digest()
    assert workload.sources_digest() == before
    (tmp_path / "recbook" / "models" / "als.py").write_text("a = 2")
    assert workload.sources_digest() != before


# ── 브라우저 ─────────────────────────────────────────────────────────────────


def spent(median):
    return {"median": median, "low": median / 2, "high": median * 2}


def in_browser(**changes):
    row = {"name": "mf.descend", "native": spent(1e-5), "wasm": spent(1.2e-5)}
    return {
        "kernels": 22,
        "bytes": 30_000,
        "gzip": 12_289,
        "goals": {"ratio": 1.3, "gzip": 12_288},
        "browser": "Chromium 1",
        "rows": [row | {"ratio": spent(1.2)}],
    } | changes


def test_the_report_of_the_browser():
    text = report.render(result_of() | {"browser": in_browser()})
    line = line_with(text, "| mf.descend |")
    assert "10.0 [5.0–20.0] | 12.0 [6.0–24.0] | 1.20 [0.60–2.40]" in line
    assert "≤ 1.3 | 달성" in line
    assert "12,289바이트(목표 ≤ 12,288, 미달)" in text


def test_the_report_without_a_browser():
    text = report.render(result_of() | {"browser": in_browser(browser=None, rows=[])})
    assert "Chromium에서 재지 못해" in text
    assert "mf.descend" not in text


def test_a_missing_browser_is_told(monkeypatch, tmp_path, capsys):
    (tmp_path / "browser").mkdir()
    (tmp_path / "browser" / "kernels.wasm").write_bytes(b"was")
    manifest = {"kernels": {"a": {}}, "wasm": {"file": "kernels.wasm"}}
    monkeypatch.setattr(browser, "FOLDER", tmp_path)
    monkeypatch.setattr(browser, "find", lambda: None)
    monkeypatch.setattr(rb.browser, "build", lambda _: manifest)
    measured = browser.measure(3, quick=True)
    assert (measured["browser"], measured["rows"]) == (None, [])
    assert (measured["kernels"], measured["bytes"]) == (1, 3)
    assert "CHROMIUM" in capsys.readouterr().err


def test_the_page_runs_what_is_measured(tmp_path):
    """재는 것이 정말 그 일인지: 두 번 부른 뒤의 배열이 파이썬에서와 같다."""
    import base64
    from importlib import import_module

    chromium = page.find()
    if chromium is None:
        pytest.skip("Chromium이 없습니다.")
    manifest = rb.browser.build(tmp_path)
    wasm = (tmp_path / manifest["wasm"]["file"]).read_bytes()
    with page.Page(chromium) as opened:
        assert "Chrome" in opened.ask("open", module=base64.b64encode(wasm).decode())
        for name, values in browser.cases(*browser.QUICK_SHAPE).items():
            home, function = name.split(".")
            kernel = getattr(import_module(f"recbook.kernels.{home}"), function)
            packed = [browser._packed(value) for value in values]
            opened.ask("load", name=name, values=packed)
            opened.ask("run", times=5)
            assert opened.ask("run", times=2) >= 0
            mine = [v.copy() if isinstance(v, np.ndarray) else v for v in values]
            kernel(*mine)
            kernel(*mine)
            arrays = [each for each in mine if isinstance(each, np.ndarray)]
            for array, text in zip(arrays, opened.ask("read"), strict=True):
                assert array.tobytes() == base64.b64decode(text), name
        with pytest.raises(page.PageError):
            opened.ask("load", name="없음", values=[{"shape": [1], "data": "!"}])
