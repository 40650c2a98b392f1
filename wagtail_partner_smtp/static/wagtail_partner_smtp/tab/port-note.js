// A server or a security without a port gets the usual one, unless somebody typed one; a note says if the two do not fit.

// A name or an IP address alone. What says more, such as "mail.example.com:2525", may name the port itself, and so may a number.
const PLAIN_HOST = /^(?!\d+$)(?:[^\s:/@(),[\]]+|[0-9a-f.]*(?::[0-9a-f.]*){2,}|\[[0-9a-f:.]+\])$/i;

class PortNote extends window.StimulusModule.Controller {
  static targets = ["note"];

  static outlets = ["partner-smtp-fields"];

  static values = { usual: Object, mismatches: Object, filled: String, typed: Boolean };

  connect() {
    this.fields = this.element.closest("form").elements;
    const field = this.port.closest("[data-field]");
    // Moving it connects it anew.
    if (field && this.element.parentNode !== field) {
      field.append(this.element);
      return;
    }
    this.last = this.port.value;
    // Whether nobody typed what the port says: such a port may be filled in again.
    this.isOurs = !this.typedValue;
    this.tell();
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

  get host() {
    return this.fields.namedItem("smtp_host");
  }

  get mayNamePort() {
    const text = this.host.value.trim();
    return Boolean(text) && !PLAIN_HOST.test(text);
  }

  typed({ target, detail }) {
    if (target === this.port && this.port.value !== this.last) {
      this.last = this.port.value;
      this.isOurs = detail?.origin === "filled";
      this.tell();
    }
    if ([this.port, this.security].includes(target)) this.show("");
  }

  // Others ask this of the field.
  tell() {
    this.port.dataset.chosen = String(!this.isOurs && Boolean(this.port.value.trim()));
  }

  chosen({ target, detail }) {
    if (target === this.security) this.port.placeholder = this.usualValue[this.security.value];
    if (detail?.origin) return;
    if (target === this.security && (this.isOurs || !this.port.value.trim())) this.fillIn();
  }

  // What is saved and tested for an empty field is shown in it, but not while somebody may type there.
  left({ target, relatedTarget }) {
    if (![this.port, this.host].includes(target) || relatedTarget === this.port) return;
    if (this.host.value.trim() && !this.port.value.trim()) this.fillIn();
  }

  fillIn() {
    const usual = this.usualValue[this.security.value];
    if (!usual || this.mayNamePort || this.port.value === String(usual)) return;
    this.partnerSmtpFieldsOutlet.fill({ smtp_port: usual });
    const security = this.security.selectedOptions[0].textContent.trim();
    this.show(window.partnerSmtp.fill(this.filledValue, { port: usual, security }));
  }

  show(sentence) {
    const mismatch = this.mismatchesValue[this.port.value.trim()]?.[this.security.value];
    const text = mismatch || sentence;
    this.noteTarget.classList.toggle("partner-smtp-note--mismatch", Boolean(mismatch));
    // A live region speaks when it is written to, even if the words stay the same.
    if (this.noteTarget.textContent !== text) this.noteTarget.textContent = text;
  }
}

window.wagtail.app.register("partner-smtp-port", PortNote);
