// Lets an editor trust a certificate that a test has seen, and take that trust back.

const { ask, button, element, fingerprint, valuesOf } = window.partnerSmtp;

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
    const body = valuesOf(this.element.closest("form"));
    Object.entries(values).forEach(([name, value]) => body.append(name, value));
    const { answer, sentence } = await ask(url, body, this.strings);
    this.dispatch("changed", { detail: answer ? this.outcome(answer, success) : { message: sentence } });
  }

  outcome({ error, sha256, badge }, success) {
    if (error) return { message: error.message };
    this.pinTarget.hidden = !sha256;
    this.write(sha256);
    return { message: success, badge };
  }

  write(sha256) {
    this.fingerprintTarget.replaceChildren(...fingerprint(sha256).children);
  }
}

window.wagtail.app.register("partner-smtp-certificate", Certificate);
