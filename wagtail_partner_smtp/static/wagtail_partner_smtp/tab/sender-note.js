// "Acme <billing@acme.example>" pasted as an address is taken apart as the form itself would.

const NAME_AND_ADDRESS = /^\s*([^<>]*?)\s*<\s*([^<>\s]+@[^<>\s]+)\s*>\s*$/;
// What takes more reading, such as encoded-words or a second address, is left to the form.
const IS_PLAIN = /^(?:"(?:[^"\\]|\\.)*"|[^"@]*)$/;

class SenderNote extends window.StimulusModule.Controller {
  static targets = ["note"];

  static outlets = ["partner-smtp-fields"];

  static values = { taken: String };

  connect() {
    this.fields = this.element.closest("form").elements;
  }

  typed({ target, detail }) {
    const isEmail = target === this.fields.namedItem("smtp_email");
    if (detail?.origin || !(isEmail || target === this.fields.namedItem("smtp_reply_to"))) return;
    const [, written, address] = NAME_AND_ADDRESS.exec(target.value) || [];
    if (!address || !IS_PLAIN.test(written) || written.includes("=?")) return;
    const name = written.replace(/^"(.*)"$/, "$1").replace(/\\(.)/g, "$1");
    const taken = isEmail && name ? { smtp_sender_name: name } : {};
    this.partnerSmtpFieldsOutlet.fill({ [target.name]: address, ...taken });
    this.noteTarget.textContent = taken.smtp_sender_name ? window.partnerSmtp.fill(this.takenValue, { name }) : "";
  }
}

window.wagtail.app.register("partner-smtp-sender", SenderNote);
