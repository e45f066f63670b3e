// The charts, drawn by uPlot. They share one time axis: what is pointed at in one is shown in all,
// and a span that is drawn across one of them is looked at in all.

import uPlot from '/uplot/uPlot.js';
import * as format from '/format.js';
import * as heatmap from '/heatmap.js';
import { isLive, look, lookAt } from '/view.js';

const HEIGHT = 240;

const CHARTS = [
  { id: 'throughput', title: 'Throughput', axis: format.short, minimum: 1, fill: true,
    lines: [{ name: 'rate', label: 'requests/s', color: 1, text: v => format.rate(v) + '/s' }] },
  { id: 'latency', title: 'Latency', axis: format.shortMicros, logarithmic: true,
    lines: [
      { name: 'p50', label: 'p50', color: 1, text: format.micros }, { name: 'p90', label: 'p90', color: 2, text: format.micros },
      { name: 'p99', label: 'p99', color: 3, text: format.micros }, { name: 'p999', label: 'p99.9', color: 4, text: format.micros }] },
  { id: 'heat', title: 'Latency heat map', axis: format.shortMicros, logarithmic: true, heat: true, lines: [] },
  { id: 'errors', title: 'Error rate', axis: v => +(100 * v).toFixed(2) + ' %', minimum: 0.01, most: 1,
    lines: [
      { name: 'errorShare', label: '5xx', color: 5, text: format.share },
      { name: 'clientErrorShare', label: '4xx', color: 6, text: format.share }] },
];

let palette = new Map();
const color = name => {
  if (!palette.has(name)) palette.set(name, getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim());
  return palette.get(name);
};

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

// Where a logarithmic axis has its lines: at powers of ten, and between them if there are few.
function powers(low, high) {
  const between = high / low > 1e3 ? [1] : high / low > 30 ? [1, 3] : [1, 2, 5];
  const found = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    found.push(...between.map(part => part * power).filter(value => value >= low && value <= high));
  }
  return found;
}

/** All charts of the page. */
export class Charts {
  #charts;
  #spoken;

  constructor(parent, spoken) {
    this.#spoken = spoken;
    this.#charts = CHARTS.map(chart => new Chart(chart, parent, text => { this.#spoken.textContent = text; }));
    new ResizeObserver(() => requestAnimationFrame(() => this.#charts.forEach(chart => chart.fit()))).observe(parent);
  }

  show(course) { this.#charts.forEach(chart => chart.show(course)); }

  /** Draws with the colours that hold now. */
  recolor() {
    palette = new Map();
    this.#charts.forEach(chart => chart.recolor());
  }
}

class Chart {
  #chart;
  #plot = null;
  #course = null;
  #place;
  #summary;
  #values = [];
  #active = false;
  #ramp = null;
  #say;
  #at = -1;

  constructor(chart, parent, say) {
    this.#chart = chart;
    this.#say = say;
    const title = element('h2', { id: chart.id + '-title' }, chart.title);
    const legend = element('ul', { class: 'legend', 'aria-hidden': 'true' });
    for (const line of chart.lines.length ? chart.lines : [{ label: 'few to many', heat: true }]) {
      const value = element('b');
      this.#values.push(value);
      legend.append(element('li', { class: line.heat ? 'heat' : 'line-' + line.color }, line.label + ' ', value));
    }
    this.#summary = element('p', { class: 'unseen', id: chart.id + '-summary' });
    this.#place = element('div', { class: 'plot', id: chart.id, tabindex: '0', role: 'img',
      'aria-labelledby': title.id, 'aria-describedby': this.#summary.id });
    this.#place.addEventListener('keydown', event => this.#steer(event));
    this.#place.addEventListener('blur', () => { this.#at = -1; });
    parent.append(element('figure', {}, element('figcaption', {}, title, legend), this.#place, this.#summary));
  }

  #data() {
    const course = this.#course;
    return this.#chart.heat ? [course.x, course.x.map(() => null)] : [course.x, ...this.#chart.lines.map(line => course[line.name])];
  }

  show(course) {
    this.#course = course;
    if (this.#plot) this.#plot.setData(this.#data());
    else this.#plot = new uPlot(this.#options(), this.#data(), this.#place);
    this.#legend();
    this.#summarize();
  }

  fit() {
    const width = this.#place.clientWidth;
    if (this.#plot && width && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }

  recolor() {
    this.#ramp = null;
    this.#plot?.redraw(false, true);
  }

  #options() {
    const chart = this.#chart;
    const axis = { stroke: () => color('soft'), grid: { show: !chart.heat, stroke: () => color('grid'), width: 1 },
      ticks: { stroke: () => color('grid'), width: 1, size: 5 }, font: '12px system-ui, sans-serif' };
    return {
      width: this.#place.clientWidth, height: HEIGHT, padding: [8, 40, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: 'time' }, y: Boolean(chart.heat), points: { size: 6 }, drag: { x: true, y: false, setScale: false },
        bind: {
          mousedown: (u, target, act) => event => { this.#active = true; return act(event); },
          // Twice: back to now.
          dblclick: () => () => { if (!isLive()) look({ last: 600000, from: null, to: null }); return null; },
        },
      },
      scales: {
        x: { range: () => [this.#course.begin / 1000, this.#course.to / 1000] },
        y: chart.heat ? { distr: 3, range: () => heatmap.extent(this.#course).map((bucket, i) => heatmap.bound(bucket - 1 + i)) }
          : chart.logarithmic ? { distr: 3, range: (u, low, high) => low === null ? [1e2, 1e6] : [low / 1.3, Math.max(high * 1.3, low * 4)] }
          : { range: (u, low, high) => [0, Math.min(chart.most ?? Infinity, Math.max(chart.minimum, (high ?? 0) * 1.1))] },
      },
      axes: [
        { ...axis, space: 70, values: [
          [86400, '{YYYY}-{MM}-{DD}', null, null, null, null, null, null, 1],
          [3600, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1],
          [60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1],
          [1, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1]] },
        { ...axis, size: 62, space: 28, ...(chart.logarithmic ? { splits: (u, i, low, high) => powers(low, high), filter: (u, splits) => splits } : {}),
          values: (u, splits) => splits.map(value => value === null ? '' : chart.axis(value)) },
      ],
      series: [{}, ...(chart.heat ? [{ points: { show: false } }] : chart.lines.map(line => ({
        label: line.label, stroke: () => color('line-' + line.color), width: 1.5, points: { show: false },
        fill: chart.fill ? () => color('shade') : undefined })))],
      hooks: {
        setCursor: [() => this.#legend()],
        setSelect: [u => this.#select(u)],
        drawClear: chart.heat ? [u => this.#paint(u)] : [],
      },
    };
  }

  #paint(u) {
    this.#ramp ??= heatmap.ramp(['heat-0', 'heat-1', 'heat-2', 'heat-3'].map(color));
    heatmap.paint(u.ctx, u.bbox, this.#course, this.#ramp);
  }

  // All charts are told of what is drawn across one of them; it acts.
  #select(u) {
    const { left, width } = u.select;
    if (this.#active && width > 3) {
      lookAt(u.posToVal(left, 'x') * 1000, u.posToVal(left + width, 'x') * 1000);
    }
    this.#active = false;
    if (width) u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  // What is pointed at, or else the newest.
  #legend() {
    const course = this.#course, u = this.#plot;
    if (!u) return;
    const pointed = u.cursor.left >= 0 ? u.cursor.idx : null;
    if (this.#chart.heat) {
      this.#values[0].textContent = pointed === null || !(u.cursor.top >= 0) ? '' : this.#heatText(u);
      return;
    }
    const at = pointed ?? course.last;
    this.#chart.lines.forEach((line, i) => {
      const text = at < 0 ? format.NONE : line.text(course[line.name][at]);
      if (this.#values[i].textContent !== text) this.#values[i].textContent = text;
    });
  }

  #heatText(u) {
    const cell = heatmap.at(this.#course, u.posToVal(u.cursor.left, 'x') * 1000, u.posToVal(u.cursor.top, 'y'));
    return format.count(cell.count) + ' of ' + format.shortMicros(cell.from) + ' to ' + format.shortMicros(cell.to);
  }

  // For those who do not see the chart.
  #summarize() {
    const course = this.#course;
    const parts = this.#chart.lines.map(line => {
      let low = null, high = null;
      for (const value of course[line.name]) {
        if (value === null) continue;
        if (low === null || value < low) low = value;
        if (high === null || value > high) high = value;
      }
      return line.label + (low === null ? ' has no values'
        : ' from ' + line.text(low) + ' to ' + line.text(high) + ', last ' + line.text(course[line.name][course.last]));
    });
    if (this.#chart.heat) parts.push('The percentiles of the chart "Latency" say the same in lines');
    this.#summary.textContent = format.span(course.begin, course.to) + ': ' + parts.join('; ')
      + '. Left and right arrow read out values, plus and minus zoom.';
  }

  #steer(event) {
    const course = this.#course;
    if (!course || event.ctrlKey || event.altKey || event.metaKey) return;
    const last = Math.max(0, course.last);
    const from = this.#at < 0 ? last : this.#at;
    if (event.key === 'ArrowLeft') this.#at = Math.max(0, from - 1);
    else if (event.key === 'ArrowRight') this.#at = Math.min(last, from + 1);
    else if (event.key === 'Home') this.#at = Math.max(0, course.requests.findIndex(value => value !== null));
    else if (event.key === 'End') this.#at = last;
    else if (event.key === '+' || event.key === '-') {
      const middle = this.#at < 0 ? (course.from + course.to) / 2 : course.x[this.#at] * 1000;
      const half = (course.to - course.from) * (event.key === '+' ? 0.25 : 1);
      lookAt(middle - half, middle + half);
    } else return;
    event.preventDefault();
    if (this.#at < 0) return;
    const u = this.#plot, at = course.x[this.#at];
    u.setCursor({ left: u.valToPos(at, 'x'), top: u.over.clientHeight / 2 });
    this.#say(format.clock(at * 1000) + ': ' + (this.#chart.heat ? CHARTS[1] : this.#chart).lines
      .map(line => line.label + ' ' + line.text(course[line.name][this.#at])).join(', '));
  }
}
