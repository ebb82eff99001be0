"use strict";
// Draws the articles of the report. All articles stand in an index, which filters and sorts; their texts lie in
// packed pages, worst first, of which those are unpacked that are shown or searched. Every text in the data is hostile: it reaches the page as text
// nodes and attribute values that `text` and `plain` have made visible, never as markup.
(() => {
  const ARTICLES_A_PAGE = 50;
  const SEGMENTS_A_PAGE = 100;
  const LONG_ARTICLE = 12;
  const FEW_ARTICLES = 5;
  const VERDICTS = { pass: "Publish", review: "Revise", block: "Stop" };
  const SEVERITIES = ["critical", "major", "minor", "neutral"];
  const FACETS = ["verdict", "severity", "rule", "system", "desk", "date", "pair"];
  const VERDICT_RANKS = ["pass", "review", "block"];
  const PAGES_KEPT = 64;
  const PATIENCE = 100; // milliseconds between two words on how far a search is
  const SOURCE = "source_span";
  const TARGET = "target_span";

  // Control, bidi and zero-width characters. ZWJ and ZWNJ are left: scripts and emoji need them.
  const HIDDEN =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]/u;
  // What a mark, or a fix, may consist of and still show nothing.
  const BLANK = /^[\s\p{Default_Ignorable_Code_Point}]+$/u;

  // ---- the page's colours, set before anything is drawn

  const theme = {
    get dark() {
      const chosen = document.documentElement.dataset.theme;
      return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    },
    set(name) {
      document.documentElement.dataset.theme = name;
      try {
        localStorage.setItem("mtcheck-theme", name);
      } catch {
        // Storage is refused to some pages opened from a file; the choice then lasts until the page closes.
      }
    },
    restore() {
      try {
        const name = localStorage.getItem("mtcheck-theme");
        if (name === "light" || name === "dark") document.documentElement.dataset.theme = name;
      } catch {
        // As above.
      }
    },
  };
  theme.restore();

  // ---- small tools

  const escaped = (point) => `\\u${point.codePointAt(0).toString(16).padStart(4, "0")}`;

  /** A text with its hidden characters as visible escapes, for attributes. */
  const plain = (value) => Array.from(value, (point) => (HIDDEN.test(point) ? escaped(point) : point)).join("");

  /** A text as nodes, its hidden characters as visible escapes; `all` shows blanks of any kind too. */
  function text(value, all = false) {
    const nodes = document.createDocumentFragment();
    let run = "";
    for (const point of value) {
      if (all && point === " ") run += "␣";
      else if (HIDDEN.test(point) || (all && BLANK.test(point))) {
        const chip = document.createElement("span");
        chip.className = "escape";
        chip.textContent = escaped(point);
        nodes.append(run, chip);
        run = "";
      } else run += point;
    }
    nodes.append(run);
    return nodes;
  }

  /** An element; strings among the children become visible text, null and false nothing. */
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === true) node.setAttribute(name, "");
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
    }
    for (const child of children.flat()) {
      if (typeof child === "string") node.append(text(child));
      else if (child) node.append(child);
    }
    return node;
  }

  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", `icon ${name}`);
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#icon-${name}`);
    svg.append(use);
    return svg;
  }

  function button(label, action, attributes = {}) {
    const node = el("button", { type: "button", ...attributes }, label);
    node.addEventListener("click", action);
    return node;
  }

  const whole = (count) => count.toLocaleString("en-US");
  const several = (count, word) => `${whole(count)} ${word}${count === 1 ? "" : "s"}`;
  const amount = (value) => (value === null ? "–" : value.toLocaleString("en-US", { maximumFractionDigits: 3 }));

  /** A score with as many decimals as its size deserves; the server has the same. */
  function number(value) {
    if (value === null || value === undefined) return "–";
    return value.toFixed(Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3).replace("-", "−");
  }

  /** A language for an attribute, where it is one: by the form of BCP 47. */
  const tagged = (lang) => (/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(lang ?? "") ? lang : null);

  const fold = (value) => value.normalize("NFC").toLowerCase();

  // ---- the data and what is asked of it

  let index = null;
  let articles = [];
  let leaves = []; // the elements that hold the packed pages
  let scoreNames = [];
  let findings = 0;
  let hits = []; // the articles that pass the filters, sorted
  let stops = 0; // the findings in them that pass: what j and k walk through
  let drawn = []; // the articles on the page, which alone have their texts
  let search = { q: "", found: new Map(), whole: Promise.resolve() };
  const unpacked = new Map(); // page numbers to promises of their articles, the last used last
  let drawing = null; // the newest call of drawList
  let asking = null; // the newest call of refresh
  const owners = new WeakMap(); // an article's element to the article
  let current = null; // where the finding is that has the focus, or had it last: article, index, place
  let here = null; // the segment that the address named, for j and k to start from
  let state = blankState();

  function blankState() {
    return {
      q: "", sort: "worst", page: 0, at: "", by: "",
      ...Object.fromEntries(FACETS.map((facet) => [facet, new Set()])),
    };
  }

  const passes = (facet, value) => state[facet].size === 0 || state[facet].has(value);
  const narrowed = () => state.q !== "" || state.rule.size > 0 || state.severity.size > 0;
  const isLong = (article) => article.findings > 0 && article.size > LONG_ARTICLE;
  const systemOf = (article) => article.system;
  const FACET_OF = {
    verdict: (article) => article.verdict,
    system: systemOf,
    desk: (article) => article.desk,
    // As coarse as the breakdown has them: a year, a month or a day.
    date: (article) => article.date.slice(0, index.dateLength),
    pair: (article) => `${article.source_lang ?? "?"} → ${article.target_lang ?? "?"}`,
  };

  async function unpack(node) {
    const packed = atob(node.textContent);
    const bytes = new Uint8Array(packed.length);
    for (let at = 0; at < packed.length; at += 1) bytes[at] = packed.charCodeAt(at);
    const { writable, readable } = new DecompressionStream("deflate");
    const writer = writable.getWriter();
    writer.write(bytes);
    writer.close();
    return new Response(readable).text();
  }

  /** A page of texts. */
  function texts(number) {
    const found = unpacked.get(number) ?? unpack(leaves[number]).then(JSON.parse);
    unpacked.delete(number);
    unpacked.set(number, found);
    if (unpacked.size > PAGES_KEPT) unpacked.delete(unpacked.keys().next().value);
    return found;
  }

  /** Read the index, of which a row is an article in short. */
  async function readIndex() {
    index = JSON.parse(await unpack(document.getElementById("index")));
    leaves = [...document.querySelectorAll("script.page")];
    index.found = index.found.map(([rule, severity]) => ({ rule, severity }));
    index.dateLength = index.parts.date?.find(Boolean)?.length ?? 10;
    const names = new Set();
    let [leaf, slot] = [0, 0];
    articles = index.articles.map(([id, system, pair, verdict, mqm_score, place, size, words, scores, found, desk, date]) => {
      if (slot === index.pages[leaf]) [leaf, slot] = [leaf + 1, 0];
      const [source_lang, target_lang] = index.pairs[pair];
      const article = {
        id, source_lang, target_lang, mqm_score, place, size, words, scores, found, leaf, slot,
        system: index.systems[system], desk: index.desks[desk], date: index.dates[date],
        verdict: VERDICT_RANKS[verdict], findings: 0, tally: {}, page: 0, revealed: null,
      };
      slot += 1;
      for (let at = 0; at < found.length; at += 2) {
        const { severity } = index.found[found[at]];
        article.findings += found[at + 1];
        article.tally[severity] = (article.tally[severity] ?? 0) + found[at + 1];
      }
      for (const name in scores) names.add(name);
      findings += article.findings;
      article.only = isLong(article);
      // A loose pair needs no second click; nor does the only article there is.
      article.open = index.articles.length === 1 || (size === 1 && article.findings > 0);
      return article;
    });
    index.articles = null;
    scoreNames = [...names];
    // Two systems may translate the same article: a link then says whose segment it means.
    const named = new Map();
    for (const article of articles) named.set(article.id, (named.get(article.id) ?? 0) + 1);
    for (const article of articles) article.twin = named.get(article.id) > 1;
  }

  /** Give the article its texts, and what of them the filters ask for. */
  async function load(article) {
    if (!article.segments) {
      const { segments, reasons, notes } = (await texts(article.leaf))[article.slot];
      for (const segment of segments) segment.findings ??= [];
      Object.assign(article, { segments, reasons, notes });
    }
    const needsFinding = state.rule.size > 0 || state.severity.size > 0;
    article.matching = new Set();
    article.stops = [];
    article.segments.forEach((segment, at) => {
      if (search.q && !haystack(article, segment).includes(search.q)) return;
      if (!needsFinding) article.matching.add(at);
      segment.findings.forEach((finding, place) => {
        if (!passes("severity", finding.severity) || !passes("rule", finding.rule)) return;
        article.matching.add(at);
        article.stops.push({ index: at, place });
      });
    });
  }

  /** What the search looks through. */
  const haystack = (article, segment) =>
    fold(
      [
        article.id, article.system, segment.id, segment.source, segment.target, segment.pseudo_reference,
        ...(segment.references ?? []),
        ...(segment.findings ?? []).flatMap((finding) => [finding.rule, finding.message]),
      ].join("\n"),
    );

  /** Look for a folded text in all articles; the newest search alone goes on. */
  function seek(q) {
    if (search.q !== q) {
      search = { q, found: new Map() };
      search.whole = q ? readAll(search) : Promise.resolve();
    }
    return search.whole;
  }

  async function readAll(mine) {
    // As the page has it, so that most pages need not be parsed.
    const needle = JSON.stringify(mine.q).slice(1, -1);
    const numbers = new Map(index.found.map(({ rule, severity }, kind) => [`${rule} ${severity}`, kind]));
    let said = performance.now();
    let first = 0;
    for (let leaf = 0; leaf < leaves.length; leaf += 1) {
      const page = await unpack(leaves[leaf]);
      if (search !== mine) return;
      if (fold(page).includes(needle)) {
        JSON.parse(page).forEach(({ segments }, slot) => {
          const article = articles[first + slot];
          const counts = new Map();
          let matches = false;
          for (const segment of segments) {
            if (!haystack(article, segment).includes(mine.q)) continue;
            matches = true;
            for (const { rule, severity } of segment.findings ?? []) {
              const kind = numbers.get(`${rule} ${severity}`);
              counts.set(kind, (counts.get(kind) ?? 0) + 1);
            }
          }
          if (matches) mine.found.set(article, [...counts].flat());
        });
      }
      first += index.pages[leaf];
      if (performance.now() - said > PATIENCE) {
        said = performance.now();
        document.getElementById("status").textContent = `Searching: ${Math.floor((100 * leaf) / leaves.length)} %`;
      }
    }
  }

  /** Find what passes the filters, and count for each choice what choosing it would show. */
  function filter() {
    const counts = Object.fromEntries(FACETS.map((facet) => [facet, {}]));
    const count = (facet, value, by) => (counts[facet][value] = (counts[facet][value] ?? 0) + by);
    const needsFinding = state.rule.size > 0 || state.severity.size > 0;
    const kinds = index.found.map(({ rule, severity }) => ({
      rule, severity, byRule: passes("rule", rule), bySeverity: passes("severity", severity),
    }));
    hits = [];
    stops = 0;
    for (const article of articles) {
      const found = search.q ? search.found.get(article) : article.found;
      if (!found) continue;
      const failed = Object.keys(FACET_OF).filter((facet) => !passes(facet, FACET_OF[facet](article)));
      if (failed.length > 1) continue;
      let passing = 0;
      for (let at = 0; at < found.length; at += 2) {
        const { rule, severity, byRule, bySeverity } = kinds[found[at]];
        if (bySeverity && !failed.length) count("rule", rule, found[at + 1]);
        if (byRule && !failed.length) count("severity", severity, found[at + 1]);
        if (byRule && bySeverity) passing += found[at + 1];
      }
      if (needsFinding && !passing) continue;
      for (const facet in FACET_OF) if (!failed.length || failed[0] === facet) count(facet, FACET_OF[facet](article), 1);
      if (failed.length) continue;
      article.passing = passing;
      stops += passing;
      hits.push(article);
    }
    hits.sort(order(state.sort));
    hits.forEach((article, rank) => (article.rank = rank));
    return counts;
  }

  /** How to sort; ties stay worst first, as the data is. */
  function order(name) {
    if (name === "place") return (a, b) => a.place - b.place;
    if (name === "name") {
      const collator = new Intl.Collator("en", { numeric: true });
      return (a, b) => collator.compare(a.id, b.id);
    }
    if (name === "findings") return (a, b) => b.findings - a.findings;
    if (name === "mqm") return (a, b) => a.mqm_score - b.mqm_score;
    if (name.startsWith("score:")) {
      const worseness = (article) => {
        const [value, kind] = article.scores[name.slice(6)] ?? [null];
        if (value === null) return Infinity;
        return index.kinds[kind].higher_is_better ? value : -value;
      };
      return (a, b) => {
        const [x, y] = [worseness(a), worseness(b)];
        return x === y ? 0 : x - y;
      };
    }
    return () => 0;
  }

  // ---- the address: a view, or a segment, is a link

  function readHash() {
    const raw = location.hash.slice(1);
    const params = new URLSearchParams(raw);
    const known = ["q", "sort", "page", "at", "by", ...FACETS];
    state = blankState();
    if (raw && ![...params.keys()].some((key) => known.includes(key))) {
      try {
        state.at = decodeURIComponent(raw);
      } catch {
        state.at = raw;
      }
      return;
    }
    for (const key of ["q", "at", "by"]) state[key] = params.get(key) ?? "";
    for (const facet of FACETS) state[facet] = new Set(params.getAll(facet));
    state.page = Math.max(0, (Number.parseInt(params.get("page") ?? "1", 10) || 1) - 1);
    const sort = params.get("sort");
    if ([...document.getElementById("sort").options].some((option) => option.value === sort)) state.sort = sort;
  }

  function hash(at = state.at, by = state.by) {
    const params = new URLSearchParams();
    if (state.q) params.set("q", state.q);
    for (const facet of FACETS) for (const value of state[facet]) params.append(facet, value);
    if (state.sort !== "worst") params.set("sort", state.sort);
    if (state.page > 0) params.set("page", state.page + 1);
    if (at) params.set("at", at);
    if (at && by) params.set("by", by);
    return `#${params}`;
  }

  function writeHash() {
    try {
      history.replaceState(null, "", hash());
    } catch {
      // A page without an address (in a mail preview, say) has nothing to keep.
    }
  }

  // ---- drawing: texts with their marks

  /** The text with its findings marked. Spans count code points; where they overlap, the worst shows. */
  function marked(value, findings, side) {
    const points = Array.from(value);
    const inside = (offset) => Math.min(Math.max(offset, 0), points.length);
    const spans = findings.flatMap((finding, place) => {
      const span = finding[side];
      return span ? [{ finding, place, start: inside(span[0]), end: inside(span[1]) }] : [];
    });
    const cuts = [...new Set([0, points.length, ...spans.flatMap((span) => [span.start, span.end])])];
    cuts.sort((a, b) => a - b);
    const nodes = document.createDocumentFragment();
    const numbered = findings.length > 1;
    cuts.forEach((start, turn) => {
      const empty = spans.filter((span) => span.start === start && span.end === start);
      if (empty.length) nodes.append(mark(empty, empty, "", numbered));
      if (turn + 1 === cuts.length) return;
      const end = cuts[turn + 1];
      const piece = points.slice(start, end).join("");
      const over = spans.filter((span) => span.start <= start && span.end >= end);
      const ending = over.filter((span) => span.end === end);
      nodes.append(over.length ? mark(over, ending, piece, numbered) : text(piece));
    });
    return nodes;
  }

  function mark(over, ending, piece, numbered) {
    const worst = SEVERITIES.find((severity) => over.some((span) => span.finding.severity === severity));
    const node = el("mark", {
      class: piece ? worst : `${worst} point`,
      title: over.map((span) => plain(span.finding.message)).join("\n"),
      "data-findings": over.map((span) => span.place).join(" "),
      "data-number": numbered && ending.length > 0 && ending.map((span) => span.place + 1).join(","),
    });
    // A blank that a rule points at must be seen; an ordinary space shows by its underline.
    node.append(text(piece, BLANK.test(piece) && !/^ +$/.test(piece)));
    return node;
  }

  function textBlock(kind, label, value, lang, nodes) {
    const body = value === "" ? [el("span", { class: "void" }, "(empty)"), nodes] : [nodes];
    return el(
      "div", { class: kind },
      el("span", { class: "side" }, lang ? `${label}, ${lang}` : label),
      el("p", { class: "text", dir: "auto", lang: tagged(lang) }, body),
    );
  }

  function scoreName(name) {
    if (!name.endsWith("_pseudo")) return [name];
    return [name.slice(0, -"_pseudo".length), " ", el("span", { class: "pseudo" }, "vs pseudo-reference")];
  }

  function chips(scores) {
    const names = Object.keys(scores ?? {});
    if (!names.length) return null;
    return el(
      "div", { class: "chips" },
      names.map((name) => {
        const [value, kind] = scores[name];
        const { higher_is_better: higher, signature } = index.kinds[kind];
        const title = `${plain(signature)}\n${higher ? "higher" : "lower"} is better`;
        return el("span", { title }, scoreName(name), " ", el("b", {}, number(value)));
      }),
    );
  }

  // ---- drawing: findings, segments, articles

  function fixOf(finding, target) {
    if (!finding.fix) return null;
    const old = Array.from(target).slice(...finding.target_span).join("");
    const written = (value) => text(value, BLANK.test(value));
    return el(
      "span", { class: "fix" },
      old ? el("del", {}, written(old)) : null,
      finding.fix.target ? [old ? " → " : "insert ", el("ins", {}, written(finding.fix.target))] : " → nothing",
    );
  }

  function findingItem(segment, finding, place) {
    const dim = !passes("rule", finding.rule) || !passes("severity", finding.severity);
    return el(
      "li", { class: dim ? "finding dim" : "finding", tabindex: "-1", "data-place": place },
      el(
        "span", { class: "head" },
        segment.findings.length > 1 ? `${place + 1} ` : null, icon(finding.severity), ` ${finding.severity}`,
      ),
      el(
        "p", {},
        el("bdi", {}, finding.message), " ",
        el("small", { class: "rule", title: plain(`${finding.code}, ${finding.mqm}`) }, finding.rule),
      ),
      finding.fix ? el("p", {}, el("small", {}, "Fix: "), fixOf(finding, segment.target)) : null,
    );
  }

  function segmentItem(article, segment, index) {
    const [sourceLang, targetLang] = [segment.source_lang ?? article.source_lang, segment.target_lang ?? article.target_lang];
    const hasSource = segment.source !== undefined;
    const others = [
      ...(segment.references ?? []).map((value) => ["Reference", value]),
      ...(segment.unit?.alternatives ?? []).map((value) => ["Alternative", value]),
      ...(segment.pseudo_reference === undefined ? [] : [["Pseudo-reference (made by a model)", segment.pseudo_reference]]),
    ];
    return el(
      "li", { class: `segment ${segment.role}`, tabindex: "-1", "data-index": index },
      el(
        "p", { class: "place" },
        el("span", { class: "role" }, segment.role),
        segment.verdict === "pass" ? null : el("span", {}, icon(segment.verdict), ` ${VERDICTS[segment.verdict]}`),
        el("a", { href: hash(segment.id, article.twin ? systemOf(article) : ""), title: "Link to this segment" }, el("bdi", {}, segment.id)),
        segment.origin ? el("bdi", {}, placeOf(segment.origin)) : null,
      ),
      el(
        "div", { class: hasSource ? "texts" : "texts alone" },
        hasSource && textBlock("source", "Source", segment.source, sourceLang, marked(segment.source, segment.findings, SOURCE)),
        textBlock("target", "Translation", segment.target, targetLang, marked(segment.target, segment.findings, TARGET)),
      ),
      segment.findings.length > 0 &&
        el("ol", { class: "findings", "aria-label": "Findings" }, segment.findings.map((finding, at) => findingItem(segment, finding, at))),
      chips(segment.scores),
      others.length > 0 &&
        el(
          "details", { class: "others" },
          el("summary", {}, [...new Set(others.map(([label]) => label.split(" ")[0]))].join(" and ")),
          others.map(([label, value]) => textBlock("other", label, value, targetLang, text(value))),
        ),
    );
  }

  const placeOf = (origin) => {
    const place = origin.line === null ? origin.file : `${origin.file}:${origin.line}`;
    return origin.unit ? `${place}, unit ${origin.unit}` : place;
  };

  /** The segments to show, as indices: all, or those that match or were asked for. */
  function shownSegments(article) {
    const wanted = (segment, index) => {
      if (article.revealed?.has(index)) return true;
      return narrowed() ? article.matching.has(index) : segment.findings.length > 0;
    };
    const all = article.segments.map((_, index) => index);
    return article.only ? all.filter((index) => wanted(article.segments[index], index)) : all;
  }

  function drawBody(article) {
    const shown = shownSegments(article);
    const pages = Math.max(1, Math.ceil(shown.length / SEGMENTS_A_PAGE));
    article.page = Math.min(article.page, pages - 1);
    const from = article.page * SEGMENTS_A_PAGE;
    const visible = shown.slice(from, from + SEGMENTS_A_PAGE);
    const list = el("ol", { "aria-label": "Segments" });
    let last = from ? shown[from - 1] : -1;
    const gap = (end) => {
      if (end - last > 1) list.append(el("li", {}, betweenButton(article, last + 1, end)));
    };
    for (const index of visible) {
      gap(index);
      list.append(segmentItem(article, article.segments[index], index));
      last = index;
    }
    if (article.page === pages - 1) gap(article.segments.length);
    const turn = (page) => {
      article.page = page;
      drawBody(article);
      article.node.scrollIntoView();
    };
    article.body.replaceChildren(
      ...[
        article.reasons.length ? reasonList(article.reasons) : null,
        article.notes.length ? el("ul", { class: "notes" }, article.notes.map((note) => el("li", {}, note))) : null,
        el("div", { class: "tools" }, onlySwitch(article), article.segments.length > 1 && chips(article.scores)),
        list,
        pager(shown.length, SEGMENTS_A_PAGE, article.page, "segments", turn),
      ].filter(Boolean),
    );
  }

  function reasonList(reasons) {
    return el(
      "ul", { class: "reasons" },
      reasons.map((reason) =>
        el(
          "li", {}, icon(reason.verdict),
          el("span", { title: `${reason.condition}: ${amount(reason.value)}, limit ${amount(reason.limit)}` }, reason.message),
        ),
      ),
    );
  }

  function onlySwitch(article) {
    if (article.segments.length < 2) return null;
    const box = el("input", { type: "checkbox", checked: article.only });
    box.addEventListener("change", () => {
      article.only = box.checked;
      article.revealed = null;
      drawBody(article);
      article.body.querySelector(".tools input").focus();
    });
    const count = narrowed() ? article.matching.size : article.segments.filter((segment) => segment.findings.length).length;
    const what = narrowed() ? "Only segments that match the filters" : "Only segments with findings";
    return el("label", {}, box, `${what} (${whole(count)} of ${whole(article.segments.length)})`);
  }

  function betweenButton(article, start, end) {
    const clean = !narrowed();
    const label = `Show ${several(end - start, "segment")} ${clean ? "without findings" : "in between"}`;
    return button(label, () => {
      article.revealed ??= new Set();
      for (let index = start; index < end; index += 1) article.revealed.add(index);
      drawBody(article);
      article.body.querySelector(`[data-index="${start}"]`)?.focus();
    }, { class: "between" });
  }

  function pager(total, size, page, what, turn) {
    if (total <= size) return null;
    const last = Math.ceil(total / size) - 1;
    const range = `${what} ${whole(page * size + 1)}–${whole(Math.min(total, (page + 1) * size))} of ${whole(total)}`;
    return el(
      "nav", { class: "pager", "aria-label": `Pages of ${what}` },
      button("Previous", () => turn(page - 1), { disabled: page === 0 }),
      el("span", {}, range),
      button("Next", () => turn(page + 1), { disabled: page === last }),
    );
  }

  function articleItem(article) {
    const headline = article.segments.find((segment) => segment.role === "headline" && segment.target) ?? article.segments[0];
    const about = [
      article.id, article.system, article.desk, article.date, `${article.source_lang ?? "?"} → ${article.target_lang ?? "?"}`,
      several(article.size, "segment"), several(article.words, "word"),
    ];
    const title = Array.from(headline?.target ?? "").slice(0, 200).join("");
    article.body = el("div", { class: "body" });
    article.node = el(
      "details", { class: "article" },
      el(
        "summary", {},
        el("span", { class: "word" }, icon(article.verdict), VERDICTS[article.verdict]),
        el(
          "span", { class: "title" },
          el("h3", { dir: "auto", lang: tagged(article.target_lang) }, title || article.id),
          el("span", { class: "about" }, about.filter(Boolean).map((part) => el("bdi", {}, part))),
        ),
        el(
          "span", { class: "tally" },
          SEVERITIES.filter((severity) => article.tally[severity]).map((severity) =>
            el("span", { title: severity }, icon(severity), whole(article.tally[severity]), el("span", { class: "unseen" }, ` ${severity}`)),
          ),
        ),
        el("span", { class: "mqm" }, el("small", {}, "MQM "), number(article.mqm_score)),
      ),
      article.body,
    );
    owners.set(article.node, article);
    article.node.addEventListener("toggle", ({ target }) => {
      // It may come when the list has been drawn anew.
      if (target !== article.node) return;
      article.open = target.open;
      if (article.open && !article.body.hasChildNodes()) drawBody(article);
    });
    if (article.open) {
      drawBody(article);
      article.node.open = true;
    }
    return article.node;
  }

  /** Draw the articles of this page; false if something newer is being drawn. */
  async function drawList() {
    const pages = Math.max(1, Math.ceil(hits.length / ARTICLES_A_PAGE));
    state.page = Math.min(state.page, pages - 1);
    const from = state.page * ARTICLES_A_PAGE;
    const shown = hits.slice(from, from + ARTICLES_A_PAGE);
    const mine = (drawing = {});
    await Promise.all(shown.map(load));
    if (drawing !== mine) return false;
    for (const article of drawn) if (!shown.includes(article)) Object.assign(article, { segments: null, node: null, body: null });
    drawn = shown;
    document.getElementById("list").replaceChildren(
      ...[...shown.map(articleItem), pager(hits.length, ARTICLES_A_PAGE, state.page, "articles", turnTo)].filter(Boolean),
    );
    return true;
  }

  async function turnTo(page) {
    state.page = page;
    state.at = state.by = "";
    writeHash();
    if (await drawList()) document.getElementById("status").scrollIntoView();
  }

  // ---- filters

  function choice(facet, value, label, picture) {
    const box = el("input", { type: "checkbox" });
    box.value = value;
    box.dataset.facet = facet;
    return el("label", { class: "choice" }, box, picture, label, el("output", {}));
  }

  function menu(facet, label, values) {
    const rows = values.map((value) => {
      const row = choice(facet, value, el("bdi", {}, value || `(no ${facet})`), null);
      row.className = "";
      return row;
    });
    return el(
      "details", { class: "menu" },
      el("summary", {}, label, " ", el("output", {})),
      el("div", { role: "group", "aria-label": label }, rows),
    );
  }

  function buildFilters() {
    const used = (values) => [...new Set(values)].sort();
    const rules = used(index.found.map(({ rule }) => rule));
    const systems = used(index.systems);
    const pairs = used(index.pairs.map(([source_lang, target_lang]) => FACET_OF.pair({ source_lang, target_lang })));
    const facets = [
      el("fieldset", {}, el("legend", {}, "Verdict"), Object.keys(VERDICTS).reverse().map((name) => choice("verdict", name, VERDICTS[name], icon(name)))),
      el("fieldset", {}, el("legend", {}, "Severity"), SEVERITIES.map((name) => choice("severity", name, name, icon(name)))),
      rules.length > 0 && menu("rule", "Rule", rules),
      systems.length > 1 && menu("system", "System", systems),
      index.parts.desk && menu("desk", "Desk", used(index.parts.desk)),
      index.parts.date && menu("date", "Date", used(index.parts.date)),
      pairs.length > 1 && menu("pair", "Languages", pairs),
    ];
    document.getElementById("facets").append(...facets.filter(Boolean));
    const sorts = [
      ["worst", "worst first"], ["place", "as delivered"], ["name", "by name"], ["findings", "most findings"], ["mqm", "lowest MQM"],
      ...scoreNames.map((name) => [`score:${name}`, `worst ${name}`]),
    ];
    document.getElementById("sort").append(...sorts.map(([value, label]) => el("option", { value }, label)));
  }

  /** Bring the controls in line with the state, each choice with what it would show. */
  function showState(counts) {
    const search = document.getElementById("search");
    if (search.value.trim() !== state.q) search.value = state.q;
    document.getElementById("sort").value = state.sort;
    for (const box of document.querySelectorAll("[data-facet]")) {
      box.checked = state[box.dataset.facet].has(box.value);
      box.parentElement.querySelector("output").textContent = whole(counts[box.dataset.facet][box.value] ?? 0);
    }
    for (const details of document.querySelectorAll(".menu")) {
      const chosen = details.querySelectorAll(":checked").length;
      details.querySelector("summary output").textContent = chosen ? `(${chosen})` : "";
    }
    const filtered = state.q !== "" || FACETS.some((facet) => state[facet].size > 0);
    document.getElementById("clear").hidden = !filtered;
  }

  function say(extra = "") {
    document.getElementById("status").replaceChildren(
      text(`${extra}${whole(hits.length)} of ${several(articles.length, "article")}, ${whole(stops)} of ${several(findings, "finding")}. `),
      el("span", { class: "keys" }, el("kbd", {}, "j"), " next finding, ", el("kbd", {}, "k"), " previous, ", el("kbd", {}, "/"), " search"),
    );
  }

  /** Show what the state asks for; false if something newer was asked for meanwhile. */
  async function refresh() {
    const mine = (asking = {});
    await seek(fold(state.q));
    if (asking !== mine) return false;
    showState(filter());
    // A narrowed view shows what it was narrowed to, in articles of any length.
    for (const article of hits) {
      article.only = narrowed() || isLong(article);
      article.revealed = null;
      article.page = 0;
    }
    if (narrowed() && hits.length <= FEW_ARTICLES) for (const article of hits) article.open = true;
    if (!(await drawList())) return false;
    say();
    return true;
  }

  function changed() {
    here = null;
    state.page = 0;
    state.at = state.by = "";
    writeHash();
    return refresh();
  }

  // ---- going somewhere

  /** Bring a segment into the page, wherever it is hidden, and return its element. */
  async function reveal(article, index) {
    await load(article);
    article.open = true;
    if (!shownSegments(article).includes(index)) (article.revealed ??= new Set()).add(index);
    article.page = Math.floor(shownSegments(article).indexOf(index) / SEGMENTS_A_PAGE);
    const page = Math.floor(article.rank / ARTICLES_A_PAGE);
    if (page !== state.page || !article.node?.isConnected) {
      state.page = page;
      if (!(await drawList())) return null;
    }
    const find = () => article.body.querySelector(`.segment[data-index="${index}"]`);
    if (!find()) drawBody(article);
    article.node.open = true;
    return find();
  }

  function focusFinding(segmentNode, place) {
    const item = segmentNode.querySelector(`.finding[data-place="${place}"]`);
    segmentNode.scrollIntoView({ block: "nearest" });
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  }

  /** Go to the next finding that passes, or the one before: from the one with the focus, or the segment named. */
  async function step(by) {
    const from = current ?? here;
    let article = from?.article;
    let stop = null;
    let rank = by > 0 ? -1 : hits.length;
    if (article && hits[article.rank] === article) {
      await load(article);
      ({ rank } = article);
      const reached = (one) => one.index > from.index || (one.index === from.index && one.place >= (from.place ?? 0));
      const next = article.stops.findIndex(reached);
      const at = next < 0 ? article.stops.length : next;
      // With no finding of its own to leave, the first one after the place is the next.
      const skips = by < 0 || (current && article.stops[at]?.index === from.index && article.stops[at].place === from.place);
      stop = article.stops[skips ? at + by : at];
    }
    while (!stop) {
      rank += by;
      article = hits[rank];
      if (!article) return;
      if (!article.passing) continue;
      await load(article);
      stop = article.stops.at(by > 0 ? 0 : -1);
    }
    const node = await reveal(article, stop.index);
    if (!node) return;
    focusFinding(node, stop.place);
    state.at = article.segments[stop.index].id;
    state.by = article.twin ? systemOf(article) : "";
    writeHash();
  }

  /** The article that has the segment of the address: by its name, as most segments are named; else by a search. */
  async function holder() {
    const right = (article) => !state.by || systemOf(article) === state.by;
    const holds = (segments) => segments.some((segment) => segment.id === state.at);
    const isHit = (article) => hits[article.rank] === article;
    const named = articles.filter((article) => state.at.startsWith(article.id) && right(article));
    named.sort((a, b) => isHit(b) - isHit(a));
    for (const article of named) {
      const { segments } = (await texts(article.leaf))[article.slot];
      if (holds(segments)) return article;
    }
    const needle = `"id":${JSON.stringify(state.at)}`;
    let first = 0;
    for (const [leaf, node] of leaves.entries()) {
      const page = await unpack(node);
      const slot = page.includes(needle)
        ? JSON.parse(page).findIndex(({ segments }, at) => right(articles[first + at]) && holds(segments))
        : -1;
      if (slot >= 0) return articles[first + slot];
      first += index.pages[leaf];
    }
    return null;
  }

  /** Follow the address to its segment; filters that hide it give way. */
  async function goTo() {
    if (!state.at) return;
    const { at } = state;
    const article = await holder();
    if (state.at !== at) return;
    if (!article) {
      say(`There is no segment “${at}” here. `);
      return;
    }
    if (hits[article.rank] !== article) {
      state = { ...blankState(), at: state.at, by: state.by };
      if (!(await refresh())) return;
    }
    await load(article);
    here = { article, index: article.segments.findIndex((segment) => segment.id === at) };
    current = null;
    const node = await reveal(article, here.index);
    node?.scrollIntoView({ block: "center" });
    node?.focus({ preventScroll: true });
  }

  /** Mark the finding that has the focus in the texts above it. */
  function onFocus(event) {
    const item = event.target.closest(".finding");
    if (!item) return;
    for (const old of document.querySelectorAll("mark.current")) old.classList.remove("current");
    const node = item.closest(".segment");
    const article = owners.get(item.closest(".article"));
    current = { article, index: Number(node.dataset.index), place: Number(item.dataset.place) };
    for (const one of node.querySelectorAll(`mark[data-findings~="${item.dataset.place}"]`)) one.classList.add("current");
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const openMenu = event.target.closest?.(".menu[open]");
    if (event.key === "Escape" && openMenu) {
      openMenu.open = false;
      openMenu.querySelector("summary").focus();
    }
    if (event.target.matches?.("input:not([type=checkbox]), select, textarea")) return;
    if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "/") {
      event.preventDefault();
      document.getElementById("search").focus();
    }
  }

  // A step may have to unpack a page: the next one waits for it.
  let walking = Promise.resolve();
  const walk = (by) => (walking = walking.then(() => step(by)));

  async function onHash() {
    const raw = location.hash.slice(1);
    // A link to a part of the page is not a view of it.
    if (raw && document.getElementById(raw)) return;
    readHash();
    if (!(await refresh())) return;
    if (state.at) await goTo();
    else if (raw) document.getElementById("articles").scrollIntoView();
  }

  function listen() {
    const search = document.getElementById("search");
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        state.q = search.value.trim();
        changed();
      }, 150);
    });
    document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
    document.getElementById("facets").addEventListener("change", ({ target }) => {
      const chosen = state[target.dataset.facet];
      if (target.checked) chosen.add(target.value);
      else chosen.delete(target.value);
      changed();
    });
    document.getElementById("sort").addEventListener("change", ({ target }) => {
      state.sort = target.value;
      changed();
    });
    document.getElementById("clear").addEventListener("click", () => {
      state = { ...blankState(), sort: state.sort };
      changed();
      search.focus();
    });
    document.getElementById("open").addEventListener("click", () => {
      const open = drawn.some((article) => !article.open);
      for (const article of drawn) article.node.open = open;
    });
    document.getElementById("list").addEventListener("focusin", onFocus);
    document.getElementById("list").addEventListener("click", ({ target }) => {
      const hit = target.closest("mark");
      if (hit) focusFinding(hit.closest(".segment"), hit.dataset.findings.split(" ")[0]);
    });
    document.addEventListener("click", ({ target }) => {
      for (const open of document.querySelectorAll(".menu[open]")) if (!open.contains(target)) open.open = false;
    });
    document.addEventListener("keydown", onKey);
    window.addEventListener("hashchange", onHash);
  }

  /** On paper nothing can be opened: what is folded is printed, and the articles of this page that did not pass. */
  function setUpPrint() {
    let opened = [];
    window.addEventListener("beforeprint", () => {
      for (const article of drawn) {
        if (article.verdict !== "pass" && !article.body.hasChildNodes()) drawBody(article);
      }
      const passed = new Set(drawn.filter((article) => article.verdict === "pass").map((article) => article.node));
      opened = [...document.querySelectorAll("main details:not([open], .menu, .others), footer details:not([open])")];
      opened = opened.filter((details) => !passed.has(details));
      for (const details of opened) details.open = true;
    });
    window.addEventListener("afterprint", () => {
      for (const details of opened) details.open = false;
    });
  }

  function setUpTheme() {
    const toggle = document.getElementById("theme");
    const label = () => (toggle.textContent = theme.dark ? "Light" : "Dark");
    toggle.addEventListener("click", () => {
      theme.set(theme.dark ? "light" : "dark");
      label();
    });
    toggle.hidden = false;
    label();
  }

  document.addEventListener("DOMContentLoaded", async () => {
    setUpTheme();
    setUpPrint();
    await readIndex();
    buildFilters();
    document.getElementById("filters").hidden = articles.length === 0;
    listen();
    readHash();
    await refresh();
    await goTo();
  });
})();
