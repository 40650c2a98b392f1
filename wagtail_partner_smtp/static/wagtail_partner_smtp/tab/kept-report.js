// Shows the report of the last test again on a form that came back with errors: what was tested is still in it.

const NAME = "partner-smtp-report";

class KeptReport extends window.StimulusModule.Controller {
  static values = { refused: Boolean };

  initialize() {
    this.keep = this.keep.bind(this);
    this.report = null;
  }

  connect() {
    this.form = this.element.closest("form");
    this.form.addEventListener("submit", this.keep);
    const kept = this.taken();
    if (!this.refusedValue || !kept) return;
    this.report = { ...kept, restored: true };
    this.dispatch("report", { detail: this.report });
  }

  disconnect() {
    this.form.removeEventListener("submit", this.keep);
  }

  take({ detail }) {
    this.report = detail;
  }

  forget() {
    this.report = null;
  }

  keep() {
    this.tried(() => {
      if (this.report) sessionStorage.setItem(NAME, JSON.stringify(this.report));
      else sessionStorage.removeItem(NAME);
    });
  }

  taken() {
    return this.tried(() => {
      const text = sessionStorage.getItem(NAME);
      sessionStorage.removeItem(NAME);
      return text && JSON.parse(text);
    });
  }

  // A browser may refuse storage, or have no room.
  tried(use) {
    try {
      return use();
    } catch {
      return null;
    }
  }
}

window.wagtail.app.register("partner-smtp-keep", KeptReport);
