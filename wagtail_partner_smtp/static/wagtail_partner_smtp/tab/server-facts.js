// What a report says about the server: its certificate, and what it offers.
{
  const { bar, details, element, fill, fingerprint, icon, icons, number } = window.partnerSmtp;

  const MARKS = { good: "ok", soon: "warning", bad: "failed" };

  const pairs = (className, rows) =>
    element(
      "dl",
      className,
      ...rows.flatMap(([term, ...meaning]) => [element("dt", "", term), element("dd", "", ...meaning)]),
    );

  const day = (iso) =>
    new Date(iso).toLocaleDateString(document.documentElement.lang || undefined, { dateStyle: "long" });

  const marked = (status, words) =>
    element(
      "span",
      "partner-smtp-marked",
      icon(icons[status], `partner-smtp-stage__icon partner-smtp-stage__icon--${status}`),
      element("span", "", words),
    );

  const meter = ({ level, percent_left: percent }) =>
    bar(`partner-smtp-meter partner-smtp-meter--${level}`, 0, percent / 100);

  const rows = (tls, { tls: labels }) => [
    [labels.trust, marked(tls.verified ? "ok" : tls.pinned ? "warning" : "failed", tls.trust)],
    tls.validity && [
      labels.validity,
      marked(MARKS[tls.validity.level], tls.validity.message),
      meter(tls.validity),
      element("span", "partner-smtp-quiet", fill(labels.until, { day: day(tls.not_after) })),
    ],
    tls.names.length && [labels.names, ...tls.names.flatMap((name) => [element("code", "", name), " "])],
    tls.subject && [labels.subject, tls.subject],
    tls.issuer && [labels.issuer, tls.issuer],
    tls.version && [labels.version, element("code", "", `${tls.version} ${tls.cipher}`)],
    tls.sha256 && [labels.sha256, fingerprint(tls.sha256)],
  ];

  window.partnerSmtp.certificate = (tls, strings) => {
    if (!tls) return null;
    const isFine = tls.verified && tls.validity?.level !== "soon";
    const facts = pairs("partner-smtp-facts", rows(tls, strings).filter(Boolean));
    const summary = tls.validity && element("span", "partner-smtp-quiet", tls.validity.message);
    return details([strings.tlsTitle, summary], facts, !isFine);
  };

  window.partnerSmtp.extensions = (extensions, notes, strings) => {
    const entries = Object.entries(extensions).map(([keyword, parameters]) => {
      const rest = parameters && element("code", "partner-smtp-quiet", parameters);
      const term = element("bdi", "", element("code", "", keyword), " ", rest);
      term.dir = "ltr";
      const { meaning, source = strings.unknownExtension } = notes[keyword] || {};
      return [term, meaning, " ", element("span", "partner-smtp-quiet", source)];
    });
    if (!entries.length) return null;
    const count = element("span", "partner-smtp-quiet", number(entries.length));
    return details([strings.extensionsTitle, count], pairs("partner-smtp-facts", entries));
  };
}
