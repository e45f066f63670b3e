// The table of series. Only the rows that can be seen are in the document; the rest is empty space of
// the same height. Names are only ever set as text.

import * as format from '/format.js';
import { look, view } from '/view.js';

const ROW = 32;
const BEYOND = 6;
const SVG = 'http://www.w3.org/2000/svg';

const COLUMNS = [
  { name: 'service', label: 'Service' }, { name: 'route', label: 'Route' },
  { name: 'rate', label: 'Requests/s', text: line => format.rate(line.rate) },
  { name: 'errors', label: 'Errors', text: line => format.share(line.errors) },
  { name: 'p50', label: 'p50', text: line => format.micros(line.p50) },
  { name: 'p99', label: 'p99', text: line => format.micros(line.p99) },
  { name: 'spark', label: 'Last minute' },
];

// A line through the counts, highest at the top.
function spark(values) {
  const most = Math.max(1, ...values);
  return values.map((value, i) =>
    (i ? 'L' : 'M') + Math.round(i / Math.max(1, values.length - 1) * 1000) / 10 + ' ' + Math.round(230 - 220 * value / most) / 10).join('');
}

export class Table {
  #scroll;
  #body;
  #table;
  #heads = new Map();
  #above = this.#space();
  #below = this.#space();
  #rows = new Map();
  #lines = [];

  constructor(table, scroll) {
    this.#table = table;
    this.#scroll = scroll;
    const head = table.createTHead().insertRow();
    for (const column of COLUMNS) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.className = 'col-' + column.name + (column.text ? ' number' : '');
      if (column.name === 'spark') {
        cell.textContent = column.label;
      } else {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = column.label;
        button.addEventListener('click', () => this.#sortBy(column.name));
        cell.append(button);
      }
      this.#heads.set(column.name, cell);
      head.append(cell);
    }
    this.#body = table.createTBody();
    this.#body.append(this.#above, this.#below);
    this.#body.addEventListener('click', event => this.#choose(event));
    let waiting = false;
    const later = () => {
      if (!waiting) requestAnimationFrame(() => { waiting = false; this.#draw(); });
      waiting = true;
    };
    scroll.addEventListener('scroll', later, { passive: true });
    new ResizeObserver(later).observe(scroll);
  }

  // Numbers begin with the largest, names with the first.
  #sortBy(name) {
    const { sort, down } = view();
    look({ sort: name, down: sort === name ? !down : name !== 'service' && name !== 'route' });
  }

  #choose(event) {
    const row = event.target.closest('tr.row');
    if (!row || !event.target.closest('button')) return;
    const line = row.line, { service, route } = view();
    const chosen = line.service === service && line.route === route;
    look(chosen ? { service: '*', route: '*' } : { service: line.service, route: line.route });
  }

  #space() {
    const row = document.createElement('tr');
    row.className = 'space';
    row.setAttribute('aria-hidden', 'true');
    row.append(document.createElement('td'));
    row.firstChild.colSpan = COLUMNS.length;
    return row;
  }

  /** @param lines in their order  @param sparkLabel heading of the sparklines */
  show(lines, sparkLabel) {
    this.#lines = lines;
    const { sort, down } = view();
    for (const [name, head] of this.#heads) {
      if (name === sort) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
    const head = this.#heads.get('spark');
    if (head.textContent !== sparkLabel) head.textContent = sparkLabel;
    this.#table.setAttribute('aria-rowcount', lines.length + 1);
    this.#draw();
  }

  // Rows that stay in sight stay as they are; those that have left it are put where new ones are due.
  #draw() {
    const height = this.#scroll.clientHeight || 400;
    const first = Math.max(0, Math.min(Math.floor(this.#scroll.scrollTop / ROW) - BEYOND, this.#lines.length - 1));
    const end = Math.min(first + Math.ceil(height / ROW) + 2 * BEYOND, this.#lines.length);
    this.#size(this.#above, first);
    this.#size(this.#below, this.#lines.length - end);
    const free = [];
    for (const [index, row] of this.#rows) {
      if (index < first || index >= end) {
        free.push(row);
        this.#rows.delete(index);
      }
    }
    let next = this.#below;
    for (let index = end - 1; index >= first; index--) {
      let row = this.#rows.get(index);
      if (!row) {
        row = free.pop() ?? this.#row();
        this.#body.insertBefore(row, next);
        this.#rows.set(index, row);
      }
      this.#fill(row, this.#lines[index], index);
      next = row;
    }
    free.forEach(row => row.remove());
  }

  #size(space, rows) {
    space.firstChild.style.height = rows * ROW + 'px';
    space.hidden = !rows;
  }

  #row() {
    const row = document.createElement('tr');
    row.className = 'row';
    row.parts = COLUMNS.map(column => {
      const cell = document.createElement(column.name === 'service' ? 'th' : 'td');
      cell.className = 'col-' + column.name + (column.text ? ' number' : '');
      if (column.name === 'service') cell.scope = 'row';
      if (column.name === 'route') {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'pick';
        cell.append(button);
      }
      if (column.name === 'spark') {
        const svg = document.createElementNS(SVG, 'svg');
        svg.setAttribute('class', 'spark');
        svg.setAttribute('viewBox', '0 0 100 24');
        svg.setAttribute('preserveAspectRatio', 'none');
        svg.setAttribute('aria-hidden', 'true');
        svg.append(document.createElementNS(SVG, 'path'));
        cell.append(svg);
      }
      row.append(cell);
      return cell;
    });
    return row;
  }

  #fill(row, line, index) {
    const { service, route } = view();
    const chosen = line.service === service && line.route === route;
    if (row.line === line && row.chosen === chosen) return;
    row.line = line;
    row.chosen = chosen;
    row.setAttribute('aria-rowindex', index + 2);
    row.dataset.chosen = chosen ? 'yes' : 'no';
    COLUMNS.forEach((column, i) => {
      const cell = row.parts[i];
      if (column.name === 'spark') {
        cell.firstChild.firstChild.setAttribute('d', spark(line.spark));
        return;
      }
      const target = column.name === 'route' ? cell.firstChild : cell;
      const text = column.text ? column.text(line) : column.name === 'route' && line.route === '*' ? 'all routes' : line[column.name];
      if (target.textContent !== text) {
        target.textContent = text;
        if (!column.text) cell.title = text;
      }
      if (column.name === 'route') {
        target.setAttribute('aria-pressed', chosen);
        target.setAttribute('aria-label', 'chart ' + line.service + ' ' + text);
      }
      if (column.name === 'errors') cell.classList.toggle('some', line.errors >= 0.01);
    });
  }
}
