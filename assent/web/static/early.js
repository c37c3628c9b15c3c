// What is pressed before a page's own script is there: kept, and pressed again as soon as it is. No
// module: it stands in the page's head, so that nothing can be seen, and pressed, before it has run.

(() => {
  let last = null; // only the last press counts: whoever presses another button means that one

  function keep(event) {
    const button = event.target.closest("button");
    if (!button || button.form?.getAttribute("method") === "get") return; // needs no script
    event.preventDefault();
    event.stopImmediatePropagation();
    last?.removeAttribute("aria-busy");
    last = button;
    last.setAttribute("aria-busy", "true");
  }

  function begin() {
    document.removeEventListener("click", keep, true);
    last?.removeAttribute("aria-busy");
    if (last?.isConnected) last.click();
  }

  document.addEventListener("click", keep, true);
  document.addEventListener("page-ready", begin, { once: true });
})();
