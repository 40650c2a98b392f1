// The stages of a report as a timeline: each one's bar begins where those before it ended.
{
  const { bar, element, fill, icon, icons, number } = window.partnerSmtp;

  const duration = (ms, strings) => {
    if (ms < 1) return strings.underMillisecond;
    if (ms < 1000) return fill(strings.milliseconds, { ms: number(Math.round(ms)) });
    return fill(strings.seconds, { seconds: number(ms / 1000, 1) });
  };

  const quoted = (text, strings) =>
    element(
      "p",
      "partner-smtp-reply",
      element("span", "partner-smtp-quiet", strings.server),
      " ",
      element("code", "", text),
    );

  const symbolOf = (status) => icon(icons[status], `partner-smtp-stage__icon partner-smtp-stage__icon--${status}`);

  const head = (name, status) =>
    element(
      "p",
      "partner-smtp-stage__head",
      element("span", "partner-smtp-stage__name", name),
      " ",
      element("span", "partner-smtp-stage__status", status),
    );

  const row = (stage, start, total, strings) => {
    const isSkipped = stage.status === "skipped";
    const item = element(
      "li",
      `partner-smtp-stage partner-smtp-stage--${stage.status}`,
      symbolOf(stage.status),
      head(stage.title, strings.statuses[stage.status]),
      !isSkipped && element("span", "partner-smtp-stage__time", duration(stage.ms, strings)),
      !isSkipped && bar("partner-smtp-stage__bar", start / total, stage.ms / total),
      element(
        "div",
        "partner-smtp-stage__body",
        stage.message && element("p", "", stage.message),
        stage.reply && quoted(stage.reply, strings),
      ),
    );
    item.dataset.stage = stage.name;
    return item;
  };

  // One line for all that a failure has kept from being tried.
  const unreachedRow = (stages, strings) => {
    const names = stages.map(({ title }) => title).join(", ");
    const item = element(
      "li",
      "partner-smtp-stage partner-smtp-stage--skipped partner-smtp-stage--unreached",
      symbolOf("skipped"),
      head(names, strings.unreached),
    );
    item.dataset.stage = stages.map(({ name }) => name).join(" ");
    return item;
  };

  // Those with a password need not hear of tokens.
  const isShown = (stage) => stage.name !== "token" || stage.status !== "skipped";

  window.partnerSmtp.timeline = (all, strings) => {
    const stages = all.filter(isShown);
    if (!stages.length) return null;
    const sum = stages.reduce((before, stage) => before + stage.ms, 0);
    const failure = stages.findIndex(({ status }) => status === "failed");
    const isUnreached = ({ status }, position) => failure >= 0 && position > failure && status === "skipped";
    const unreached = stages.filter(isUnreached);
    let elapsed = 0;
    const items = stages.map((stage, position) => {
      if (isUnreached(stage, position)) return stage === unreached[0] && unreachedRow(unreached, strings);
      const item = row(stage, elapsed, sum || 1, strings);
      elapsed += stage.ms;
      return item;
    });
    const list = element("ol", "partner-smtp-stages", ...items);
    list.setAttribute("aria-label", strings.stagesTitle);
    const total = fill(strings.total, { time: duration(sum, strings) });
    return element(
      "section",
      "",
      element(
        "div",
        "partner-smtp-line",
        element("h3", "partner-smtp-title", strings.stagesTitle),
        element("p", "partner-smtp-quiet", total),
      ),
      list,
    );
  };
}
