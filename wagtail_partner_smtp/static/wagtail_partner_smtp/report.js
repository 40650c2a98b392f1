// Shows what a connection test found. Everything is set as text: a server's words are never read as HTML.

const ICONS = {
  ok: "check",
  warning: "warning",
  failed: "cross",
  skipped: "minus",
};

const SVG = "http://www.w3.org/2000/svg";

function icon(name, className) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name} ${className}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const fill = (sentence, values) =>
  sentence.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));

class Report extends window.StimulusModule.Controller {
  static targets = ["output", "badge", "when"];

  initialize() {
    this.strings = JSON.parse(this.element.dataset.partnerSmtpStrings);
  }

  clear({ detail }) {
    this.outputTarget.replaceChildren();
    if (detail?.badge) this.badge(detail.badge);
  }

  show({ detail: report }) {
    this.outputTarget.replaceChildren(
      ...[
        this.outcome(report),
        this.notes(report.notes || []),
        this.warnings(report.warnings || []),
        this.stages(report.stages || []),
        this.tls(report.tls),
        this.extensions(report.extensions || {}),
      ].filter(Boolean),
    );
    this.outputTarget.classList.toggle("partner-smtp__report--undeliverable", this.promisesTooMuch(report));
    this.token(report.token);
    if (report.badge) this.badge(report.badge);
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.outputTarget.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  // What went well is green only on the way that real mail takes.
  promisesTooMuch({ ok, deliverable, tls }) {
    const isUntrusted = Boolean(tls) && !tls.verified && !tls.pinned;
    return isUntrusted || (ok && !deliverable);
  }

  outcome(report) {
    const status = report.ok ? (report.deliverable ? "ok" : "warning") : "failed";
    const sentence = report.ok ? this.strings[report.deliverable ? "ok" : "undeliverable"] : this.strings.failed;
    const error = report.error || {};
    const body = element(
      "div",
      "",
      element("p", "partner-smtp-outcome__title", sentence),
      error.message && element("p", "", error.message),
      error.hint && element("p", "", error.hint),
      error.suggestion && this.suggestion(error.suggestion),
    );
    const box = element("div", `partner-smtp-outcome partner-smtp-outcome--${status}`);
    box.append(icon(ICONS[status], "partner-smtp-outcome__icon"), body);
    return box;
  }

  // What the button says is read from the form, so that it speaks the editor's language.
  suggestion(values) {
    const sentence = fill(this.strings.apply, { values: this.describe(values) });
    const button = element("button", "button button-small button-secondary", sentence);
    button.type = "button";
    button.dataset.action = "partner-smtp-fields#suggest";
    button.dataset.partnerSmtpFieldsValuesParam = JSON.stringify(values);
    return element("p", "", button);
  }

  describe(values) {
    const { elements } = this.element.closest("form");
    return Object.entries(values)
      .map(([name, value]) => {
        const field = elements.namedItem(name);
        const label = field?.labels?.[0]?.textContent.trim().replace(/\*$/, "") || name;
        const option = [...(field?.options || [])].find((each) => each.value === String(value));
        return `${label} ${option ? option.textContent.trim() : value}`;
      })
      .join(", ");
  }

  notes(sentences) {
    if (!sentences.length) return null;
    return element("ul", "partner-smtp-notes", ...sentences.map((each) => element("li", "", each)));
  }

  warnings(warnings) {
    if (!warnings.length) return null;
    const items = warnings.map((warning) =>
      element(
        "li",
        "",
        icon("warning", "partner-smtp-stage__icon partner-smtp-stage__icon--warning"),
        element(
          "div",
          "",
          element("p", "", warning.message),
          warning.hint && element("p", "partner-smtp-quiet", warning.hint),
          warning.suggestion && this.suggestion(warning.suggestion),
        ),
      ),
    );
    return this.section(this.strings.warningsTitle, element("ul", "partner-smtp-stages", ...items));
  }

  stages(stages) {
    if (!stages.length) return null;
    const list = element("ol", "partner-smtp-stages", ...stages.map((stage) => this.stage(stage)));
    list.setAttribute("aria-label", this.strings.stagesTitle);
    return this.section(this.strings.stagesTitle, list);
  }

  stage(stage) {
    const skipped = stage.status === "skipped";
    const name = element("span", "partner-smtp-stage__name", stage.title);
    const status = element("span", "partner-smtp-stage__status", this.strings.statuses[stage.status]);
    const ms = element("span", "partner-smtp-quiet", fill(this.strings.milliseconds, { ms: stage.ms }));
    const item = element(
      "li",
      `partner-smtp-stage partner-smtp-stage--${stage.status}`,
      icon(ICONS[stage.status], `partner-smtp-stage__icon partner-smtp-stage__icon--${stage.status}`),
      element(
        "div",
        "",
        element("p", "partner-smtp-stage__head", name, " ", status, " ", skipped ? "" : ms),
        stage.message && element("p", "partner-smtp-quiet", stage.message),
        stage.reply && this.reply(stage.reply),
      ),
    );
    item.dataset.stage = stage.name;
    return item;
  }

  reply(text) {
    const words = element("code", "partner-smtp-reply", text);
    words.dir = "auto";
    return element("p", "partner-smtp-quiet", `${this.strings.server} `, words);
  }

  tls(tls) {
    if (!tls) return null;
    const rows = Object.entries(this.strings.tls).filter(([name]) => ![null, undefined, ""].includes(tls[name]));
    const list = this.facts(rows.map(([name, label]) => [label, this.fact(name, tls[name])]));
    return this.details(this.strings.tlsTitle, list, !tls.verified);
  }

  fact(name, value) {
    if (typeof value === "boolean") return value ? this.strings.yes : this.strings.no;
    if (name === "days_left") return fill(this.strings.days, { days: value });
    if (name === "sha256") return (value.match(/../g) || []).join(":").toUpperCase();
    return Array.isArray(value) ? value.join(", ") : String(value);
  }

  extensions(extensions) {
    const rows = Object.entries(extensions);
    return rows.length ? this.details(this.strings.extensionsTitle, this.facts(rows), false) : null;
  }

  facts(rows) {
    const cells = rows.flatMap(([label, value]) => [element("dt", "", label), element("dd", "", value)]);
    return element("dl", "partner-smtp-facts", ...cells);
  }

  section(title, content) {
    return element("section", "", element("h3", "partner-smtp-title", title), content);
  }

  details(title, content, open) {
    const node = element("details", "partner-smtp-details", element("summary", "", title), content);
    node.open = open;
    return node;
  }

  token(token) {
    const field = this.element.querySelector("[name=smtp_test_token]");
    if (field) field.value = token || "";
  }

  badge({ status, label, icon: name, text }) {
    const words = element("span", "", label);
    words.dataset.badgeLabel = "";
    const badge = element("span", `partner-smtp-badge partner-smtp-badge--${status}`);
    badge.append(icon(name, "partner-smtp-badge__icon"), words);
    this.badgeTarget.replaceChildren(badge);
    this.whenTarget.textContent = text;
  }
}

window.wagtail.app.register("partner-smtp-report", Report);
