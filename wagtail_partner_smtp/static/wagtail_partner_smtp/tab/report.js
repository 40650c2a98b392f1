// Shows a report: the answer of an endpoint in the JSON of docs/connection-test.md. Any controller of the tab has its
// own shown by dispatching it as an event that the template connects with `partner-smtp-report#show`. Then comes the
// event `partner-smtp-report:shown` with the `report`, and two elements to put more into: `actions` below the outcome's
// words, and `output` at the end.

const { badge, button, calmly, certificate, element, extensions, fill, icon, icons, timeline } = window.partnerSmtp;

class Report extends window.StimulusModule.Controller {
  static targets = ["output", "origin", "badge", "when", "why"];

  initialize() {
    this.strings = JSON.parse(this.element.dataset.partnerSmtpStrings);
  }

  clear({ detail }) {
    this.outputTarget.replaceChildren();
    this.bringBack();
    if (detail?.badge) this.badge(detail.badge);
  }

  // Out of sight while something else is on its way that may take its place, or may not.
  setAside() {
    this.outputTarget.hidden = true;
  }

  bringBack() {
    this.outputTarget.hidden = false;
  }

  show({ detail: report }) {
    this.bringBack();
    const actions = element("div", "partner-smtp-outcome__actions");
    this.outputTarget.replaceChildren(
      ...[
        this.outcome(report, actions),
        this.notes(report.notes || []),
        timeline(report.stages || [], this.strings),
        certificate(report.tls, this.strings),
        extensions(report.extensions || {}, report.extension_notes || {}, this.strings),
      ].filter(Boolean),
    );
    this.outputTarget.classList.toggle("partner-smtp__report--undeliverable", this.promisesTooMuch(report));
    if ("token" in report) this.token(report.token);
    if (report.badge) this.badge(report.badge);
    this.dispatch("shown", { detail: { report, actions, output: this.outputTarget } });
    if (!report.restored) calmly(this.outputTarget);
  }

  // What went well is green only on the way that real mail takes.
  promisesTooMuch({ ok, deliverable, tls }) {
    const isUntrusted = Boolean(tls) && !tls.verified && !tls.pinned;
    return isUntrusted || (ok && !deliverable);
  }

  outcome(report, actions) {
    const status = report.ok ? (report.deliverable ? "ok" : "warning") : "failed";
    const error = report.error || {};
    if (error.suggestion) actions.append(this.suggestion(error.suggestion));
    const body = element(
      "div",
      "partner-smtp-outcome__body",
      element(
        "p",
        "partner-smtp-line",
        element("strong", "", report.headline),
        report.parameters?.address && element("code", "partner-smtp-quiet", report.parameters.address),
      ),
      error.message && element("p", "partner-smtp-outcome__cause", error.message),
      error.hint && element("p", "", error.hint),
      error.link && this.page(error.link),
      this.warnings(report.warnings || []),
      actions,
    );
    const box = element("div", `partner-smtp-outcome partner-smtp-outcome--${status}`);
    box.append(icon(icons[status], "partner-smtp-outcome__icon"), body);
    return box;
  }

  // A page of the mail provider, from the site's own table: never an address that a server said.
  page(address) {
    const link = element("a", "", this.strings.page);
    Object.assign(link, { href: address, target: "_blank", rel: "noopener noreferrer" });
    return element("p", "", link);
  }

  // What the button says is read from the form, so that it speaks the editor's language.
  suggestion(values) {
    const words = this.describe(values);
    const apply = button("", "", fill(this.strings.apply, { values: words }));
    apply.dataset.action = "partner-smtp-fields#suggest";
    apply.dataset.partnerSmtpFieldsValuesParam = JSON.stringify(values);
    apply.dataset.partnerSmtpFieldsWordsParam = words;
    return apply;
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
        "partner-smtp-marked",
        icon("warning", "partner-smtp-stage__icon partner-smtp-stage__icon--warning"),
        element(
          "div",
          "",
          element("p", "", warning.message),
          warning.hint && element("p", "partner-smtp-quiet", warning.hint),
          warning.link && this.page(warning.link),
          warning.suggestion && element("p", "", this.suggestion(warning.suggestion)),
        ),
      ),
    );
    const list = element("ul", "partner-smtp-warnings", ...items);
    list.setAttribute("aria-label", this.strings.warningsTitle);
    return list;
  }

  token(token) {
    const field = this.element.querySelector("[name=smtp_test_token]");
    if (field) field.value = token || "";
  }

  badge(shown) {
    this.originTarget.textContent = this.strings.lastTest;
    this.whyTargets.forEach((why) => why.remove());
    this.badgeTarget.replaceChildren(badge(shown));
    this.whenTarget.textContent = shown.text;
  }
}

window.wagtail.app.register("partner-smtp-report", Report);
