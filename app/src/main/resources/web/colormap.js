// A sequential colour map: even steps of lightness and of hue, from deep violet over teal to
// yellow. The control points are in OKLab (Ottosson 2020), where equal distances look equal;
// between them the path is straight, and the lightness is linear over the whole range.

// Lightness, chroma, hue in degrees.
const CONTROL = [
  [0.27, 0.115, 303],
  [0.41, 0.115, 268],
  [0.545, 0.098, 222],
  [0.68, 0.122, 166],
  [0.80, 0.165, 126],
  [0.92, 0.175, 103],
].map(([l, c, hue]) => [l, c * Math.cos((hue * Math.PI) / 180), c * Math.sin((hue * Math.PI) / 180)]);

const gamma = (x) => {
  const c = Math.min(1, Math.max(0, x));
  return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
};

function toRgb([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

const STEPS = 256;
const TABLE = Array.from({ length: STEPS }, (_, i) => {
  const position = (i / (STEPS - 1)) * (CONTROL.length - 1);
  const from = Math.min(CONTROL.length - 2, Math.floor(position));
  const t = position - from;
  return `rgb(${toRgb(CONTROL[from].map((v, k) => v + t * (CONTROL[from + 1][k] - v))).join(' ')})`;
});

/** The colour of `t` in 0..1; outside is cut. */
export const colour = (t) => TABLE[Math.round(Math.min(1, Math.max(0, t)) * (STEPS - 1))];

/** The whole map as a CSS gradient to the right. */
export const gradient = () =>
  `linear-gradient(to right, ${TABLE.filter((_, i) => i % 15 === 0).join(', ')})`;
