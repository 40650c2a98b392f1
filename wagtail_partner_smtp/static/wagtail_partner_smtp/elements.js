// What the scripts of the SMTP tab share. Everything is set as text: a server's words are never read as HTML.
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

// A fingerprint as mail providers and OpenSSL print it.
const colons = (sha256) => (sha256.match(/../g) || []).join(":").toUpperCase();

function facts(rows) {
  const cells = rows.flatMap(([label, value]) => [element("dt", "", label), element("dd", "", value)]);
  return element("dl", "partner-smtp-facts", ...cells);
}

function section(title, content) {
  return element("section", "", element("h3", "partner-smtp-title", title), content);
}

function details(title, content, open = false) {
  const node = element("details", "partner-smtp-details", element("summary", "", title), content);
  node.open = open;
  return node;
}

window.partnerSmtp = { icon, element, fill, colons, facts, section, details, icons: {
  ok: "check",
  warning: "warning",
  failed: "cross",
  skipped: "minus",
} };
