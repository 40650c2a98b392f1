// Lets an editor trust a certificate that a test has seen, and take that trust back.

const { button, element, fingerprint } = window.partnerSmtp;

class Certificate extends window.StimulusModule.Controller {
  static targets = ["pin", "fingerprint"];

  initialize() {
    this.strings = JSON.parse(this.element.dataset.partnerSmtpStrings);
  }

  fingerprintTargetConnected(target) {
    this.write(target.textContent.replaceAll(":", ""));
  }

  offer({ detail: { report, actions } }) {
    const { trust } = report;
    if (!trust) return;
    const words = element("div", "", element("p", "", trust.message || this.strings.trustHelp));
    if (trust.value) {
      const agree = button("button-secondary", "", this.strings.trust);
      agree.addEventListener("click", () => this.trust(trust));
      words.append(fingerprint(trust.sha256), agree);
    }
    actions.append(element("div", "partner-smtp-trust", words));
  }

  async trust({ url, value }) {
    await this.post(url, { value }, this.strings.trusted);
  }

  async untrust({ params: { url } }) {
    await this.post(url, {}, this.strings.untrusted);
  }

  async post(url, values, success) {
    const form = this.element.closest("form");
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
    Object.entries(values).forEach(([name, value]) => body.append(name, value));
    let detail = { message: this.strings.network };
    try {
      const response = await fetch(url, {
        method: "POST",
        body,
        headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
        credentials: "same-origin",
        redirect: "error",
      });
      detail = await this.outcome(response, success);
    } catch {
      // Said in words below.
    }
    this.dispatch("changed", { detail });
  }

  async outcome(response, success) {
    if (response.status === 403) return { message: this.strings.forbidden };
    const answer = await response.json();
    if (!response.ok) return { message: answer.error.message };
    this.pinTarget.hidden = !answer.sha256;
    this.write(answer.sha256);
    return { message: success, badge: answer.badge };
  }

  write(sha256) {
    this.fingerprintTarget.replaceChildren(...fingerprint(sha256).children);
  }
}

window.wagtail.app.register("partner-smtp-certificate", Certificate);
