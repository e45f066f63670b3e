// One series over time, as columns for the charts: an entry for every step, null where there is no window.

const FIGURES = ['requests', 'errors', 'client_errors', 'p50', 'p90', 'p99', 'p999'];

export class Course {
  /** @param answer of /api/course  @param live whether it ends with the newest window, and grows */
  constructor(answer, live) {
    this.live = live;
    this.service = answer.service;
    this.route = answer.route;
    this.step = answer.step_ms;
    this.from = answer.from;
    this.newestEnd = answer.newest_end;
    this.coveredTo = answer.covered_to;
    this.heatStep = answer.heat_step_ms;
    this.heat = new Map(answer.heat.map(column => [column[0], column]));
    this.length = Math.ceil((answer.to - answer.from) / this.step);
    for (const name of FIGURES) this[name] = new Array(this.length).fill(null);
    answer.start.forEach((start, i) => {
      const at = (start - this.from) / this.step;
      for (const name of FIGURES) this[name][at] = answer[name][i];
    });
    this.#derive();
  }

  get to() { return this.from + this.length * this.step; }

  /** Where the charts begin: a live one that has just begun is not shown as mostly nothing. */
  get begin() {
    return this.live && this.first >= 0
      ? Math.max(this.from, Math.min(this.from + this.first * this.step, this.to - 60 * this.step)) : this.from;
  }

  /** Takes in rows of this series, and moves on in time with them. */
  add(rows, heat) {
    for (const row of rows) {
      if (row.start >= this.to) this.#slide((row.start - this.to) / this.step + 1);
      const at = (row.start - this.from) / this.step;
      if (at < 0) continue;
      for (const name of FIGURES) this[name][at] = row[name];
      this.newestEnd = Math.max(this.newestEnd ?? 0, row.start + this.step);
    }
    for (const column of heat) if (column[0] >= this.from) this.heat.set(column[0], column);
    this.#derive();
  }

  #slide(steps) {
    this.from += steps * this.step;
    for (const name of FIGURES) {
      const kept = this[name].slice(Math.min(steps, this.length));
      while (kept.length < this.length) kept.push(null);
      this[name] = kept;
    }
    for (const start of this.heat.keys()) if (start + this.heatStep <= this.from) this.heat.delete(start);
  }

  // Between the first window and the last, no window means no request; outside, nothing is known.
  #derive() {
    // The last of several minutes may not be over.
    const seconds = i => {
      const covered = this.coveredTo - (this.from + i * this.step);
      return (this.step > 60000 && covered > 0 ? Math.min(this.step, covered) : this.step) / 1000;
    };
    this.first = this.requests.findIndex(value => value !== null);
    this.last = this.requests.findLastIndex(value => value !== null);
    const each = value => this.requests.map(value);
    this.x = each((_, i) => (this.from + i * this.step) / 1000);
    this.rate = each((value, i) => value !== null ? value / seconds(i) : this.first >= 0 && i > this.first && i < this.last ? 0 : null);
    this.errorShare = each((value, i) => value ? this.errors[i] / value : null);
    this.clientErrorShare = each((value, i) => value ? this.client_errors[i] / value : null);
  }
}
