// The latency heat map: time to the right, latency upwards (logarithmic), colour for how many.

const PER_DOUBLING = 4;

/** Upper bound of a bucket in microseconds; that of the one before is its lower bound. */
export const bound = bucket => 2 ** ((bucket + 1) / PER_DOUBLING);

const bucketOf = us => Math.ceil(Math.log2(us) * PER_DOUBLING) - 1;

/** The buckets that any column has, lowest and highest; a few more than one, so that there is a picture. */
export function extent(course) {
  let low = Infinity, high = -Infinity;
  for (const column of course?.heat.values() ?? []) {
    if (column.length < 3) continue;
    low = Math.min(low, column[1]);
    high = Math.max(high, column[1] + column.length - 3);
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

// As many columns as there are pixels at most: those that share one are added up. One count for each
// column and bucket, the columns of a bucket side by side.
function counts(course, width, low, high) {
  const steps = Math.ceil((course.to - course.begin) / course.heatStep);
  const columns = Math.max(1, Math.min(steps, Math.floor(width)));
  const sums = new Float64Array(columns * (high - low + 1));
  for (const column of course.heat.values()) {
    const at = Math.floor(Math.floor((column[0] - course.begin) / course.heatStep) * columns / steps);
    if (at < 0 || at >= columns) continue;
    for (let i = 2; i < column.length; i++) sums[(column[1] + i - 2 - low) * columns + at] += column[i];
  }
  return [columns, sums];
}

const canvas = document.createElement('canvas');

/** Paints it into a box of a canvas. */
export function paint(context, box, course, colors) {
  const [low, high] = extent(course);
  const [columns, sums] = counts(course, box.width, low, high);
  const most = sums.reduce((a, b) => Math.max(a, b), 0);
  if (!most) return;
  canvas.width = columns;
  canvas.height = high - low + 1;
  const own = canvas.getContext('2d');
  const image = own.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < sums.length; i++) {
    if (!sums[i]) continue;
    // By its logarithm: one slow request among ten thousand is what one looks for.
    const color = colors[Math.round(40 + 215 * Math.log1p(sums[i]) / Math.log1p(most))];
    const pixel = ((canvas.height - 1 - Math.floor(i / columns)) * columns + i % columns) * 4;
    image.data[pixel] = color[0];
    image.data[pixel + 1] = color[1];
    image.data[pixel + 2] = color[2];
    image.data[pixel + 3] = 255;
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
