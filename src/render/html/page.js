"use strict";
(async () => {
  const $ = (id) => document.getElementById(id);
  const el = (name, props, ...children) => {
    const node = Object.assign(document.createElement(name), props || {});
    node.append(...children);
    return node;
  };
  const raw = $("data");
  let text = raw.textContent;
  if (raw.type !== "application/json") {
    // Packed: gzip in base64.
    const bytes = Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    text = await new Response(stream).text();
  }
  const data = JSON.parse(text);
  const SEVERITY = ["critical", "high", "medium", "low", "info"];
  const VERDICT = ["fail", "unknown", "waived"];
  const say = (index) => data.text[index];
  const rows = data.verdict.map((_, i) => i);
  const field = {
    verdict: (i) => VERDICT[data.verdict[i]],
    severity: (i) => SEVERITY[data.severity[i]],
    aspect: (i) => data.policies[data.policy[i]].aspect,
    namespace: (i) => say(data.namespace[i]) || "(cluster)",
    policy: (i) => data.policies[data.policy[i]].id,
    kind: (i) => say(data.kind[i]),
    state: (i) => say(data.state[i]),
  };
  const subject = (i) => {
    const ns = say(data.object[i]);
    const name = data.name[i];
    return say(data.kind[i]) + (name ? " " + (ns ? ns + "/" : "") + name : "");
  };
  const hay = rows.map((i) => (field.policy(i) + " " + subject(i) + " " + say(data.message[i]) + " " + say(data.path[i]) + " " + data.fingerprint[i]).toLowerCase());
  const keys = Object.keys(field);
  const PAGE = 100;
  let page = 0;
  let shown = rows;

  const fill = (key) => {
    const select = $("f-" + key);
    const counts = new Map();
    for (const i of rows) counts.set(field[key](i), (counts.get(field[key](i)) || 0) + 1);
    counts.delete("");
    const order = key === "severity" ? SEVERITY : key === "verdict" ? VERDICT : [...counts.keys()].sort();
    for (const value of order) if (counts.has(value)) select.append(el("option", { value, textContent: value + " (" + counts.get(value) + ")" }));
    if (!counts.size) select.closest("label").hidden = true;
  };
  keys.forEach(fill);

  const badge = (i) => {
    const verdict = field.verdict(i);
    const word = verdict === "fail" ? field.severity(i) : verdict;
    return el("span", { className: "badge " + word, textContent: word });
  };
  const waiverStub = (i) => {
    const q = JSON.stringify;
    return "waivers:\n  - id: \n    policies: [" + field.policy(i) + "]\n    match: {fingerprint: " + q(data.fingerprint[i]) + "}   # " +
      subject(i).replace(/\s+/g, " ") + "\n    owner: \n    approver: \n    reason: \n    ticket: \n    expires: \n";
  };
  const detail = (i) => {
    const policy = data.policies[data.policy[i]];
    const list = el("dl");
    const add = (name, value, code) => {
      if (!value) return;
      list.append(el("dt", { textContent: name }), el("dd", { textContent: value, className: code ? "code" : "" }));
    };
    add("Requirement", policy.title);
    add("Why it matters", policy.description);
    add("Fix", policy.remediation);
    add("Place", say(data.path[i]), true);
    add("Evidence", say(data.evidence[i]), true);
    add("File", say(data.file[i]) && say(data.file[i]) + ":" + (data.line[i] || 1), true);
    add("Waiver", say(data.waiver[i]));
    add("Controls", policy.controls);
    add("Fingerprint", data.fingerprint[i], true);
    if (policy.links.length) {
      const dd = el("dd");
      for (const href of policy.links) dd.append(el("a", { href, rel: "noreferrer", textContent: href }), " ");
      list.append(el("dt", { textContent: "Read on" }), dd);
    }
    const copy = el("button", { className: "act", type: "button", textContent: "Copy a waiver stub" });
    copy.onclick = async () => {
      try { await navigator.clipboard.writeText(waiverStub(i)); copy.textContent = "Copied"; }
      catch { list.append(el("dt", { textContent: "Waiver stub" }), el("dd", { className: "code", textContent: waiverStub(i) })); copy.hidden = true; }
    };
    const cell = el("td", { colSpan: 4 }, list, field.verdict(i) === "fail" ? copy : "");
    return el("tr", { className: "detail" }, cell);
  };
  const row = (i) => {
    const more = el("button", { className: "more", type: "button", textContent: field.policy(i) });
    more.setAttribute("aria-expanded", "false");
    const name = el("td", { className: "name" }, subject(i));
    const state = field.state(i);
    const message = el("td", { className: "name" }, say(data.message[i]), state ? el("span", { className: "soft", textContent: " · " + state }) : "");
    const tr = el("tr", {}, el("td", {}, badge(i)), el("td", { className: "id" }, more), name, message);
    let open = null;
    more.onclick = () => {
      if (open) { open.remove(); open = null; } else { open = detail(i); tr.after(open); }
      more.setAttribute("aria-expanded", String(!!open));
    };
    return tr;
  };
  const draw = () => {
    const body = $("rows");
    body.replaceChildren(...shown.slice(page * PAGE, (page + 1) * PAGE).map(row));
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    $("count").textContent = shown.length.toLocaleString("en") + " of " + rows.length.toLocaleString("en") + " findings, page " + (page + 1) + " of " + pages;
    $("prev").disabled = page === 0;
    $("next").disabled = page + 1 >= pages;
  };
  const filter = (keep) => {
    const wanted = keys.map((key) => [field[key], $("f-" + key).value]).filter(([, value]) => value);
    const words = $("f-text").value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = rows.filter((i) => wanted.every(([get, value]) => get(i) === value) && words.every((word) => hay[i].includes(word)));
    page = 0;
    draw();
    if (!keep) {
      const query = new URLSearchParams();
      for (const key of [...keys, "text"]) if ($("f-" + key).value) query.set(key, $("f-" + key).value);
      const hash = query.toString();
      history.replaceState(null, "", hash ? "#?" + hash : location.pathname + location.search);
    }
  };
  const read = () => {
    if (!location.hash.startsWith("#?")) return false;
    const query = new URLSearchParams(location.hash.slice(2));
    for (const key of [...keys, "text"]) $("f-" + key).value = query.get(key) || "";
    return true;
  };
  const only = (wanted) => {
    for (const key of [...keys, "text"]) $("f-" + key).value = wanted[key] || "";
    filter();
    $("findings").scrollIntoView();
    $("findings-h").focus({ preventScroll: true });
  };
  for (const key of keys) $("f-" + key).onchange = () => filter();
  let timer;
  $("f-text").oninput = () => { clearTimeout(timer); timer = setTimeout(filter, 80); };
  $("clear").onclick = () => only({});
  const turn = (by) => { page += by; draw(); $("findings").scrollIntoView(); };
  $("prev").onclick = () => turn(-1);
  $("next").onclick = () => turn(1);
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); $("f-text").focus(); }
    if (event.key === "Escape" && event.target.id === "f-text") { event.target.value = ""; filter(); }
  });
  for (const cell of document.querySelectorAll("td[data-aspect]")) {
    const { aspect, namespace } = cell.dataset;
    const button = el("button", { type: "button", textContent: cell.textContent });
    button.setAttribute("aria-label", cell.textContent.trim() + " open findings, " + namespace + ", " + aspect);
    button.onclick = () => only({ aspect, namespace, verdict: "fail" });
    cell.replaceChildren(button);
  }
  for (const node of document.querySelectorAll("[data-policy]")) {
    const button = el("button", { type: "button", className: "more", textContent: node.textContent });
    button.onclick = () => only({ policy: node.dataset.policy });
    node.replaceChildren(button);
  }
  addEventListener("hashchange", () => { if (read()) filter(true); });
  // Paper has no pages to turn.
  read();
  filter(true);
  $("explore").hidden = false;
  $("static").hidden = true;
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
})();
