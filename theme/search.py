"""한국어 검색: '행렬'을 찾으면 '행렬을', '행렬의'가 있는 페이지가 나옵니다.

색인을 만들 때 형태소 분석기 Kiwi로 조사와 어미를 떼어 명사와 용언의 어간만 적습니다.
브라우저에는 분석기가 없습니다. 대신 찾는 말에서 색인에 있는 가장 긴 앞부분을 고릅니다
('추천하는' → '추천').
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from kiwipiepy import Kiwi
from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

HANGUL = re.compile(r"[가-힣]+(?:\s+[가-힣]+)*")
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*|\d+(?:\.\d+)?")
NOUNS = {"NNG", "NNP", "NNB", "NR", "XR", "XSN", "SL"}
STEMS = {"VV", "VA", "VV-I", "VA-I", "VV-R", "VA-R", "MAG"}

# 색인의 낱말 가운데 찾는 말의 앞부분인 것, 그중 가장 긴 것. 없으면 찾는 말 그대로.
LONGEST_PREFIX = """
var Stemmer = function () {
  this.stemWord = function (word) {
    var index = typeof Search !== "undefined" && Search._index;
    if (!index || !/[\\uac00-\\ud7a3]/.test(word)) return word;
    // 문서가 지워진 낱말은 빈 목록으로 남습니다.
    var listed = function (terms, w) {
      return Object.prototype.hasOwnProperty.call(terms, w) &&
        [].concat(terms[w]).length > 0;
    };
    var known = function (w) {
      return listed(index.terms, w) || listed(index.titleterms, w);
    };
    for (var n = word.length; n > 0; n--) {
      if (known(word.slice(0, n))) return word.slice(0, n);
    }
    return word;
  };
};
"""


@cache
def _kiwi() -> Kiwi:
    return Kiwi()


def _noun_runs(tokens: list[Any]) -> list[list[Any]]:
    """띄어쓰기 없이 이어진 명사를 한 줄로 묶습니다."""
    runs: list[list[Any]] = []
    for token in tokens:
        if token.tag not in NOUNS:
            runs.append([])
        elif runs and runs[-1] and runs[-1][-1].end == token.start:
            runs[-1].append(token)
        else:
            runs.append([token])
    return [run for run in runs if run]


def index_words(text: str) -> list[str]:
    """글에서 색인에 올릴 낱말을 뽑습니다.

    Parameters
    ----------
    text : str
        한국어와 영어가 섞인 글.

    Returns
    -------
    list of str
        명사, 이어진 명사를 합친 말과 그 앞부분, 용언의 어간, 소문자 영어와 수.
    """
    words = [match.lower() for match in LATIN.findall(text)]
    for chunk in HANGUL.findall(text):
        tokens = _kiwi().tokenize(chunk)
        for run in _noun_runs(tokens):
            forms = [token.form for token in run]
            words += forms
            words += ["".join(forms[:n]) for n in range(2, len(forms) + 1)]
            # 분석기가 통째로 둔 긴 명사('행렬분해')는 앞부분으로도 찾게 합니다.
            words += [form[:2] for form in forms if len(form) >= 4]
        words += [token.form for token in tokens if token.tag in STEMS]
    return words


class KoreanSearch(SearchLanguage):
    """Sphinx 검색에 한국어를 더합니다."""

    lang = "ko"
    language_name = "Korean"
    js_stemmer_code = LONGEST_PREFIX

    def split(self, input: str) -> list[str]:
        """글 한 토막을 색인 낱말로 나눕니다."""
        return index_words(input)

    def word_filter(self, word: str) -> bool:
        """빈 낱말만 뺍니다."""
        return bool(word)


def setup(app: Sphinx) -> None:
    """`language: ko`가 쓰는 검색기를 등록합니다."""
    app.add_search_language(KoreanSearch)
