// A slide under the heat map of a phrase.
//
//     /slides?slide=ID&q=keratin&tile=ID
//
// The canvas over the slide shows one rectangle per tile; the pointer, or the arrow keys, move
// between tiles, a click or Enter opens one.
import * as api from './api.js';
import { colour, gradient } from './colormap.js';
import { announce, count, h, icon, score } from './dom.js';
import { likeAddress } from './hits.js';

let root, go, ui, list, pending;
let map = null; // {slide, text, tiles, scale}
let hovered = null;
let selected = null;

export function mount(element, navigate) {
  root = element;
  go = navigate;
  map = hovered = selected = null;
  const input = h('input', {
    type: 'search', name: 'q', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: 500, enterkeyhint: 'search',
    placeholder: 'Where on the slide is …', 'aria-label': 'Phrase for the heat map',
  });
  const form = h('form', { class: 'box', role: 'search' }, icon('search'), input, h('button', { class: 'button primary', type: 'submit' }, 'Show'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (input.value.trim()) go(address({ q: input.value.trim() }));
  });
  const image = h('img', { class: 'slide-image', alt: '', draggable: 'false' });
  const canvas = h('canvas', { class: 'heat', tabindex: '0', role: 'application', 'aria-label': 'Heat map. Arrow keys move between tiles, Enter opens one.' });
  const opacity = h('input', { type: 'range', min: 0, max: 100, value: 70, id: 'opacity' });
  const grey = h('input', { type: 'checkbox', id: 'grey', checked: true });
  ui = {
    input, image, canvas, opacity, grey,
    chips: h('ul', { class: 'chips small', 'aria-label': 'Examples' }),
    picker: h('div', { class: 'picker', role: 'group', 'aria-label': 'Slides' }),
    stage: h('div', { class: 'stage' }, image, canvas),
    tip: h('div', { class: 'tip', hidden: true }),
    title: h('h1', { class: 'slide-title' }),
    facts: h('p', { class: 'slide-facts' }),
    message: h('div', { class: 'message', hidden: true }),
    legend: h('section', { class: 'panel legend', hidden: true, 'aria-label': 'Legend' }),
    detail: h('section', { class: 'panel tile-detail', hidden: true, 'aria-label': 'Tile' }),
  };
  ui.stage.append(ui.tip);
  root.append(
    h('div', { class: 'slide-layout' },
      h('div', { class: 'slide-query' }, h('div', {}, ui.title, ui.facts), ui.picker, form, ui.chips, ui.message),
      h('div', { class: 'stage-mat' }, ui.stage),
      h('aside', { class: 'side', 'aria-label': 'Legend and tile' }, ui.legend, ui.detail)));
  ui.layout = root.querySelector('.slide-layout');

  opacity.addEventListener('input', paintOpacity);
  grey.addEventListener('change', paintOpacity);
  canvas.addEventListener('pointermove', (event) => hover(at(event)));
  canvas.addEventListener('pointerleave', () => hover(null));
  canvas.addEventListener('click', (event) => {
    const tile = at(event);
    if (tile) go(address({ tile: tile.id }), { replace: true });
  });
  canvas.addEventListener('keydown', keys);
  canvas.addEventListener('blur', () => hover(null));
  new ResizeObserver(paint).observe(ui.stage);
}

const current = () => new URLSearchParams(location.search);

function address(changes) {
  const parameters = current();
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(key);
    else parameters.set(key, value);
  }
  if ('q' in changes || 'slide' in changes) parameters.delete('tile');
  return `/slides?${parameters}`;
}

export async function update(parameters) {
  pending?.abort();
  const { signal } = (pending = new AbortController());
  try {
    list ??= (await api.slides()).slides;
    if (signal.aborted) return;
    if (!list.length) {
      ui.layout.classList.add('empty');
      ui.title.textContent = 'Slide map';
      return message('No slide is being served', 'Index a whole-slide image, and its tiles can be searched and mapped here.');
    }
    const slide = list.find((s) => s.id === parameters.get('slide')) ?? list[0];
    const text = parameters.get('q')?.trim() || null;
    showSlide(slide);
    ui.input.value = text ?? '';
    examples(text);
    if (!text) {
      map = null;
      ui.legend.hidden = ui.detail.hidden = true;
      paint();
      return message('Where on the slide is it?', 'Type a phrase, and each tile is coloured by how well it fits.');
    }
    document.title = `${text} · ${slide.title} · OpenPLIP`;
    const key = JSON.stringify([slide.id, text, parameters.get('min'), parameters.get('max')]);
    if (map?.key !== key) {
      ui.stage.classList.add('loading');
      const answer = await api.slideMap(slide.id, text, parameters.get('min'), parameters.get('max'), signal);
      if (signal.aborted) return;
      map = { ...answer, key };
      hovered = null;
      prepare();
    }
    ui.stage.classList.remove('loading');
    ui.message.hidden = true;
    if (!map.tiles.length) return message('No tile of this slide is in the index', 'Run “plip index” with this slide.');
    select(map.tiles.find((tile) => tile.id === parameters.get('tile')) ?? null, signal);
    legend();
    paint();
  } catch (error) {
    if (error.name === 'AbortError') return;
    ui.stage.classList.remove('loading');
    map = null;
    ui.legend.hidden = ui.detail.hidden = true;
    paint();
    message('That did not work', error.message);
  }
}

function showSlide(slide) {
  const size = `${slide.width.toLocaleString('en')} × ${slide.height.toLocaleString('en')} pixels`;
  const scale = slide.micronsPerPixel ? `${slide.micronsPerPixel.toFixed(3)} µm per pixel` : null;
  ui.title.textContent = slide.title;
  ui.facts.textContent = [size, scale, count(slide.tiles, 'tile')].filter(Boolean).join(' · ');
  if (ui.image.getAttribute('src') !== slide.thumbnail) {
    ui.image.src = slide.thumbnail;
    ui.image.alt = `The slide ${slide.title}`;
  }
  ui.stage.style.setProperty('--width', slide.width);
  ui.stage.style.setProperty('--height', slide.height);
  ui.picker.hidden = list.length < 2;
  ui.picker.replaceChildren(...list.map((s) =>
    h('a', { href: address({ slide: s.id }), 'aria-current': s === slide ? 'true' : null, title: s.title }, h('img', { src: s.thumbnail, alt: s.title }))));
}

async function examples(text) {
  const { examples: texts } = await api.status().catch(() => ({ examples: [] }));
  ui.chips.replaceChildren(...texts.map((example) =>
    h('li', {}, h('a', { class: 'chip', href: address({ q: example }), 'aria-current': example === text ? 'true' : null }, example))));
}

function message(title, text) {
  ui.message.hidden = false;
  ui.message.replaceChildren(h('h3', {}, title), h('p', {}, text));
  announce(`${title} – ${text}`);
}

/** Ranks the tiles and sorts them into rows, for the keys. */
function prepare() {
  const sorted = map.tiles.map((tile) => tile.similarity).sort((a, b) => a - b);
  const { min, max } = map.scale;
  for (const tile of map.tiles) {
    tile.share = max > min ? (tile.similarity - min) / (max - min) : 0.5;
    let below = 0;
    while (below < sorted.length && sorted[below] < tile.similarity) below++;
    tile.below = below / sorted.length;
  }
  // Worst first, so that the outline of a better tile lies above.
  map.tiles.sort((a, b) => a.similarity - b.similarity);
  announce(`${count(map.tiles.length, 'tile')} from ${score(min)} to ${score(max)}`);
}

// ---- painting

function paintOpacity() {
  ui.canvas.style.setProperty('--opacity', ui.opacity.value / 100);
  ui.stage.classList.toggle('grey', ui.grey.checked && map !== null);
  ui.opacity.style.setProperty('--value', `${ui.opacity.value}%`);
  paint();
}

function paint() {
  const { canvas } = ui;
  const box = ui.stage.getBoundingClientRect();
  if (!box.width) return;
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(box.width * ratio);
  const height = Math.round(box.height * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, width, height);
  ui.stage.classList.toggle('grey', ui.grey.checked && map !== null);
  canvas.hidden = !map;
  if (!map) return;
  context.globalAlpha = ui.opacity.value / 100;
  for (const tile of map.tiles) {
    context.fillStyle = colour(tile.share);
    context.fillRect(...rectangle(tile, width, height));
  }
  context.globalAlpha = 1;
  for (const [tile, weight] of [[hovered, 1.5], [selected, 2.5]]) {
    if (!tile) continue;
    const [x, y, w, hh] = rectangle(tile, width, height);
    context.lineWidth = (weight + 2) * ratio;
    context.strokeStyle = 'rgb(20 12 32 / 0.9)';
    context.strokeRect(x, y, w, hh);
    context.lineWidth = weight * ratio;
    context.strokeStyle = '#fff';
    context.strokeRect(x, y, w, hh);
  }
}

/** Whole canvas pixels, so that neighbours neither overlap nor leave a seam. */
function rectangle(tile, width, height) {
  const x = Math.round((tile.x / map.slide.width) * width);
  const y = Math.round((tile.y / map.slide.height) * height);
  return [x, y,
    Math.round((Math.min(tile.x + tile.width, map.slide.width) / map.slide.width) * width) - x,
    Math.round((Math.min(tile.y + tile.height, map.slide.height) / map.slide.height) * height) - y];
}

// ---- pointing

function at(event) {
  if (!map) return null;
  const box = ui.canvas.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * map.slide.width;
  const y = ((event.clientY - box.top) / box.height) * map.slide.height;
  return map.tiles.findLast((t) => x >= t.x && x < t.x + t.width && y >= t.y && y < t.y + t.height) ?? null;
}

function hover(tile) {
  if (hovered === tile) return;
  hovered = tile;
  ui.canvas.style.cursor = tile ? 'pointer' : 'default';
  ui.tip.hidden = !tile;
  if (tile) {
    ui.tip.replaceChildren(h('strong', {}, score(tile.similarity)), ` · above ${Math.round(100 * tile.below)} % of the tiles`);
    const middle = (tile.x + tile.width / 2) / map.slide.width;
    ui.tip.style.left = `${Math.min(82, Math.max(18, 100 * middle))}%`;
    const below = tile.y / map.slide.height < 0.08;
    ui.tip.classList.toggle('below', below);
    ui.tip.style.top = `${(100 * (below ? tile.y + tile.height : tile.y)) / map.slide.height}%`;
  }
  const mark = ui.legend.querySelector('.legend-mark');
  if (mark) {
    mark.hidden = !tile;
    if (tile) mark.style.left = `${100 * Math.min(1, Math.max(0, tile.share))}%`;
  }
  paint();
}

function keys(event) {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (step) {
    event.preventDefault();
    const from = hovered ?? selected;
    hover(from ? neighbour(from, step) ?? from : map.tiles.at(-1));
    announce(`Similarity ${score(hovered.similarity)}, above ${Math.round(100 * hovered.below)} percent of the tiles`);
  } else if ((event.key === 'Enter' || event.key === ' ') && hovered) {
    event.preventDefault();
    go(address({ tile: hovered.id }), { replace: true });
  } else if (event.key === 'Escape' && selected) {
    go(address({ tile: null }), { replace: true });
  }
}

/** The nearest tile in a direction; going astray sideways counts three times. */
function neighbour(from, [dx, dy]) {
  let best = null;
  let bestCost = Infinity;
  for (const tile of map.tiles) {
    const along = (tile.x - from.x) * dx + (tile.y - from.y) * dy;
    if (along <= 0) continue;
    const cost = along + 3 * Math.abs((tile.x - from.x) * dy + (tile.y - from.y) * dx);
    if (cost < bestCost) [best, bestCost] = [tile, cost];
  }
  return best;
}

// ---- beside the slide

function legend() {
  if (ui.legend.dataset.key === map.key) {
    ui.legend.hidden = false;
    return;
  }
  ui.legend.dataset.key = map.key;
  ui.legend.hidden = false;
  const { min, max, given } = map.scale;
  const BINS = 32;
  const bins = new Array(BINS).fill(0);
  for (const tile of map.tiles) bins[Math.min(BINS - 1, Math.max(0, Math.floor(tile.share * BINS)))]++;
  const top = Math.max(...bins);
  const best = map.tiles.at(-1);
  ui.legend.replaceChildren(
    h('h2', {}, 'Similarity to “', h('q', {}, map.text), '”'),
    h('div', { class: 'histogram', 'aria-hidden': 'true' },
      ...bins.map((n, i) => h('span', { style: { '--n': (n / top).toFixed(3), '--colour': colour((i + 0.5) / BINS) } }))),
    h('div', { class: 'ramp', style: { 'background-image': gradient() } }, h('span', { class: 'legend-mark', hidden: true })),
    h('div', { class: 'ramp-ends' },
      h('span', {}, score(min)), h('span', {}, score((min + max) / 2)), h('span', {}, score(max))),
    h('p', { class: 'hint' }, given
      ? 'Colours span the range given in the address.'
      : 'Scaled to the range in this slide: colours do not compare between phrases.'),
    h('div', { class: 'control' }, h('label', { for: 'opacity' }, 'Opacity'), ui.opacity),
    h('div', { class: 'control' }, h('label', { class: 'check', for: 'grey' }, ui.grey, 'Slide in grey'),
      h('button', { class: 'text-button', type: 'button', onclick: () => go(address({ tile: best.id }), { replace: true }) }, 'Go to the best tile')));
  paintOpacity();
}

async function select(tile, signal) {
  if (tile && selected?.id === tile.id && !ui.detail.hidden) {
    selected = tile;
    return;
  }
  selected = tile;
  ui.detail.hidden = !tile;
  if (!tile) return;
  const neighbours = h('ul', { class: 'neighbours', 'aria-busy': 'true' }, Array.from({ length: 6 }, () => h('li', { class: 'skeleton' }, h('span', { class: 'frame' }))));
  ui.detail.replaceChildren(
    h('button', { class: 'icon-button close', type: 'button', 'aria-label': 'Close the tile', onclick: () => go(address({ tile: null }), { replace: true }) }, icon('close')),
    h('h2', {}, 'Tile at ', h('span', { class: 'number' }, `${tile.x}, ${tile.y}`)),
    h('div', { class: 'tile-row' },
      h('img', { class: 'tile-picture', src: tile.picture, alt: `Tile at ${tile.x}, ${tile.y}` }),
      h('div', {},
        h('p', { class: 'big-number' }, score(tile.similarity)),
        h('p', { class: 'hint' }, `above ${Math.round(100 * tile.below)} % of the tiles of this slide`),
        h('p', {}, h('a', { class: 'button', href: likeAddress(tile.id) }, icon('similar'), 'More like this')))),
    h('h3', {}, 'Nearest in the index'), neighbours);
  ui.detail.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  try {
    const { hits } = await api.similar(tile.id, 9, 'all', signal);
    neighbours.replaceChildren(...hits.map((hit) => {
      const here = hit.slide?.id === map?.slide.id;
      const href = here ? address({ tile: hit.id }) : likeAddress(hit.id);
      const name = hit.caption || hit.label || (hit.region ? `Tile at ${hit.region.x}, ${hit.region.y}` : 'Picture');
      return h('li', {}, h('a', { href, title: name }, h('img', { src: hit.thumbnail, alt: name, loading: 'lazy' }), h('span', { class: 'number' }, score(hit.similarity))));
    }));
    neighbours.removeAttribute('aria-busy');
  } catch (error) {
    if (error.name !== 'AbortError') neighbours.replaceWith(h('p', { class: 'error' }, error.message));
  }
}
