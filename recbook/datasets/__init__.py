"""데이터 읽기: 3×3 예제, 상호작용 기록(`Interactions`), 공개 자료, 모의 자료, CSV.

여기서는 읽고 검사하기만 합니다. 학습은 하지 않습니다. 잘못된 자료는 무엇이, 어디에서,
왜 잘못되었고 어떻게 고치는지를 한국어로 알리며, 받은 배열은 바꾸지 않습니다.
"""

from .interactions import Interactions
from .lastfm import lastfm
from .movielens import movielens
from .simulated import listening, vod, vod_march
from .tables import read_csv
from .worked import WorkedExample, worked_example

__all__ = [
    "Interactions",
    "WorkedExample",
    "lastfm",
    "listening",
    "movielens",
    "read_csv",
    "vod",
    "vod_march",
    "worked_example",
]
