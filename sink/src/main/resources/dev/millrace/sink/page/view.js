// What is looked at: kept in the address, so that a link shows the same, and "back" goes back.

const DEFAULT = { last: 600000, from: null, to: null, service: '*', route: '*', level: 'routes',
  sort: 'rate', down: true, filter: '' };
const SORTS = ['service', 'route', 'rate', 'errors', 'p50', 'p99'];
const MIN_SPAN = 5000;
const MAX_SPAN = 366 * 86400e3;

const time = text => /^\d{1,14}$/.test(text ?? '') ? Number(text) : null;

const listeners = [];
let current = read();

// An address may have been typed: what makes no sense in it is left out.
function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  const view = { ...DEFAULT };
  const [from, to, last] = ['from', 'to', 'last'].map(name => time(given.get(name)));
  if (from !== null && to !== null && to - from >= MIN_SPAN && to - from <= MAX_SPAN) {
    Object.assign(view, { from, to, last: null });
  } else if (last >= MIN_SPAN && last <= MAX_SPAN) {
    view.last = last;
  }
  if (given.has('service') && given.has('route')) {
    view.service = given.get('service');
    view.route = given.get('route');
  }
  if (given.get('level') === 'services') view.level = 'services';
  if (SORTS.includes(given.get('sort'))) view.sort = given.get('sort');
  if (given.get('dir') === 'up') view.down = false;
  view.filter = given.get('filter') ?? '';
  return view;
}

function address(view) {
  const words = new URLSearchParams();
  if (view.last === null) {
    words.set('from', view.from);
    words.set('to', view.to);
  } else if (view.last !== DEFAULT.last) {
    words.set('last', view.last);
  }
  if (view.service !== '*' || view.route !== '*') {
    words.set('service', view.service);
    words.set('route', view.route);
  }
  if (view.level !== DEFAULT.level) words.set('level', view.level);
  if (view.sort !== DEFAULT.sort) words.set('sort', view.sort);
  if (!view.down) words.set('dir', 'up');
  if (view.filter) words.set('filter', view.filter);
  return '#' + words;
}

export const view = () => current;

export const isLive = () => current.last !== null;

/** Hears of every change: what is looked at now, and what was before. */
export const onChange = listener => listeners.push(listener);

const tell = before => listeners.forEach(listener => listener(current, before));

/** Changes what is looked at. How the table is sorted and filtered makes no step for "back". */
export function look(changes) {
  const before = current;
  current = { ...current, ...changes };
  const step = ['last', 'from', 'to', 'service', 'route'].some(name => name in changes && before[name] !== current[name]);
  history[step ? 'pushState' : 'replaceState'](null, '', address(current));
  tell(before);
}

/** Looks at a span, as far as that is possible. */
export function lookAt(from, to) {
  const length = Math.min(MAX_SPAN, Math.max(MIN_SPAN, to - from));
  const middle = (from + to) / 2;
  const begin = Math.max(0, Math.round(middle - length / 2));
  look({ last: null, from: begin, to: begin + Math.round(length) });
}

addEventListener('popstate', () => {
  const before = current;
  current = read();
  tell(before);
});
