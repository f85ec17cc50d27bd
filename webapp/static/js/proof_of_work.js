// A proof of work (ALTCHA) that the server asks for where it has seen many attempts: solved in the background,
// while the form is filled in again. A form that is sent before waits for it.
const workerUrl = new URL("./proof_worker.js", import.meta.url);

function solve(challenge) {
  const worker = new Worker(workerUrl);
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    worker.postMessage(challenge);
  }).finally(() => worker.terminate());
}

function prove(element) {
  const form = element.closest("form");
  const { maxNumber, ...challenge } = JSON.parse(element.dataset.proof);
  const show = (name) => {
    for (const each of element.querySelectorAll("[data-proof-state]")) each.hidden = each.dataset.proofState !== name;
  };
  show("working");
  const proof = solve({ maxNumber, ...challenge }).then((number) => {
    form.elements.altcha.value = btoa(JSON.stringify({ ...challenge, number }));
    show("done");
  });
  let isDone = false;
  proof.then(() => (isDone = true), () => show("failed"));
  form.addEventListener("submit", (event) => {
    if (isDone) return;
    event.preventDefault();
    proof.then(() => form.requestSubmit(event.submitter)).catch(() => {});
  });
}

document.querySelectorAll("[data-proof]").forEach(prove);
