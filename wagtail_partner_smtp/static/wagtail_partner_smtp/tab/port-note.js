// Choosing the security fills in its usual port, unless somebody typed one; a pair that does not fit is told.

// "mail.example.com:2525": the host field itself may name the port.
const NAMES_A_PORT = /[:\s]\d+\s*\/*\s*$/;

class PortNote extends window.StimulusModule.Controller {
  static targets = ["note"];

  static outlets = ["partner-smtp-fields"];

  static values = { usual: Object, mismatches: Object, filled: String };

  connect() {
    this.fields = this.element.closest("form").elements;
    const field = this.port.closest("[data-field]");
    // Moving it connects it anew.
    if (field && this.element.parentNode !== field) {
      field.append(this.element);
      return;
    }
    this.last = this.port.value;
    // Whether what the port says was filled in by a script: such a port may be filled in again.
    this.isOurs = false;
    this.show("");
  }

  partnerSmtpFieldsOutletConnected(outlet) {
    outlet.describe(this.port, this.noteTarget.id, true);
  }

  get port() {
    return this.fields.namedItem("smtp_port");
  }

  get security() {
    return this.fields.namedItem("smtp_security");
  }

  get hostNamesPort() {
    return NAMES_A_PORT.test(this.fields.namedItem("smtp_host").value);
  }

  typed({ target, detail }) {
    if (target === this.port && this.port.value !== this.last) {
      this.last = this.port.value;
      this.isOurs = detail?.origin === "filled";
    }
    if ([this.port, this.security, this.fields.namedItem("smtp_host")].includes(target)) this.show("");
  }

  chosen({ target, detail }) {
    if (target !== this.security || detail?.origin) return;
    const usual = this.usualValue[this.security.value];
    const isFree = this.isOurs || !this.port.value.trim();
    if (!usual || !isFree || this.hostNamesPort || this.port.value === String(usual)) return;
    this.partnerSmtpFieldsOutlet.fill({ smtp_port: usual });
    const security = this.security.selectedOptions[0].textContent.trim();
    this.show(window.partnerSmtp.fill(this.filledValue, { port: usual, security }));
  }

  show(sentence) {
    const empty = this.hostNamesPort ? "" : "25";
    const mismatch = this.mismatchesValue[this.port.value.trim() || empty]?.[this.security.value];
    const text = mismatch || sentence;
    this.noteTarget.classList.toggle("partner-smtp-note--mismatch", Boolean(mismatch));
    // A live region speaks when it is written to, even if the words stay the same.
    if (this.noteTarget.textContent !== text) this.noteTarget.textContent = text;
  }
}

window.wagtail.app.register("partner-smtp-port", PortNote);
