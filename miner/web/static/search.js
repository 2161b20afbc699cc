"use strict";
// Search as one types, and names of tables and columns below the SQL box. Text stays text.
(() => {
  const input = document.getElementById("search");
  const found = document.getElementById("found");
  let latest = 0;
  let timer = 0;
  const show = (rows) => {
    found.replaceChildren(...rows.slice(0, 12).map((row) => {
      const link = document.createElement("a");
      const kind = document.createElement("small");
      kind.textContent = row.kind;
      link.href = row.href;
      link.append(kind, row.name);
      return link;
    }));
  };
  const ask = async () => {
    const number = ++latest;
    const text = input.value.trim();
    if (text.length < 2) { show([]); return; }
    const answer = await fetch("/search.json?" + new URLSearchParams({ q: text }));
    const content = answer.ok ? await answer.json() : { found: [] };
    if (number === latest) show(content.found);
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 150); });
  input.form.addEventListener("keydown", (event) => {
    const links = [...found.querySelectorAll("a")];
    const place = links.indexOf(document.activeElement);
    if (event.key === "Escape") { show([]); input.focus(); }
    if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[Math.min(place + 1, links.length - 1)].focus(); }
    if (event.key === "ArrowUp" && place >= 0) { event.preventDefault(); (links[place - 1] || input).focus(); }
  });

  const box = document.getElementById("sql");
  if (!box) return;
  const names = document.getElementById("names");
  const tables = [...document.querySelectorAll("[data-table]")].map((part) => ({
    name: part.dataset.table,
    columns: [...part.querySelectorAll("[data-column]")].map((column) => column.textContent),
  }));
  const word = () => box.value.slice(0, box.selectionStart).match(/[A-Za-z_]\w*$/)?.[0] ?? "";
  const offered = () => {
    const start = word().toLowerCase();
    if (start.length < 2) return [];
    const used = tables.filter((table) => new RegExp("\\b" + table.name + "\\b").test(box.value));
    const all = [...tables.map((table) => table.name), ...used.flatMap((table) => table.columns)];
    return [...new Set(all)].filter((name) => name.startsWith(start) && name !== start).slice(0, 8);
  };
  box.addEventListener("input", () => { names.textContent = offered().join("  "); });
  box.addEventListener("keydown", (event) => {
    const [first] = offered();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) box.form.requestSubmit();
    if (event.key === "Tab" && first) {
      event.preventDefault();
      const end = box.selectionStart;
      box.setRangeText(first, end - word().length, end, "end");
      names.textContent = "";
    }
  });
})();
