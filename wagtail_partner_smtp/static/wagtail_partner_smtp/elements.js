// What the scripts of the SMTP tab share. Everything is set as text: a server's reply is never read as HTML.
// A name on the window instead of exports: storages that keep hashed names only do not rewrite imports.

const SVG = "http://www.w3.org/2000/svg";

function icon(name, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name} ${className}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

const isSomething = (child) => child !== null && child !== undefined && child !== "" && child !== false;

// Children are nodes or text; what is empty is left out.
function element(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter(isSomething));
  return node;
}

// "%(port)s" in a translated sentence becomes the value.
const fill = (sentence, values) =>
  sentence.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));

// Numbers as the page's language writes them.
const number = (value, digits = 0) =>
  value.toLocaleString(document.documentElement.lang || undefined, { maximumFractionDigits: digits });

// A fingerprint as mail providers and OpenSSL print it, in groups that a line breaks between.
function fingerprint(sha256) {
  const groups = (sha256.match(/.{1,8}/g) || []).map((group, position, { length }) => {
    const bytes = group.match(/../g).join(":").toUpperCase();
    return element("span", "partner-smtp-group", position < length - 1 ? `${bytes}:` : bytes);
  });
  return element("code", "partner-smtp-fingerprint", ...groups);
}

// A bar in a track, for eyes only: beside it the same is said in words. `start` and `length` are parts of 1.
function bar(className, start, length) {
  const filling = element("div", "partner-smtp-bar__filling");
  // Set one by one: a policy without inline styles allows nothing else.
  filling.style.insetInlineStart = `min(${100 * start}%, 100% - var(--partner-smtp-bar-least))`;
  filling.style.inlineSize = `${100 * length}%`;
  const track = element("div", `partner-smtp-bar ${className}`, filling);
  track.setAttribute("aria-hidden", "true");
  return track;
}

function button(className, name, label) {
  const symbol = name && icon(name, "partner-smtp-button__icon");
  const node = element("button", `button button-small ${className}`, symbol, label);
  node.type = "button";
  return node;
}

// The state of a partner's mail, as badge.html shows it.
function badge({ status, label, icon: name }) {
  const words = element("span", "", label);
  words.dataset.badgeLabel = "";
  return element("span", `partner-smtp-badge partner-smtp-badge--${status}`, icon(name, "partner-smtp-badge__icon"), words);
}

// `summary` are nodes or text; the first is the title.
function details([title, ...summary], content, open = false) {
  const head = element("summary", "", element("span", "partner-smtp-title", title), ...summary);
  const node = element("details", "partner-smtp-details", head, content);
  node.open = open;
  return node;
}

const icons = { ok: "check", warning: "warning", failed: "cross", skipped: "minus" };

// Whether the text of the element was copied; if not, it is selected. A browser gives the clipboard only to pages that
// came over https, and may ask its user first.
async function copyOrSelect(node) {
  try {
    await navigator.clipboard.writeText(node.textContent);
    return true;
  } catch {
    const folded = node.closest("details");
    if (folded) folded.open = true;
    node.focus();
    window.getSelection().selectAllChildren(node);
    return false;
  }
}

// Scrolls there, smoothly unless the user prefers reduced motion.
function calmly(node, block = "nearest") {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block, behavior: calm ? "auto" : "smooth" });
}

window.partnerSmtp = { badge, bar, button, calmly, copyOrSelect, details, element, fill, fingerprint, icon, icons, number };
