// 복사 단추의 말을 한국어로 바꾸고, 인쇄할 때 접힌 상자를 펼칩니다.
if (typeof messages !== "undefined") {
  messages.ko = {
    copy: "복사",
    copy_to_clipboard: "코드 복사",
    copy_success: "복사했습니다",
    copy_failure: "복사하지 못했습니다",
  };
  locale = "ko";
}

(function () {
  "use strict";
  let opened = [];
  window.addEventListener("beforeprint", function () {
    opened = [...document.querySelectorAll("article details:not([open])")];
    opened.forEach((box) => { box.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach((box) => { box.open = false; });
    opened = [];
  });
})();
