# 얇은 껍데기입니다. 같은 일을 하는 맨 명령은 README의 '윈도우에서'에 있습니다.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: book test lab serve clean setup notebooks constraints bench

book: $(READY)  ## 책을 짓습니다: _build/html/index.html
	$(BIN)/python -m theme.build

test: book  ## 정적 검사와 모든 테스트
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --cov --numprocesses auto --maxprocesses 4 \
		--dist loadfile --no-loadscope-reorder

lab: $(READY)  ## 노트북을 JupyterLab에서 엽니다
	$(BIN)/python -m theme.build --lab

serve: book  ## 지은 책을 http://localhost:8000 에서 봅니다
	$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

notebooks: $(READY)  ## 노트북을 저장 정규형으로 맞춥니다(출력 지우기)
	$(BIN)/python -m theme.notebooks chapters

constraints: $(READY)  ## requirements.txt에서 정확한 판을 다시 뽑습니다
	$(BIN)/python -m theme.pins

bench:  ## implicit과 속도와 품질을 견줍니다: _build/bench/results.md
	$(PYTHON) -m benchmarks $(BENCH)

clean:  ## 지은 것을 지웁니다(.venv는 남깁니다)
	rm -rf _build build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

setup: $(READY)

$(READY): requirements.txt constraints.txt pyproject.toml theme/package-lock.json
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	$(BIN)/python -m theme.packages
	touch $@
