// Which row of many is tested next, and when: a few at once, never two on one mail server, and a pause between two on it.
{
  class Pace {
    // `pause` is in milliseconds.
    constructor({ parallel, pause, refusedLogins, tries }, rows) {
      Object.assign(this, { parallel, pause, refusedLogins, tries });
      this.queue = rows.map((row) => Object.assign(row, { notBefore: 0, tried: 0 }));
      this.running = new Set();
      this.freeFrom = new Map();
      this.refused = new Map();
    }

    get remaining() {
      return this.queue.length + this.running.size;
    }

    // The next row that may be tested now, if any; it counts as running until it has `ended`.
    next(now) {
      if (this.running.size >= this.parallel) return null;
      const at = this.queue.findIndex((row) => this.from(row) <= now);
      if (at < 0) return null;
      const [row] = this.queue.splice(at, 1);
      this.freeFrom.set(row.server, Infinity);
      this.running.add(row);
      return row;
    }

    // For how many milliseconds there is nothing to do, unless a running test ends; Infinity if that alone can help.
    wait(now) {
      if (this.running.size >= this.parallel) return Infinity;
      return this.queue.reduce((earliest, row) => Math.min(earliest, this.from(row)), Infinity) - now;
    }

    ended(row, now) {
      this.running.delete(row);
      this.freeFrom.set(row.server, now + this.pause);
    }

    // Whether the row, which was not tested, gets another try.
    retry(row, milliseconds, now) {
      row.tried += 1;
      if (row.tried >= this.tries) return false;
      row.notBefore = now + milliseconds;
      this.queue.push(row);
      return true;
    }

    // Takes out, and returns, the rows of a server that has refused too many logins.
    loginRefused(server) {
      this.refused.set(server, (this.refused.get(server) || 0) + 1);
      return this.refused.get(server) >= this.refusedLogins ? this.takeOut((row) => row.server === server) : [];
    }

    takeOut(matches = () => true) {
      const [out, kept] = [[], []];
      this.queue.forEach((row) => (matches(row) ? out : kept).push(row));
      this.queue = kept;
      return out;
    }

    from(row) {
      return Math.max(row.notBefore, this.freeFrom.get(row.server) || 0);
    }
  }

  window.partnerSmtp.Pace = Pace;
}
