// Puts the page together: what is looked at (view) is asked for and followed (feed), kept (course,
// series) and shown. Whatever comes in is drawn once a frame.

import { Charts } from '/charts.js';
import { Course } from '/course.js';
import { Feed, ask } from '/feed.js';
import * as format from '/format.js';
import * as panels from '/panels.js';
import { SeriesModel, sort } from '/series.js';
import { Table } from '/table.js';
import { isLive, look, lookAt, onChange, view } from '/view.js';

const by = id => document.getElementById(id);
const charts = new Charts(by('charts'), by('spoken'));
const table = new Table(by('series'), by('scroll'));

let course = null;
let series = null;
let status = null;
let failure = '';
let newestEnd = null;
let clockAhead = 0;
let asking = null;
let heldRows = [];
let timer = 0;

// Drawing: at most once a frame, whatever comes in.
const stale = new Set();
function redraw(...parts) {
  if (!stale.size) requestAnimationFrame(draw);
  parts.forEach(part => stale.add(part));
}

function draw() {
  const parts = new Set(stale);
  stale.clear();
  if (parts.has('course') && course) {
    charts.show(course);
    panels.showNow(course);
    by('range').textContent = format.span(course.begin, course.to) + ', by ' + format.length(course.step).replace('.0', '');
  }
  if (parts.has('series') && series) drawSeries();
  if (parts.has('status') && status) {
    panels.showAccounts(status);
    panels.showLag(status.lag);
  }
  panels.showNotice(notice());
  by('empty').hidden = !course || newestEnd !== null;
}

function notice() {
  if (failure) return failure;
  if (status && !status.ready) return 'The sink is not writing: ' + status.cause;
  return status?.problem ?? '';
}

function drawSeries() {
  const { level, filter, sort: by_, down } = view();
  const lines = sort(series.lines(level, filter), by_, down);
  table.show(lines, series.live ? 'Last minute' : 'Requests');
  by('series-about').textContent = series.live ? 'the last 10 seconds'
    : (course && series.from > course.from + course.step ? 'end of the range: ' : '') + format.span(series.from, series.to);
  const count = lines.length + (level === 'services' ? ' services' : ' routes') + (filter ? ' match the filter' : '');
  if (by('series-count').textContent !== count) by('series-count').textContent = count;
}

const feed = new Feed({
  state: panels.showState,
  missed: () => load(),
  status: told => {
    status = told;
    clockAhead = told.now - Date.now();
    newestEnd = told.newest_end === null ? newestEnd : Math.max(newestEnd ?? 0, told.newest_end);
    redraw('status');
    panels.showFreshness(newestEnd, Date.now() + clockAhead);
  },
  rows: told => {
    // What comes while history is being asked for may be newer than the answer.
    if (asking) heldRows.push(told);
    take(told);
  },
});

const followsSeconds = () => isLive() && course && course.step === 1000 && course.heatStep === 1000;

function take({ rows, heat }) {
  for (const row of rows) if (row.size_ms === 1000) newestEnd = Math.max(newestEnd ?? 0, row.start + 1000);
  if (followsSeconds()) {
    const own = rows.filter(row => row.size_ms === 1000 && row.service === course.service && row.route === course.route);
    // A gap that is longer than the range: nothing of it would be left to slide.
    if (own.some(row => row.start > course.to + 60000)) return load();
    if (own.length) {
      course.add(own, heat);
      redraw('course');
    }
  }
  if (series?.live) {
    series.add(rows);
    redrawSeries();
  }
}

// A second's rows come in several parts, one for each partition: sorted and shown together.
let seriesDue = 0;
function redrawSeries() {
  seriesDue ||= setTimeout(() => { seriesDue = 0; redraw('series'); }, 500);
}

// How often to ask again where seconds cannot be followed: as often as there could be something to see.
function askAgainAfter() {
  if (!isLive() || !course) return 0;
  if (!followsSeconds()) return Math.min(60000, Math.max(10000, (course.to - course.from) / 1000));
  // Another sink has some of the partitions, and its rows are not in our stream.
  return status && !status.whole_topic ? 5000 : 0;
}

async function load() {
  asking?.abort();
  clearTimeout(timer);
  const mine = asking = new AbortController();
  heldRows = [];
  const { service, route, last, from, to } = view();
  const range = last === null ? { from, to } : { last };
  try {
    const [answer, lines] = await Promise.all([
      ask('/api/course', { service, route, ...range }, mine.signal),
      ask('/api/series', last === null ? range : {}, mine.signal)]);
    course = new Course(answer, last !== null);
    series = new SeriesModel(lines, last !== null);
    newestEnd = answer.newest_end === null ? newestEnd : Math.max(newestEnd ?? 0, answer.newest_end);
    failure = '';
    asking = null;
    heldRows.splice(0).forEach(take);
  } catch (error) {
    if (mine.signal.aborted) return;
    asking = null;
    // Without a connection, that is said already.
    failure = error instanceof TypeError ? '' : 'Not shown: ' + error.message;
    timer = setTimeout(load, 5000);
    redraw('course');
    return;
  }
  redraw('course', 'series', 'status');
  schedule();
}

function schedule() {
  clearTimeout(timer);
  const after = askAgainAfter();
  if (after) timer = setTimeout(load, after);
}

function showControls() {
  const { last, service, route, level, filter } = view();
  for (const button of by('ranges').children) button.setAttribute('aria-pressed', Number(button.dataset.last) === last);
  for (const button of by('levels').children) button.setAttribute('aria-pressed', button.dataset.level === level);
  by('scope').textContent = service === '*' ? 'All requests' : service + ' ' + (route === '*' ? '(all routes)' : route);
  by('scope-all').hidden = service === '*';
  by('later').disabled = isLive();
  if (by('filter').value !== filter) by('filter').value = filter;
}

onChange((now, before) => {
  showControls();
  const moved = ['last', 'from', 'to'].some(name => now[name] !== before[name]);
  const other = now.service !== before.service || now.route !== before.route;
  if (other) feed.open(now.service, now.route);
  if (moved || other) load();
  redraw('series');
});

by('ranges').addEventListener('click', event => {
  const last = event.target.closest('button')?.dataset.last;
  if (last) look({ last: Number(last), from: null, to: null });
});
by('levels').addEventListener('click', event => {
  const level = event.target.closest('button')?.dataset.level;
  if (level) look({ level });
});
by('scope-all').addEventListener('click', () => look({ service: '*', route: '*' }));
by('filter').addEventListener('input', () => look({ filter: by('filter').value }));

// Moves by a share of the range, or makes it longer or shorter; at the newest window it is live again.
function move(shift, factor) {
  if (!course) return;
  const length = course.to - course.begin;
  const half = length * factor / 2, middle = (course.begin + course.to) / 2 + shift * length;
  if (newestEnd !== null && shift >= 0 && (shift > 0 || factor > 1) && middle + half >= newestEnd) {
    look({ last: Math.round(2 * half), from: null, to: null });
  } else {
    lookAt(middle - half, middle + half);
  }
}
by('earlier').addEventListener('click', () => move(-0.5, 1));
by('later').addEventListener('click', () => move(0.5, 1));
by('zoom-in').addEventListener('click', () => move(0, 0.5));
by('zoom-out').addEventListener('click', () => move(0, 2));

// The system's choice of colours, until somebody makes another.
const dark = matchMedia('(prefers-color-scheme: dark)');
function recolor() {
  const theme = localStorage.getItem('theme') ?? (dark.matches ? 'dark' : 'light');
  document.documentElement.dataset.theme = theme;
  by('theme').textContent = theme === 'dark' ? 'Light' : 'Dark';
  by('theme').setAttribute('aria-label', 'Use ' + (theme === 'dark' ? 'light' : 'dark') + ' colours');
  charts.recolor();
}
by('theme').addEventListener('click', () => {
  localStorage.setItem('theme', document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
  recolor();
});
dark.addEventListener('change', recolor);

setInterval(() => panels.showFreshness(newestEnd, status ? Date.now() + clockAhead : null), 1000);

recolor();
showControls();
feed.open(view().service, view().route);
load();
