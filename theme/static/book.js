// 복사 단추의 말을 한국어로 바꿉니다.
if (typeof messages !== "undefined") {
  messages.ko = {
    copy: "복사",
    copy_to_clipboard: "코드 복사",
    copy_success: "복사했습니다",
    copy_failure: "복사하지 못했습니다",
  };
  locale = "ko";
}

// 인쇄하는 동안 접힌 상자를 펼치고, 어두운 화면이면 밝은 색으로 바꿉니다.
(function () {
  "use strict";
  const root = document.documentElement;
  let opened = [];
  let theme = null;
  window.addEventListener("beforeprint", function () {
    const closed = [...document.querySelectorAll("article details:not([open])")];
    closed.forEach((box) => { box.open = true; });
    // 인쇄를 미리 보고 다시 부르면 두 번 올 수 있습니다. 처음 상태를 지킵니다.
    opened = opened.concat(closed);
    if (theme === null) theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  window.addEventListener("afterprint", function () {
    opened.forEach((box) => { box.open = false; });
    opened = [];
    if (theme !== null) root.dataset.theme = theme;
    theme = null;
  });
})();
