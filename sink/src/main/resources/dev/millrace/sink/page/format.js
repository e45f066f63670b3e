// Numbers and times as a person reads them. Always with their unit, and aligned by tabular figures.

const grouped = (value, digits = 0) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const NONE = '–';

export const count = value => value === null || value === undefined ? NONE : grouped(value);

/** Events a second. */
export const rate = value =>
  value === null || value === undefined ? NONE : grouped(value, value !== 0 && value < 10 ? 1 : 0);

/** For an axis: 12k, 3.5M. */
export const short = value => value === null ? ''
  : Math.abs(value) < 1e4 ? grouped(value, value % 1 ? 1 : 0)
  : Math.abs(value) < 1e6 ? +(value / 1e3).toFixed(1) + 'k'
  : +(value / 1e6).toFixed(2) + 'M';

/** Microseconds, with three digits. */
export const micros = value => {
  if (value === null || value === undefined) return NONE;
  if (value < 999.5) return Math.round(value) + ' µs';
  const [scaled, unit] = value < 999500 ? [value / 1e3, 'ms'] : [value / 1e6, 's'];
  return scaled.toFixed(scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0) + ' ' + unit;
};

/** For an axis, where values are round. */
export const shortMicros = value => value === null ? ''
  : value < 1e3 ? +value.toPrecision(3) + ' µs' : value < 1e6 ? +(value / 1e3).toPrecision(3) + ' ms' : +(value / 1e6).toPrecision(3) + ' s';

/** A share, 0 to 1. */
export const share = value => {
  if (value === null || value === undefined) return NONE;
  const percent = 100 * value;
  return (percent === 0 ? '0' : percent < 0.01 ? '<0.01' : percent.toFixed(percent < 10 ? 2 : 1)) + ' %';
};

/** A length of time in milliseconds. */
export const length = ms => {
  if (ms < 9950) return (ms / 1e3).toFixed(1) + ' s';
  if (ms < 120e3) return Math.round(ms / 1e3) + ' s';
  if (ms < 7200e3) return Math.round(ms / 60e3) + ' min';
  if (ms < 172800e3) return Math.round(ms / 3600e3) + ' h';
  return grouped(Math.round(ms / 86400e3)) + ' days';
};

const two = value => String(value).padStart(2, '0');

/** A time of day here, 13:04:59. */
export const clock = ms => {
  const at = new Date(ms);
  return two(at.getHours()) + ':' + two(at.getMinutes()) + ':' + two(at.getSeconds());
};

const day = ms => {
  const at = new Date(ms);
  return at.getFullYear() + '-' + two(at.getMonth() + 1) + '-' + two(at.getDate());
};

/** A span of time here. */
export const span = (from, to) =>
  day(from) + ' ' + clock(from) + ' – ' + (day(from) === day(to) ? '' : day(to) + ' ') + clock(to);
