// The latency heat map: time to the right, latency upwards (logarithmic), colour for how many.

const PER_DOUBLING = 4;

/** Upper bound of a bucket in microseconds; that of the one before is its lower bound. */
export const bound = bucket => 2 ** ((bucket + 1) / PER_DOUBLING);

const bucketOf = us => Math.ceil(Math.log2(us) * PER_DOUBLING) - 1;

/** The buckets that any column has, lowest and highest; a few more than one, so that there is a picture. */
export function extent(course) {
  let low = Infinity, high = -Infinity;
  for (const [, first, ...counts] of course?.heat.values() ?? []) {
    if (first === undefined) continue;
    low = Math.min(low, first);
    high = Math.max(high, first + counts.length - 1);
  }
  return low > high ? [26, 66] : [low - 1, Math.max(high + 1, low + 3)];
}

const channels = color => [1, 3, 5].map(at => parseInt(color.slice(at, at + 2), 16));

/** 256 colours between the given ones. */
export function ramp(stops) {
  const parts = stops.map(channels);
  return Array.from({ length: 256 }, (_, i) => {
    const at = i / 255 * (parts.length - 1), left = Math.min(Math.floor(at), parts.length - 2);
    return parts[left].map((value, c) => Math.round(value + (parts[left + 1][c] - value) * (at - left)));
  });
}

// As many columns as there are pixels at most: those that share one are added up.
function columns(course, width) {
  const span = course.to - course.from;
  const number = Math.max(1, Math.min(Math.ceil(span / course.heatStep), Math.floor(width)));
  const sums = new Map();
  for (const [start, first, ...counts] of course.heat.values()) {
    const at = Math.floor((start - course.from) / span * number);
    if (first === undefined || at < 0 || at >= number) continue;
    let sum = sums.get(at);
    if (!sum) sums.set(at, sum = new Map());
    counts.forEach((count, i) => { if (count) sum.set(first + i, (sum.get(first + i) ?? 0) + count); });
  }
  return [number, sums];
}

const canvas = document.createElement('canvas');

/** Paints it into a box of a canvas. */
export function paint(context, box, course, colors) {
  const [low, high] = extent(course);
  const [number, sums] = columns(course, box.width);
  let most = 0;
  for (const sum of sums.values()) for (const count of sum.values()) most = Math.max(most, count);
  if (!most) return;
  canvas.width = number;
  canvas.height = high - low + 1;
  const own = canvas.getContext('2d');
  const image = own.createImageData(canvas.width, canvas.height);
  for (const [at, sum] of sums) {
    for (const [bucket, count] of sum) {
      // By its logarithm: one slow request among ten thousand is what one looks for.
      const color = colors[Math.round(40 + 215 * Math.log1p(count) / Math.log1p(most))];
      const pixel = ((high - bucket) * canvas.width + at) * 4;
      image.data.set([...color, 255], pixel);
    }
  }
  own.putImageData(image, 0, 0);
  context.save();
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, box.left, box.top, box.width, box.height);
  context.restore();
}

/** How many requests at a time took about so long: the count, and the bucket's bounds. */
export function at(course, ms, us) {
  const start = course.from + Math.floor((ms - course.from) / course.heatStep) * course.heatStep;
  const column = course.heat.get(start);
  const bucket = bucketOf(us);
  const count = column && column[1] !== undefined ? column[bucket - column[1] + 2] ?? 0 : 0;
  return { start, count, from: bound(bucket - 1), to: bound(bucket) };
}
