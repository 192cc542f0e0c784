"""추천 모델. 파일 하나에 모델 하나이며, 계산은 이름이 같은 커널이 합니다."""

from recbook.models.mf import RegularizedMF

__all__ = ["RegularizedMF"]
