// The stages of a report, in their order.
{
  const { element, fill, icon, icons, section } = window.partnerSmtp;

  const quoted = (text, strings) => {
    const words = element("code", "partner-smtp-reply", text);
    words.dir = "auto";
    return element("p", "partner-smtp-quiet", `${strings.server} `, words);
  };

  const row = (stage, strings) => {
    const skipped = stage.status === "skipped";
    const name = element("span", "partner-smtp-stage__name", stage.title);
    const status = element("span", "partner-smtp-stage__status", strings.statuses[stage.status]);
    const ms = element("span", "partner-smtp-quiet", fill(strings.milliseconds, { ms: stage.ms }));
    const item = element(
      "li",
      `partner-smtp-stage partner-smtp-stage--${stage.status}`,
      icon(icons[stage.status], `partner-smtp-stage__icon partner-smtp-stage__icon--${stage.status}`),
      element(
        "div",
        "",
        element("p", "partner-smtp-stage__head", name, " ", status, " ", skipped ? "" : ms),
        stage.message && element("p", "partner-smtp-quiet", stage.message),
        stage.reply && quoted(stage.reply, strings),
      ),
    );
    item.dataset.stage = stage.name;
    return item;
  };

  window.partnerSmtp.timeline = (stages, strings) => {
    if (!stages.length) return null;
    const list = element("ol", "partner-smtp-stages", ...stages.map((stage) => row(stage, strings)));
    list.setAttribute("aria-label", strings.stagesTitle);
    return section(strings.stagesTitle, list);
  };
}
