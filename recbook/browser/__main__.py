"""``python -m recbook.browser 폴더``: 브라우저용 커널을 짓습니다."""

import argparse
import gzip
import sys
from pathlib import Path

from recbook.browser import BuildError, build


def main() -> None:
    """`build`를 부르고 크기를 적습니다."""
    parser = argparse.ArgumentParser(
        prog="python -m recbook.browser",
        description="계산 커널을 브라우저용 WebAssembly 모듈로 짓습니다.",
    )
    parser.add_argument("folder", help="kernels.wasm과 manifest.json을 적을 폴더")
    folder = Path(parser.parse_args().folder)
    try:
        manifest = build(folder)
    except BuildError as error:
        sys.exit(str(error))
    wasm = (folder / manifest["wasm"]["file"]).read_bytes()
    print(
        f"커널 {len(manifest['kernels'])}개, {len(wasm):,}바이트 "
        f"(gzip {len(gzip.compress(wasm, 9)):,}바이트)"
    )


if __name__ == "__main__":
    main()
