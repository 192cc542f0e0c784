"""모의 자료: 시드 하나에서 만드는 음악 청취 기록과 VOD 구매 기록.

함께 싣는 `data/`의 두 자료는 이 모듈의 기본값으로 만든 것입니다. 그래서
``rb.simulate.listening()``의 `log`는 ``rb.datasets.listening()``과 같고, 거기에
참값(`truth`)이 따로 붙어 있습니다. 참값을 아는 덕분에 실제 자료로는 답할 수 없는
물음("정말로 좋아할 것을 골랐는가")에 답할 수 있습니다.

수는 실제 자료에서 잰 통계에 맞추었고, 어떤 모델이 이기도록 고르지 않았습니다. 통계와
허용 범위는 `data/README.md`에 있습니다. NumPy의 같은 판에서는 같은 시드가 같은 자료를
만듭니다. 다만 지수와 로그의 마지막 비트는 기계마다 다를 수 있어, 두 후보가 그 한 비트로
갈리는 아주 드문 자리에서는 선택이 달라질 수 있습니다.

.. code-block:: bash

    python -m recbook.simulate data    # 함께 싣는 파일을 다시 만듭니다
"""

from ._draw import Simulation, Truth
from ._music import ListeningSimulation, ListeningTruth, listening
from ._vod import VodSimulation, VodTruth, vod

__all__ = [
    "ListeningSimulation",
    "ListeningTruth",
    "Simulation",
    "Truth",
    "VodSimulation",
    "VodTruth",
    "listening",
    "vod",
]
