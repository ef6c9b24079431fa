(() => {
  const $ = (id) => document.getElementById(id);
  const sheet = () => document.querySelector(".sheet");
  const two = (n) => String(n).padStart(2, "0");
  let chosen = {};

  // The live part is replaced as a whole; a sheet scrolled sideways stays where it was.
  let scrolled = 0;
  document.addEventListener("scroll", (event) => { if (event.target === sheet()) scrolled = event.target.scrollLeft; }, true);
  new MutationObserver(() => { if (sheet()) sheet().scrollLeft = scrolled; }).observe($("live"), { childList: true });

  const say = (text) => {
    $("said").textContent = text;
    $("said").classList.add("on");
    setTimeout(() => $("said").classList.remove("on"), 3000);
  };
  const act = async (verb, body) => {
    const answer = await fetch(`/_control/staff/${verb}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ who: "front desk", ...body }),
    });
    const told = await answer.json();
    if (answer.ok) say("Done");
    else say(typeof told.detail === "string" ? told.detail : told.detail.map((d) => `${d.loc.at(-1)}: ${d.msg}`).join("; "));
  };
  const open = (id, title, text) => {
    const dialog = $(id);
    if (title) { dialog.querySelector("h3").textContent = title; dialog.querySelector("p").textContent = text; }
    dialog.returnValue = "";
    dialog.showModal();
    return dialog.querySelector("form");
  };

  document.addEventListener("click", (event) => {
    const restore = event.target.closest("[data-uncancel]");
    if (restore) return act("uncancel", { id: restore.dataset.uncancel });
    const head = event.target.closest("[data-shift]");
    if (head) { chosen = { staff: head.dataset.shift }; return open("shift"); }
    const block = event.target.closest(".block");
    if (block) {
      chosen = { ...block.dataset };
      if (chosen.kind === "timeblock") return open("block", chosen.title, chosen.time);
      const form = open("visit", chosen.title, `${chosen.time} · ${chosen.detail} · ${chosen.state.toLowerCase()}`);
      form.start.value = chosen.start;
      form.staff.value = chosen.staff;
      return;
    }
    const column = event.target.closest("[data-staff].body");
    if (column) {
      const { day, opens, scale } = sheet().dataset;
      const at = event.clientY - column.getBoundingClientRect().top;
      const minute = Math.floor((Number(opens) + at / Number(scale)) / 15) * 15;
      const form = open("free");
      form.staff.value = column.dataset.staff;
      form.start.value = `${day}T${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
    }
  });

  const after = (id, decide) => $(id).addEventListener("close", () => {
    const verb = $(id).returnValue;
    if (verb) decide(verb, $(id).querySelector("form"));
  });
  after("visit", (verb, form) => {
    const id = chosen.id;
    if (verb === "cancel") return act("cancel", { id, reason: form.reason.value });
    if (verb === "complete" || verb === "delete") return act(verb, { id });
    if (verb !== "move") return act("update", { id, state: verb });
    const body = { id, start: form.start.value };
    if (form.staff.value !== chosen.staff) { body.staff = form.staff.value; body.segment = chosen.segment || null; }
    act("move", body);
  });
  after("free", (verb, form) => {
    const common = { start: form.start.value, location: sheet().dataset.location };
    if (verb === "book") {
      return act("book", { ...common, client: form.client.value, services: [{ service: form.service.value, staff: form.staff.value }] });
    }
    act("add_timeblock", { ...common, staff: form.staff.value, duration: Number(form.duration.value) });
  });
  after("block", () => act("remove_timeblock", { id: chosen.id }));
  after("shift", (verb, form) => act("add_shift", {
    staff: chosen.staff, location: sheet().dataset.location, date: sheet().dataset.day, instead: true, available: verb !== "off",
    clock_in: form.clock_in.value, clock_out: form.clock_out.value,
  }));
})();
