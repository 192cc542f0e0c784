"""recbook과 implicit의 속도와 품질을 견줍니다: ``make bench``."""
