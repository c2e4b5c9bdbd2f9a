// A box that scrolls sideways can be reached, and so scrolled, by the keyboard.
function reach() {
  for (const formula of document.querySelectorAll("span.math")) {
    formula.classList.remove("wide");
    formula.classList.toggle("wide", formula.getBoundingClientRect().width > formula.closest("p, li, td, blockquote")?.clientWidth);
  }
  for (const box of document.querySelectorAll("pre, .table-wrapper, div.math, .wide, .cell_output .output")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
addEventListener("load", () => {
  reach();
  window.MathJax?.startup?.promise?.then(reach);
});
addEventListener("resize", reach);
