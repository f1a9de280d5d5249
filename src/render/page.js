// Without a script, or without a clipboard, there are no buttons.
if (navigator.clipboard) {
  document.documentElement.classList.add("scripted");
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.latex);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied";
    }
    button.addEventListener("blur", () => { button.textContent = said; }, { once: true });
  });
}
