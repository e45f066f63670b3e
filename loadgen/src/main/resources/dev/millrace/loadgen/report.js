// Draws the charts of a report with uPlot. All numbers are in the page, in the element "data".
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const HEIGHT = 288;

  const grouped = (value, digits) =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const show = {
    micros: v => v < 1e3 ? grouped(v, 0) + ' µs' : v < 1e6 ? grouped(v / 1e3, 2) + ' ms' : grouped(v / 1e6, 2) + ' s',
    per_s: v => grouped(v, 0) + '/s',
    share: v => grouped(100 * v, 1) + ' %',
  };
  // Ticks stand at round values, so they can do without decimals that are all 0.
  const short = {
    micros: v => v < 1e3 ? v + ' µs' : v < 1e6 ? v / 1e3 + ' ms' : v / 1e6 + ' s',
    per_s: v => v < 1e4 ? grouped(v, v % 1 ? 1 : 0) : v < 1e6 ? +(v / 1e3).toFixed(2) + 'k' : +(v / 1e6).toFixed(2) + 'M',
    share: v => +(100 * v).toFixed(2) + ' %',
  };
  const NINES = ['0 %', '90 %', '99 %', '99.9 %', '99.99 %', '99.999 %'];
  const percentile = x => +(100 * (1 - 10 ** -x)).toFixed(Math.max(1, Math.ceil(x))) + ' %';
  const where = (chart, x) => chart.axis === 'second' ? 'second ' + grouped(x, 0) : percentile(x);

  const color = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

  const shadeWarmUp = chart => u => {
    if (!(chart.warm_up > 0)) return;
    const from = u.bbox.left;
    const to = Math.min(u.bbox.left + u.bbox.width, u.valToPos(chart.warm_up - 0.5, 'x', true));
    if (to <= from) return;
    u.ctx.save();
    u.ctx.fillStyle = color('shade');
    u.ctx.fillRect(from, u.bbox.top, to - from, u.bbox.height);
    u.ctx.restore();
  };

  const stampMark = u => {
    if (!data.mark) return;
    const { left, top, width, height } = u.bbox;
    u.ctx.save();
    u.ctx.translate(left + width / 2, top + height / 2);
    u.ctx.rotate(-Math.atan2(height, width) / 2);
    u.ctx.fillStyle = color('mark');
    u.ctx.font = '700 ' + Math.min(height / 2.2, width / (0.75 * data.mark.length)) + 'px system-ui, sans-serif';
    u.ctx.textAlign = 'center';
    u.ctx.textBaseline = 'middle';
    u.ctx.fillText(data.mark, 0, 0);
    u.ctx.restore();
  };

  const options = (chart, width) => {
    const log = chart.unit === 'micros';
    const axis = { stroke: color('soft'), grid: { stroke: color('grid'), width: 1 }, ticks: { stroke: color('grid'), width: 1 },
      font: '12px system-ui, sans-serif' };
    const byNines = chart.axis === 'percentile';
    const lastNine = Math.max(1, ...chart.lines.map(l => chart.x[l.values.findLastIndex(v => v !== null)] ?? 0));
    // Over many powers of ten, all the lines between them would be a grey wall.
    const powersOnly = (u, at) => at[at.length - 1] / at[0] < 5e3 ? at : at.map(v => Math.log10(v) % 1 ? null : v);
    return {
      width, height: HEIGHT,
      padding: byNines ? [null, 32, null, null] : undefined,
      scales: {
        x: { time: false, range: byNines ? [0, lastNine] : (u, min, max) => [min, max > min ? max : min + 1] },
        y: log ? { distr: 3 } : { range: (u, min, max) => [0, chart.unit === 'share' ? Math.max(1, max) : max * 1.08 || 1] },
      },
      axes: [
        byNines
          ? { ...axis, splits: () => NINES.map((_, i) => i).filter(i => i <= lastNine), 
              // On a narrow screen every second label has to do.
              values: (u, at) => at.map(i => i % Math.ceil(70 * lastNine / (width - 96)) ? '' : NINES[i]) }
          : { ...axis, values: (u, at) => at.map(s => s % 1 ? '' : grouped(s, 0) + ' s') },
        { ...axis, size: 64, ...(log ? { grid: { ...axis.grid, filter: powersOnly } } : {}), values: (u, at) => at.map(v => v === null ? '' : short[chart.unit](v)) },
      ],
      series: [
        { label: byNines ? 'no slower' : 'second', value: (u, x) => x === null ? '' : byNines ? percentile(x) : grouped(x, 0) },
        ...chart.lines.map((line, i) => ({
          label: line.label,
          stroke: color('line-' + line.color),
          width: 2,
          dash: line.dashed ? [6, 4] : undefined,
          points: { show: chart.x.length < 3 },
          value: (u, v, s, at) => at === null ? '' : line.values[at] === null ? '–' : show[chart.unit](line.values[at]),
        })),
      ],
      legend: { markers: { fill: (u, i) => i ? color('line-' + chart.lines[i - 1].color) : null } },
      cursor: { y: false, points: { size: 7 }, drag: { x: !byNines, y: false } },
      hooks: { drawClear: [shadeWarmUp(chart)], draw: [stampMark] },
    };
  };

  const drawn = new Map();
  const draw = chart => {
    const element = document.getElementById(chart.id);
    drawn.get(chart.id)?.destroy();
    const drawable = v => v === null ? null : chart.unit === 'micros' ? Math.max(1, v) : v;
    const plot = new uPlot(options(chart, element.clientWidth),
      [chart.x, ...chart.lines.map(line => line.values.map(drawable))], element);
    drawn.set(chart.id, plot);
  };

  // Left and right move the cursor, and what it stands on is said; Escape shows all again.
  const steer = chart => {
    const element = document.getElementById(chart.id);
    const readout = element.parentElement.querySelector('.readout');
    let at = -1;
    element.addEventListener('keydown', event => {
      const plot = drawn.get(chart.id);
      const last = chart.x.length - 1;
      if (event.key === 'ArrowRight') at = Math.min(last, at + 1);
      else if (event.key === 'ArrowLeft') at = Math.max(0, at - 1);
      else if (event.key === 'Home') at = 0;
      else if (event.key === 'End') at = last;
      else if (event.key === 'Escape') { plot.setData(plot.data, true); return; }
      else return;
      event.preventDefault();
      plot.setCursor({ left: plot.valToPos(chart.x[at], 'x'), top: plot.over.clientHeight / 2 });
      readout.textContent = where(chart, chart.x[at]) + ': ' + chart.lines
        .filter(line => line.values[at] !== null)
        .map(line => line.label + ' ' + show[chart.unit](line.values[at])).join(', ');
    });
  };

  data.charts.forEach(chart => { draw(chart); steer(chart); });
  const redraw = () => data.charts.forEach(draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  new ResizeObserver(() => requestAnimationFrame(() => data.charts.forEach(chart => {
    if (document.getElementById(chart.id).clientWidth !== drawn.get(chart.id).width) draw(chart);
  }))).observe(document.querySelector('main'));
})();
