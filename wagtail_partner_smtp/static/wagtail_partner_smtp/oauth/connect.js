// Leads to the provider's page where the mailbox's owner agrees, and forgets a connection. Only what is saved can be
// connected: the answer of the provider comes to a page that knows nothing of the form.

const { ask, copyOrSelect, icon, isBusy, setBusy, valuesOf } = window.partnerSmtp;

const FIELDS = /^smtp_(?!test_token$)/;

class Connect extends window.StimulusModule.Controller {
  static targets = ["state", "icon", "sentence", "caution", "connect", "label", "disconnect", "live", "uri"];

  static values = { connectUrl: String, disconnectUrl: String, refused: Boolean, strings: Object };

  connect() {
    this.form = this.element.closest("form");
    this.saved = this.typed();
    this.update();
  }

  // For accounts whose owner signs in, as far as the form says by now.
  update() {
    const value = (name) => this.form.elements.namedItem(name)?.value;
    const isSite = value("smtp_oauth_provider") === "site";
    this.element.hidden = value("smtp_auth") !== "oauth" || value("smtp_oauth_grant") !== "consent" || isSite;
  }

  async open() {
    if (isBusy(this.element)) return;
    if (this.isUnsaved()) {
      this.say(this.stringsValue.unsaved);
      return;
    }
    const answer = await this.ask(this.connectUrlValue, this.connectTarget, this.stringsValue.running);
    if (!answer?.url) return;
    this.say(this.stringsValue.leaving);
    window.location.assign(answer.url);
  }

  async forget() {
    if (isBusy(this.element) || !window.confirm(this.stringsValue.sure)) return;
    const answer = await this.ask(this.disconnectUrlValue, this.disconnectTarget, this.stringsValue.disconnecting);
    if (!answer?.standing) return;
    this.show(answer.standing);
    this.say(answer.message);
    this.dispatch("changed", { detail: answer });
  }

  async copy() {
    this.say((await copyOrSelect(this.uriTarget)) ? this.stringsValue.copied : this.stringsValue.selected);
  }

  // The answer, or null; what is wrong with it was said then.
  async ask(url, button, sentence) {
    setBusy(this.element, button, true);
    this.say(sentence);
    const { answer, sentence: failure } = await ask(url, valuesOf(this.form), this.stringsValue);
    setBusy(this.element, button, false);
    if (answer && !answer.error) return answer;
    this.say(answer ? answer.error.message : failure);
    return null;
  }

  show({ state, icon: symbol, sentence, caution }) {
    this.stateTarget.dataset.state = state;
    this.iconTarget.replaceChildren(icon(symbol, "partner-smtp-connection__icon"));
    this.sentenceTarget.textContent = sentence;
    this.cautionTarget.querySelector("p").textContent = caution;
    this.cautionTarget.hidden = !caution;
    this.labelTarget.textContent = this.stringsValue.connect;
    // A hidden button cannot keep the focus.
    if (this.disconnectTarget === document.activeElement) this.connectTarget.focus();
    this.disconnectTarget.hidden = true;
  }

  isUnsaved() {
    return this.refusedValue || this.typed() !== this.saved;
  }

  typed() {
    return JSON.stringify([...valuesOf(this.form, FIELDS)]);
  }

  say(sentence) {
    this.liveTarget.textContent = sentence;
  }
}

window.wagtail.app.register("partner-smtp-connect", Connect);
