"""브라우저에서 도는 커널: `recbook.kernels`를 WebAssembly로 옮깁니다.

정적인 페이지의 체험은 파이썬도 서버도 없이 커널을 돌립니다. 커널의 소스는 하나이고,
`build`가 그것을 브라우저가 읽는 모듈 하나로 짓습니다. 결과는 파이썬에서 돌린 것과
마지막 비트까지 같습니다.

    recbook.browser.build("_build/browser")

명령줄에서는 ``python -m recbook.browser _build/browser``입니다.
커널 파일에서 ``recbook.kernels._declare.browser``로 선언한 것만 옮깁니다.
"""

from recbook.browser._build import BuildError, build

__all__ = ["BuildError", "build"]
