// The list of errors above a form that came back: it has the focus at first, and leads to each field, whichever tab it is on.

const { calmly } = window.partnerSmtp;

class FormErrors extends window.StimulusModule.Controller {
  connect() {
    this.element.focus({ preventScroll: true });
  }

  lead(event) {
    const input = document.getElementById(event.currentTarget.hash.slice(1));
    if (!input) return;
    event.preventDefault();
    const panel = input.closest("[role=tabpanel]");
    this.open(panel);
    this.focus(input, panel);
  }

  // The tab shows its fields a moment after it was chosen.
  focus(input, panel) {
    if (panel?.hidden) {
      requestAnimationFrame(() => this.focus(input, panel));
      return;
    }
    input.focus({ preventScroll: true });
    calmly(input.closest("[data-field]") || input, "center");
  }

  open(panel) {
    if (panel?.hidden) document.querySelector(`[role=tab][href="#${panel.id}"]`)?.click();
  }
}

window.wagtail.app.register("partner-smtp-errors", FormErrors);
