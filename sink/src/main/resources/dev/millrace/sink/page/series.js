// All series, as the table shows them: over the last minute while it is live, else over a span.

const STEPS = 60;
const NOW_STEPS = 10;

const key = (service, route) => service + '|' + route;
const sum = (values, from) => {
  let all = 0;
  for (let i = from; i < values.length; i++) all += values[i];
  return all;
};

export class SeriesModel {
  #series = new Map();

  /** @param answer of /api/series  @param live whether rows will be added */
  constructor(answer, live) {
    this.from = answer.from;
    this.to = answer.to;
    this.live = live;
    this.step = answer.step_ms;
    for (const line of answer.series) {
      this.#series.set(key(line.service, line.route), {
        service: line.service, route: line.route, requests: line.requests,
        errors: line.errors ?? line.requests.map(() => 0), p50: line.p50, p99: line.p99, tens: line.p50 !== null });
    }
  }

  /** Takes in rows that the sink has just written. */
  add(rows) {
    for (const row of rows) {
      // First: it forgets series without a request, which a new one is.
      if (row.size_ms === 1000 && row.start >= this.to) this.#slide((row.start - this.to) / 1000 + 1);
      const one = this.#of(row);
      if (row.size_ms === 1000) {
        const at = STEPS - (this.to - row.start) / 1000;
        if (at >= 0) {
          one.requests[at] = row.requests;
          one.errors[at] = row.errors;
        }
      }
      // Ten seconds are worth more than one; until there are ten, one has to do.
      if (row.size_ms === 10000 || !one.tens) {
        one.p50 = row.p50;
        one.p99 = row.p99;
        one.tens = row.size_ms === 10000;
      }
    }
  }

  #of(row) {
    const name = key(row.service, row.route);
    let one = this.#series.get(name);
    if (!one) {
      one = { service: row.service, route: row.route, requests: new Array(STEPS).fill(0),
        errors: new Array(STEPS).fill(0), p50: null, p99: null, tens: false };
      this.#series.set(name, one);
    }
    return one;
  }

  #slide(steps) {
    this.to += steps * 1000;
    this.from += steps * 1000;
    const gone = Math.min(steps, STEPS);
    for (const [name, one] of this.#series) {
      for (const values of [one.requests, one.errors]) {
        values.splice(0, gone);
        while (values.length < STEPS) values.push(0);
      }
      if (!one.requests.some(value => value)) this.#series.delete(name);
    }
  }

  /** Lines of the table: routes or services, that have the words of the filter in their names. */
  lines(level, filter) {
    const words = filter.toLowerCase().split(/\s+/).filter(word => word);
    const lines = [];
    for (const one of this.#series.values()) {
      if (one.service === '*' || (one.route === '*') !== (level === 'services')) continue;
      const name = (one.service + ' ' + one.route).toLowerCase();
      if (!words.every(word => name.includes(word))) continue;
      const from = this.live ? STEPS - NOW_STEPS : 0;
      const seconds = this.live ? NOW_STEPS : (this.to - this.from) / 1000;
      const requests = sum(one.requests, from);
      lines.push({ service: one.service, route: one.route, rate: requests / seconds,
        errors: requests ? sum(one.errors, from) / requests : null,
        p50: one.p50, p99: one.p99, spark: one.requests });
    }
    return lines;
  }
}

/** Orders lines; those without the figure come last, whatever the direction. */
export function sort(lines, by, down) {
  const sign = down ? -1 : 1;
  const order = (left, right) => left < right ? -1 : left > right ? 1 : 0;
  const names = (a, b) => order(a.service, b.service) || order(a.route, b.route);
  return lines.sort((a, b) => {
    const left = a[by], right = b[by];
    if (left === null || right === null) return (left === null) - (right === null) || names(a, b);
    return sign * order(left, right) || names(a, b);
  });
}
