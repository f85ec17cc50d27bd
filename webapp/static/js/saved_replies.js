// Saved replies: "Use" puts the chosen one into the text of the answer. Without this module the button
// does the same by loading the page again.

function insertReply(select) {
  const reply = select.selectedOptions[0]?.dataset.text;
  const field = select.form.querySelector("textarea");
  if (!reply) return select.focus();
  const typed = field.value.trimEnd();
  field.value = typed ? `${typed}\n\n${reply}` : reply;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

export function enhanceSavedReplies() {
  for (const box of document.querySelectorAll("[data-saved-replies]")) {
    box.querySelector("[type=submit]").addEventListener("click", (event) => {
      event.preventDefault();
      insertReply(box.querySelector("select"));
    });
  }
}
