// Planning by dragging: a card that is dropped on somebody's column is assigned to them by its button.

export function enhancePlanBoard(board) {
  let dragged = null;
  for (const card of board.querySelectorAll("[data-plan-task]")) {
    card.draggable = true;
    card.addEventListener("dragstart", (event) => {
      dragged = card;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
      card.classList.add("is-dragged");
    });
    card.addEventListener("dragend", () => {
      dragged = null;
      card.classList.remove("is-dragged");
      board.querySelectorAll(".is-target").forEach((column) => column.classList.remove("is-target"));
    });
  }
  for (const column of board.querySelectorAll("[data-plan-column]")) {
    column.addEventListener("dragover", (event) => {
      if (!dragged || column.contains(dragged)) return;
      event.preventDefault();
      column.classList.add("is-target");
    });
    column.addEventListener("dragleave", (event) => {
      if (!column.contains(event.relatedTarget)) column.classList.remove("is-target");
    });
    column.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!dragged) return;
      const button = dragged.querySelector("button");
      button.form.elements.assignee.value = column.dataset.assignee;
      column.querySelector("ul").prepend(dragged);
      button.form.requestSubmit(button);
    });
  }
}
