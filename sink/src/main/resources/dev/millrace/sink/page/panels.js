// What stands beside the charts: the newest figures, the accounts, lag, and how fresh it all is.

import * as format from '/format.js';

const by = id => document.getElementById(id);

const set = (target, text) => { if (target.textContent !== text) target.textContent = text; };

const ABOUT = {
  sent: 'Events that the load generator has sent, and what was there before it',
  ingested: 'Records ever written to the topic requests, and lines that were rejected before',
  aggregated: 'Requests that the windows in the database count',
  late: 'Events that came after their window was gone; they are on windows.late',
  dead_lettered: 'Records that are no event; they are on requests.dlq, with the reason',
  on_the_way: 'Ingested, and not yet aggregated, late or dead-lettered',
  rows: 'Window rows that this sink has written since it started',
};
const UNKNOWN = {
  sent: 'Only a load generator in the same process tells the sink, as in millrace demo; elsewhere its ledger says',
  on_the_way: 'Not known, or the database counts more than has come into this Kafka',
};

/** The newest step of a course. */
export function showNow(course) {
  const at = course ? course.last : -1;
  const figure = name => at < 0 ? null : course[name][at];
  set(by('now-rate'), at < 0 ? format.NONE : format.rate(figure('rate')) + ' /s');
  set(by('now-errors'), format.share(figure('errorShare')));
  for (const name of ['p50', 'p90', 'p99', 'p999']) set(by('now-' + name), format.micros(figure(name)));
  by('tiles').title = at < 0 ? '' : 'Window of ' + format.span(course.x[at] * 1000, course.x[at] * 1000 + course.step);
}

/** Where every event is. */
export function showAccounts(status) {
  const { ingested, aggregated, late, dead_lettered: dead } = status;
  const known = [ingested, aggregated, late, dead].every(value => value !== null);
  const rest = ingested - aggregated - late - dead;
  const figures = { ...status, on_the_way: known && rest >= 0 ? rest : null };
  for (const box of by('accounts').children) {
    const name = box.dataset.account, value = figures[name];
    set(box.querySelector('dd'), format.count(value));
    box.title = value === null ? UNKNOWN[name] ?? 'Not known now' + (status.problem ? ': ' + status.problem : '') : ABOUT[name];
    box.dataset.some = value > 0 ? 'yes' : 'no';
  }
}

/** What stops the sink, or what it could not find out. */
export function showNotice(text) {
  by('notice').hidden = !text;
  set(by('notice'), text);
}

const READERS = { requests: 'processor', 'windows.1s': 'sink, 1 s', 'windows.10s': 'sink, 10 s', 'windows.1m': 'sink, 1 min' };

/** How far the processor and the sinks are behind. */
export function showLag(lag) {
  const topics = [...new Set(lag.map(one => one.topic))]
    .sort((a, b) => Object.keys(READERS).indexOf(a) - Object.keys(READERS).indexOf(b));
  const partitions = [...new Set(lag.map(one => one.partition))].sort((a, b) => a - b);
  const cell = (name, text, title = '') => {
    const made = document.createElement(name);
    made.textContent = text;
    if (title) made.title = title;
    return made;
  };
  const head = document.createElement('tr');
  head.append(cell('th', 'Partition'));
  for (const topic of topics) {
    const made = cell('th', READERS[topic] ?? topic, 'topic ' + topic);
    made.className = 'number';
    head.append(made);
  }
  for (const made of head.children) made.scope = 'col';
  const rows = [...partitions, 'all'].map(partition => {
    const row = document.createElement('tr');
    const name = cell('th', partition);
    name.scope = 'row';
    row.append(name);
    for (const topic of topics) {
      const ones = lag.filter(one => one.topic === topic && (partition === 'all' || one.partition === partition));
      const unknown = !ones.length || ones.some(one => one.records === null);
      const made = cell('td', unknown ? format.NONE : format.count(ones.reduce((a, one) => a + one.records, 0)),
        unknown && ones.length ? 'Nobody has said yet how far this was read' : '');
      made.className = 'number';
      row.append(made);
    }
    return row;
  });
  const table = by('lag');
  table.replaceChildren(document.createElement('thead'), document.createElement('tbody'));
  table.tHead.append(head);
  table.tBodies[0].append(...rows);
}

/** How long ago the newest window ended, by the sink's clock. */
export function showFreshness(newestEnd, now) {
  const place = by('freshness');
  if (newestEnd === null || now === null) {
    set(place, '');
    return;
  }
  const age = Math.max(0, now - newestEnd);
  set(place, 'newest window ended ' + format.length(age) + ' ago');
  place.title = format.span(newestEnd - 1000, newestEnd);
  place.dataset.old = age > 30000 ? 'yes' : 'no';
}

const STATES = { connecting: 'Connecting …', live: 'Live', lost: 'No connection to the sink; trying again …' };

/** How the connection is. */
export function showState(state) {
  by('state').dataset.state = state;
  set(by('state'), STATES[state]);
}
