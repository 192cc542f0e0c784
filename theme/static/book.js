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
    opened = [...document.querySelectorAll("article details:not([open])")];
    opened.forEach((box) => { box.open = true; });
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  window.addEventListener("afterprint", function () {
    opened.forEach((box) => { box.open = false; });
    opened = [];
    if (theme !== null) root.dataset.theme = theme;
    theme = null;
  });
})();
