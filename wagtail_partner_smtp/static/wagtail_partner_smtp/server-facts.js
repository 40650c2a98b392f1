// What a report says about the server: its certificate, and what it offers.
{
  const { colons, details, facts, fill } = window.partnerSmtp;

  const fact = (name, value, strings) => {
    if (typeof value === "boolean") return value ? strings.yes : strings.no;
    if (name === "days_left") return fill(strings.days, { days: value });
    if (name === "sha256") return colons(value);
    return Array.isArray(value) ? value.join(", ") : String(value);
  };

  window.partnerSmtp.certificate = (tls, strings) => {
    if (!tls) return null;
    const rows = Object.entries(strings.tls).filter(([name]) => ![null, undefined, ""].includes(tls[name]));
    const list = facts(rows.map(([name, label]) => [label, fact(name, tls[name], strings)]));
    return details(strings.tlsTitle, list, !tls.verified);
  };

  window.partnerSmtp.extensions = (extensions, strings) => {
    const rows = Object.entries(extensions);
    return rows.length ? details(strings.extensionsTitle, facts(rows)) : null;
  };
}
