// Offers a test email once what is saved has passed its test, has it sent, and tells the others what came back.

class SendTestEmail extends window.StimulusModule.Controller {
  static targets = ["offer", "button", "unsaved"];

  static values = { url: String };

  initialize() {
    this.strings = JSON.parse(this.element.dataset.partnerSmtpStrings);
    this.edited = ({ target }) => {
      if (!this.offerTarget.hidden && /^smtp_/.test(target.name || "")) this.show({ unsaved: true });
    };
  }

  connect() {
    this.form = this.element.closest("form");
    this.form.addEventListener("input", this.edited);
    this.form.addEventListener("change", this.edited);
  }

  disconnect() {
    this.form.removeEventListener("input", this.edited);
    this.form.removeEventListener("change", this.edited);
  }

  // A result comes with a token as long as it is one of values that are not saved.
  offer({ detail: report }) {
    const works = report.ok && report.deliverable;
    this.show({ offer: works && !report.token, unsaved: works && Boolean(report.token) });
  }

  withdraw() {
    this.show({});
  }

  show({ offer = false, unsaved = false }) {
    this.offerTarget.hidden = !offer;
    this.unsavedTarget.hidden = !unsaved;
  }

  async send() {
    if (this.element.getAttribute("aria-busy") === "true") return;
    this.busy(true);
    this.dispatch("start");
    this.say(this.strings.sending);
    try {
      const { token, ...report } = await this.post();
      this.dispatch("report", { detail: report });
      this.say([report.headline, report.error?.message].filter(Boolean).join(" "), true);
    } catch (error) {
      this.say(error.sentence || this.strings.network);
    } finally {
      this.busy(false);
    }
  }

  async post() {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", this.form.elements.namedItem("csrfmiddlewaretoken").value);
    const response = await fetch(this.urlValue, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
      credentials: "same-origin",
      redirect: "error",
    });
    const isJSON = (response.headers.get("Content-Type") || "").startsWith("application/json");
    if (isJSON && response.status !== 403) return response.json();
    const sentence = response.status === 403 ? this.strings.forbidden : this.strings.unexpected;
    throw Object.assign(new Error(), { sentence: sentence.replace("%(status)s", response.status) });
  }

  // The button is not disabled: that would take the focus away from whoever pressed it.
  busy(isBusy) {
    this.buttonTarget.setAttribute("aria-disabled", String(isBusy));
    this.element.setAttribute("aria-busy", String(isBusy));
  }

  say(message, aloud = false) {
    this.dispatch("said", { detail: { message, aloud } });
  }
}

window.wagtail.app.register("partner-smtp-email", SendTestEmail);
