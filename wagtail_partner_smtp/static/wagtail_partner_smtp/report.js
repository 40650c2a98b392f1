// Shows a report: the answer of an endpoint in the JSON of docs/connection-test.md. Any controller of the tab has its
// own shown by dispatching it as an event that the template connects with `partner-smtp-report#show`; what goes with
// it then is put into `actions`, of the event `partner-smtp-report:shown`.

const { certificate, element, extensions, fill, icon, icons, section, timeline } = window.partnerSmtp;

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
    const actions = element("div", "partner-smtp-outcome__actions");
    this.outputTarget.replaceChildren(
      ...[
        this.outcome(report, actions),
        this.notes(report.notes || []),
        this.warnings(report.warnings || []),
        timeline(report.stages || [], this.strings),
        certificate(report.tls, this.strings),
        extensions(report.extensions || {}, this.strings),
      ].filter(Boolean),
    );
    this.outputTarget.classList.toggle("partner-smtp__report--undeliverable", this.promisesTooMuch(report));
    if ("token" in report) this.token(report.token);
    if (report.badge) this.badge(report.badge);
    this.dispatch("shown", { detail: { report, actions } });
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.outputTarget.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  // What went well is green only on the way that real mail takes.
  promisesTooMuch({ ok, deliverable, tls }) {
    const isUntrusted = Boolean(tls) && !tls.verified && !tls.pinned;
    return isUntrusted || (ok && !deliverable);
  }

  outcome(report, actions) {
    const status = report.ok ? (report.deliverable ? "ok" : "warning") : "failed";
    const error = report.error || {};
    const body = element(
      "div",
      "",
      element("p", "partner-smtp-outcome__title", report.headline),
      error.message && element("p", "", error.message),
      error.hint && element("p", "", error.hint),
      error.suggestion && this.suggestion(error.suggestion),
      actions,
    );
    const box = element("div", `partner-smtp-outcome partner-smtp-outcome--${status}`);
    box.append(icon(icons[status], "partner-smtp-outcome__icon"), body);
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
    return section(this.strings.warningsTitle, element("ul", "partner-smtp-stages", ...items));
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
