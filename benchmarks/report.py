"""잰 결과(JSON에 적는 것)를 한국어 마크다운 표로."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, median
from typing import Any

from benchmarks.workers import PEER

QUANTITIES = {"cpu": "CPU 시간", "wall": "벽시계"}


def render(result: dict[str, Any]) -> str:
    """결과표 전체."""
    parts = ["# 벤치마크: recbook과 implicit", _about(result)]
    if result["rows"]:
        parts += ["## 비율", _ratios(result["rows"]), "## 시간과 품질"]
        parts += [_times(result["rows"]), _settings(result["rows"])]
    if result["quality"]:
        parts += ["## 품질", _quality(result), _chosen(result)]
    if result.get("browser"):
        parts += ["## 브라우저", _browser(result["browser"], result["rounds"])]
    return "\n\n".join(parts) + "\n"


def _about(result: dict[str, Any]) -> str:
    before, after = result["machine"]["before"], result["machine"]["after"]
    lines = []
    if result["quick"]:
        lines.append("**시늉만 낸 결과입니다(--quick). 수치를 인용하지 마십시오.**\n")
    lines += [
        f"- 기계: {before['cpu']}, 프로세서 {before['processors']}개, "
        f"{before['system']}, Python {before['python']}",
        f"- 잰 때: {before['time']} ~ {after['time']}"
        + (
            f", 1분 평균 부하 {before['load']} → {after['load']}"
            if "load" in before
            else ""
        ),
    ]
    for side, versions in result["versions"].items():
        listed = ", ".join(f"{name} {number}" for name, number in versions.items())
        lines.append(f"- {side} 쪽: {listed}")
    if result["versions"] and PEER not in result["versions"]:
        lines.append("- implicit이 없어 견주지 못했습니다.")
    lines += [
        f"- 자료 {data['title']}: 사용자 {data['users']:,}명 × 아이템 "
        f"{data['items']:,}개, 훈련 {data['train']:,}칸, 테스트 {data['test']:,}칸, "
        f"밀도 {data['density']:.2%}, 나누는 시드 {data['seed']}"
        for data in result["data"].values()
    ]
    if result["rows"]:
        lines.append(
            f"- 재는 법: 구현마다 프로세스 하나, 준비를 마친 뒤 번갈아 "
            f"{result['rounds']}차례. 비율은 같은 차례끼리 낸 값의 중앙값[최소–최대]. "
            "CPU 시간은 모든 스레드의 합. BLAS의 스레드는 1개"
        )
    return "\n".join(lines)


def _ratios(rows: Sequence[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        for ratio in row["ratios"]:
            goal = ratio["goal"]
            lines.append(
                (
                    row["title"],
                    f"{ratio['label']} ({QUANTITIES[ratio['quantity']]})",
                    f"{ratio['median']:.2f} [{ratio['low']:.2f}–{ratio['high']:.2f}]",
                    "" if goal is None else f"≥ {goal:g}",
                    verdict(ratio["median"], goal),
                )
            )
        if row["gap"]:
            gap = row["gap"]
            labels = {each["key"]: each["label"] for each in row["variants"]}
            lines.append(
                (
                    row["title"],
                    " − ".join(labels[key] for key in gap["of"]) + " (NDCG@10)",
                    f"{signed(gap['median'])} "
                    f"[{signed(gap['low'])} – {signed(gap['high'])}]",
                    "" if gap["goal"] is None else f"≥ {signed(gap['goal'])}",
                    verdict(gap["median"], gap["goal"]),
                )
            )
    return grid(("작업", "견준 것", "중앙값 [범위]", "목표", "판정"), lines, "llrrl")


def _times(rows: Sequence[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        for variant in row["variants"]:
            runs = variant["runs"]
            graded = [run for run in runs if "ndcg" in run]
            lines.append(
                (
                    row["title"],
                    variant["label"],
                    str(variant["threads"]),
                    seconds([run["cpu"] for run in runs]),
                    seconds([run["wall"] for run in runs]),
                    f"{mean(run['ndcg'] for run in graded):.4f}" if graded else "",
                    f"{mean(run['mpr'] for run in graded):.2f}" if graded else "",
                )
            )
    head = ("작업", "구현", "스레드", "CPU(초)", "벽시계(초)", "NDCG@10", "MPR(%)")
    return grid(head, lines, "llrrrrr")


def _settings(rows: Sequence[dict[str, Any]]) -> str:
    lines = ["설정(차례마다 random_state = 0, 1, 2, …):", ""]
    for row in rows:
        lines.append(f"- {row['title']}")
        lines += [f"  - {note}" for note in row["notes"]]
        lines += [
            f"  - {variant['label']}: {call(variant['fit'])}"
            for variant in row["variants"]
            if variant["threads"] == 1
        ]
    return "\n".join(lines)


def _quality(result: dict[str, Any]) -> str:
    lines = [
        (
            result["data"][line["data"]]["title"],
            line["label"],
            spread([test["ndcg"] for test in line["test"]], ".4f"),
            spread([test["mpr"] for test in line["test"]], ".2f"),
        )
        for line in result["quality"]
    ]
    return grid(("자료", "모델", "NDCG@10", "MPR(%)"), lines, "llrr")


def _chosen(result: dict[str, Any]) -> str:
    text = [
        "테스트 데이터의 값이며, 시드 여럿이면 평균[최소–최대]입니다. 검증 데이터의 "
        "NDCG@10으로 고른 설정:",
        "",
    ]
    text += [
        f"- {result['data'][line['data']]['title']}, {line['label']}: "
        f"{call(line['fit'])} (후보 {len(line['tried'])}개)"
        for line in result["quality"]
    ]
    return "\n".join(text)


def _browser(measured: dict[str, Any], rounds: int) -> str:
    goals = measured["goals"]
    small = "달성" if measured["gzip"] <= goals["gzip"] else "미달"
    text = (
        f"커널 {measured['kernels']}개의 모듈: {measured['bytes']:,}바이트, gzip "
        f"{measured['gzip']:,}바이트(목표 ≤ {goals['gzip']:,}, {small})."
    )
    if measured["browser"] is None:
        return f"{text}\n\nChromium에서 재지 못해 속도의 표가 없습니다."
    text += (
        f"\n\n번갈아 {rounds}차례, 스레드 하나. 한 번 부르는 데 걸린 "
        "마이크로초와 같은 차례끼리의 비율, 중앙값[최소–최대]. WebAssembly의 벡터는 "
        f"16바이트입니다. {measured['browser']}"
    )
    lines = [
        (
            row["name"],
            *(micro(row[side]) for side in ("native", "wasm")),
            f"{row['ratio']['median']:.2f} "
            f"[{row['ratio']['low']:.2f}–{row['ratio']['high']:.2f}]",
            f"≤ {goals['ratio']:g}",
            "달성" if row["ratio"]["median"] <= goals["ratio"] else "미달",
        )
        for row in measured["rows"]
    ]
    head = ("커널", "기계어(µs)", "WebAssembly(µs)", "비율", "목표", "판정")
    return f"{text}\n\n{grid(head, lines, 'lrrrrl')}"


def micro(seconds: dict[str, Any]) -> str:
    """초의 중앙값과 범위를 마이크로초로."""
    middle, low, high = (1e6 * seconds[key] for key in ("median", "low", "high"))
    return f"{middle:.1f} [{low:.1f}–{high:.1f}]"


def call(fit: dict[str, Any]) -> str:
    """설정을 생성자의 부름처럼."""
    given = ", ".join(f"{name}={value!r}" for name, value in fit["parameters"].items())
    text = f"`{fit['model']}({given})`"
    if fit["values"] is not None:
        values = fit["values"]
        shape = "log(1+r)" if values["log"] else "r"
        text += f", 준 값 {values['offset']:g} + {values['scale']:g}·{shape}"
    return text


def verdict(value: float, goal: float | None) -> str:
    """목표가 있으면 달성 또는 미달."""
    if goal is None:
        return ""
    return "달성" if value >= goal else "미달"


def signed(value: float) -> str:
    """부호를 늘 적은 소수."""
    return f"{value:+.4f}".replace("-", "−")


def seconds(values: Sequence[float]) -> str:
    """초의 중앙값과 범위. 1초가 안 되면 천분의 일까지 적습니다."""
    form = ".2f" if median(values) >= 1 else ".3f"
    return f"{median(values):{form}} [{min(values):{form}}–{max(values):{form}}]"


def spread(values: Sequence[float], form: str) -> str:
    """평균, 값이 여럿이면 범위도."""
    text = format(mean(values), form)
    if len(values) > 1:
        text += f" [{min(values):{form}}–{max(values):{form}}]"
    return text


def grid(head: Sequence[str], lines: Iterable[Sequence[str]], align: str) -> str:
    """마크다운 표. `align`은 열마다 l 또는 r."""
    rule = ["---:" if side == "r" else "---" for side in align]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *lines))
