// 페이지와 스크립트에 나오는 낱말로 고를 수 있는 규칙만 남깁니다: node purge.cjs 책 CSS…
// 스크립트가 나중에 붙이는 클래스(검색 창, 메뉴, 복사 단추)는 스크립트 글에 있으므로 남습니다.
// 글 조각을 이어 붙여 만드는 이름만 따로 적어 둡니다.
"use strict";
const { writeFileSync } = require("node:fs");
const { PurgeCSS } = require("purgecss");

const [site, ...sheets] = process.argv.slice(2);
const content = ["**/*.html", "**/*.js"].map((kind) => `${site}/${kind}`);

// 부트스트랩의 풍선 도움말: `${prefix}-${placement}`
const safelist = { greedy: [/bs-tooltip/] };

new PurgeCSS().purge({ content, css: sheets, safelist }).then((results) => {
  for (const { file, css } of results) writeFileSync(file, css);
});
