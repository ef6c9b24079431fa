// Looks every two seconds where a claim stands, and shows the page anew when that has changed.
const card = document.getElementById("standing");
async function look() {
  try {
    const answer = await fetch(card.dataset.look, { cache: "no-store", credentials: "omit" });
    const { standing } = await answer.json();
    if (standing !== card.dataset.shown) {
      location.replace(location.pathname);
      return;
    }
  } catch {
    // Offline for a moment: look again.
  }
  setTimeout(look, 2000);
}
if (card && card.dataset.look) setTimeout(look, 2000);
