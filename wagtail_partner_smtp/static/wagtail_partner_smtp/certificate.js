// Lets an editor trust a certificate that a test has seen, and take that trust back.

// As mail providers and OpenSSL print it.
const colons = (sha256) => (sha256.match(/../g) || []).join(":").toUpperCase();

class Certificate extends window.StimulusModule.Controller {
  static targets = ["pin", "fingerprint"];

  initialize() {
    this.strings = JSON.parse(this.element.dataset.partnerSmtpStrings);
  }

  offer({ detail: { trust } }) {
    if (!trust) return;
    const box = document.createElement("div");
    box.className = "partner-smtp-warning";
    const words = document.createElement("div");
    const help = document.createElement("p");
    help.textContent = trust.message || this.strings.trustHelp;
    words.append(help);
    if (trust.value) words.append(this.fingerprint(trust), this.button(trust));
    box.append(words);
    this.element.querySelector(".partner-smtp-outcome")?.after(box);
  }

  fingerprint({ sha256 }) {
    const code = document.createElement("code");
    code.className = "partner-smtp-fingerprint";
    code.textContent = colons(sha256);
    return code;
  }

  button(trust) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small button-secondary";
    button.textContent = this.strings.trust;
    button.addEventListener("click", () => this.trust(trust));
    return button;
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
    this.fingerprintTarget.textContent = colons(answer.sha256);
    return { message: success, badge: answer.badge };
  }
}

window.wagtail.app.register("partner-smtp-certificate", Certificate);
