"""체험 위젯: 만져 보는 그림. 정적인 책에서도 JupyterLab에서도 같은 것이 돕니다.

위젯 하나는 파이썬 클래스 하나와 같은 이름의 화면 모듈(``.js``) 하나입니다. 화면은 값을
보이고 손을 받을 뿐, 수학은 브라우저용 계산 커널(`recbook.browser`)이 합니다.

    w = rb.widgets.Product()
    w              # 셀의 마지막 줄이면 보입니다
    w.state        # 만진 결과를 파이썬에서 읽습니다

위젯에는 anywidget이 필요합니다: ``pip install "recbook[widgets]"``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recbook.widgets._base import Widget as Widget
    from recbook.widgets.confidence import Confidence as Confidence
    from recbook.widgets.descent import Descent as Descent
    from recbook.widgets.feedback import Feedback as Feedback
    from recbook.widgets.leak import Leak as Leak
    from recbook.widgets.likelihood import Likelihood as Likelihood
    from recbook.widgets.lmf import LMF as LMF
    from recbook.widgets.loss import Loss as Loss
    from recbook.widgets.metrics import Metrics as Metrics
    from recbook.widgets.overfit import Overfit as Overfit
    from recbook.widgets.product import Product as Product
    from recbook.widgets.quiz import Quiz as Quiz
    from recbook.widgets.rotate import Rotate as Rotate

_CLASSES = {
    "Confidence": "confidence",
    "Descent": "descent",
    "Feedback": "feedback",
    "Leak": "leak",
    "Likelihood": "likelihood",
    "LMF": "lmf",
    "Loss": "loss",
    "Metrics": "metrics",
    "Overfit": "overfit",
    "Product": "product",
    "Quiz": "quiz",
    "Rotate": "rotate",
    "Widget": "_base",
}

__all__ = [
    "LMF",
    "Confidence",
    "Descent",
    "Feedback",
    "Leak",
    "Likelihood",
    "Loss",
    "Metrics",
    "Overfit",
    "Product",
    "Quiz",
    "Rotate",
    "Widget",
]

_MISSING = (
    "rb.widgets에는 anywidget이 필요한데 설치되어 있지 않습니다. "
    '`pip install "recbook[widgets]"`로 설치한 다음 커널을 다시 시작해 주십시오.'
)


def __getattr__(name: str) -> Any:
    if name not in _CLASSES:
        raise AttributeError(f"recbook.widgets에 '{name}'이라는 위젯이 없습니다.")
    try:
        module = import_module(f"{__name__}.{_CLASSES[name]}")
    except ModuleNotFoundError as error:
        if error.name not in {"anywidget", "ipywidgets", "traitlets"}:
            raise
        raise ModuleNotFoundError(_MISSING, name=error.name) from error
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
