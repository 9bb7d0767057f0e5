"use strict";

const root = document.body.dataset.root;

/* The button on a plant's page puts it into the cart without leaving the page. */
for (const form of document.querySelectorAll("form.add")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const note = form.querySelector(".done");
    try {
      const answer = await fetch(`${root}/api/cart`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ slug: form.dataset.slug, count: 1 }),
      });
      if (!answer.ok) throw new Error(answer.statusText);
      const cart = await answer.json();
      document.getElementById("cart-count").textContent = cart.count;
      note.textContent = "It is yours, nearly.";
    } catch {
      note.textContent = "That did not work. Try again?";
    }
  });
}

/* A suggestion for whoever looks at the front page. It fails now and then; the page lives without it. */
const suggestion = document.getElementById("suggestion");
if (suggestion) {
  fetch(`${root}/api/suggestion`)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)))
    .then((plant) => {
      const link = document.createElement("a");
      link.href = root + plant.url;
      link.textContent = plant.name;
      suggestion.append("or start with the ", link);
    })
    .catch(() => {});
}

/* The stock, live: one line at the foot of the page, and every number on it. */
const ticker = document.getElementById("ticker");
if (ticker && window.EventSource) {
  const source = new EventSource(`${root}/api/stock?count=9&pause=0.6`);
  source.addEventListener("stock", (event) => {
    const level = JSON.parse(event.data);
    ticker.textContent = `${level.name}: ${level.left} left`;
    for (const mark of document.querySelectorAll(`.left[data-slug="${level.slug}"]`)) {
      mark.textContent = `${level.left} left`;
      mark.classList.add("fresh");
      setTimeout(() => mark.classList.remove("fresh"), 1200);
    }
  });
}
