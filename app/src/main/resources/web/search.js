// Search by words, by a picture that is dropped, pasted or chosen, and by a hit ("more like this").
//
//     /?q=mucus&kind=tile      /?like=ID      /?image (the picture stays in this tab)
import * as api from './api.js';
import { announce, count, h, icon } from './dom.js';
import { card, open, skeletons } from './hits.js';

const FIRST = 24;
const MOST = 96;
const KINDS = [['all', 'All'], ['picture', 'Pictures'], ['tile', 'Slide tiles']];

const pictures = new Map();
/** Keeps a picture for the page's life; yields the history state that finds it again. */
export function remember(file) {
  pictures.set(pictures.size + 1, { file, url: URL.createObjectURL(file) });
  return { picture: pictures.size };
}

let root, go, ui, pending, query;

export function mount(element, navigate) {
  root = element;
  go = navigate;
  const input = h('input', {
    type: 'search', name: 'q', id: 'q', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', enterkeyhint: 'search',
    maxlength: 500, placeholder: 'Describe what you are looking for', 'aria-label': 'Search by words',
  });
  const file = h('input', { type: 'file', id: 'file', accept: 'image/jpeg,image/png,image/tiff,.tif,.tiff', class: 'visually-hidden', tabindex: '-1', 'aria-label': 'Choose a picture to search by' });
  file.addEventListener('change', () => {
    if (file.files.length) go('/?image', { state: remember(file.files[0]) });
    file.value = '';
  });
  const choose = () => file.click();
  const token = h('span', { class: 'token', hidden: true });
  const form = h('form', { class: 'box', role: 'search', action: '/', method: 'get' },
    icon('search'), token, input, file,
    h('button', { class: 'icon-button', type: 'button', title: 'Search by a picture', 'aria-label': 'Search by a picture', onclick: choose }, icon('image')),
    h('button', { class: 'button primary', type: 'submit' }, 'Search'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text) go(address({ q: text }, query?.kind));
    else input.focus();
  });

  ui = {
    input, token,
    chips: h('ul', { class: 'chips', 'aria-label': 'Examples' }),
    kinds: h('div', { class: 'segments', role: 'group', 'aria-label': 'What to show' }),
    summary: h('h2', { class: 'summary' }),
    grid: h('ul', { class: 'grid' }),
    message: h('div', { class: 'message', hidden: true }),
    more: h('button', { class: 'button more', type: 'button', hidden: true }, 'Show more'),
  };
  ui.more.onclick = () => run(MOST, true);
  root.append(
    h('section', { class: 'hero' },
      h('div', { class: 'pitch' },
        h('h1', {}, 'Search pathology by words or by picture'),
        h('p', {}, 'One model reads both. Type what you would see under the microscope, or show it.')),
      form,
      h('button', { class: 'drop-area', type: 'button', onclick: choose }, icon('image'),
        h('span', { class: 'for-mouse' }, h('strong', {}, 'Drop a picture here'), ', paste one, or choose a file'),
        h('span', { class: 'for-touch' }, h('strong', {}, 'Choose a picture'), ' to find what looks like it'),
        h('small', {}, 'JPEG, PNG or TIFF')),
      ui.chips),
    h('section', { class: 'results', 'aria-label': 'Results' },
      h('div', { class: 'results-head' }, ui.summary, ui.kinds),
      ui.message, ui.grid, ui.more));
  examples();
}

/** Example queries; each shows what it finds. */
async function examples() {
  const { examples: texts } = await api.status().catch(() => ({ examples: [] }));
  ui.chips.replaceChildren(...texts.map((text) => {
    const dot = h('span', { class: 'dot' });
    if (!query) {
      api.searchText(text, 1, 'all').then(({ hits }) => {
        if (hits.length) dot.append(h('img', { src: hits[0].thumbnail, alt: '', decoding: 'async' }));
      }, () => {});
    }
    return h('li', {}, h('a', { class: 'chip', href: address({ q: text }) }, dot, text));
  }));
}

function address(parameters, kind = 'all') {
  const all = new URLSearchParams(parameters);
  if (kind !== 'all') all.set('kind', kind);
  return `/?${all}`.replace('image=', 'image');
}

/** Shows the page for an address. */
export function update(parameters, state) {
  const kind = KINDS.some(([name]) => name === parameters.get('kind')) ? parameters.get('kind') : 'all';
  const text = parameters.get('q')?.trim();
  if (text) query = { kind, text, parameters: { q: text } };
  else if (parameters.get('like')) query = { kind, like: parameters.get('like'), parameters: { like: parameters.get('like') } };
  else if (parameters.has('image')) query = { kind, image: pictures.get(state.picture), state, parameters: { image: '' } };
  else query = null;

  root.classList.toggle('home', !query);
  ui.input.value = text ?? '';
  token(query?.image?.url, 'Your picture');
  pending?.abort();
  if (!query) {
    ui.grid.replaceChildren();
    ui.message.hidden = true;
    ui.more.hidden = true;
    if (matchMedia('(hover: hover)').matches) ui.input.focus({ preventScroll: true });
    return;
  }
  ui.kinds.replaceChildren(...KINDS.map(([name, title]) =>
    h('button', { type: 'button', 'aria-pressed': String(name === kind), onclick: () => go(address(query.parameters, name), { state: query.state, replace: true }) }, title)));
  if (text) document.title = `${text} · OpenPLIP`;
  run(FIRST);
}

/** The small picture in the search box that stands for the query. */
function token(url, name) {
  ui.token.hidden = !url;
  ui.input.placeholder = url ? 'or describe what you are looking for' : 'Describe what you are looking for';
  if (!url) return;
  const image = h('img', { src: url, alt: name });
  // A browser cannot show TIFF.
  image.addEventListener('error', () => image.replaceWith(icon('image')));
  ui.token.replaceChildren(image, h('a', { class: 'remove', href: '/', 'aria-label': 'Remove the picture' }, icon('close')));
}

async function run(k, keep = false) {
  pending?.abort();
  const { signal } = (pending = new AbortController());
  const asked = query;
  ui.message.hidden = true;
  ui.more.hidden = true;
  ui.grid.setAttribute('aria-busy', 'true');
  if (!keep) {
    ui.summary.replaceChildren('Searching …');
    ui.grid.replaceChildren(...skeletons(12));
  }
  try {
    if (asked.parameters.image === '') {
      if (!asked.image) throw new Error('The picture of this search is no longer here. Drop it again.');
      const { limits } = await api.status();
      if (asked.image.file.size > limits.bytes) {
        throw new Error(`The picture is larger than ${Math.floor(limits.bytes / 1e6)} MB. Choose a smaller one.`);
      }
    }
    const answer = asked.text ? await api.searchText(asked.text, k, asked.kind, signal)
      : asked.like ? await api.similar(asked.like, k, asked.kind, signal)
        : await api.searchImage(asked.image.file, k, asked.kind, signal);
    if (signal.aborted) return;
    render(answer, asked, k);
  } catch (error) {
    if (error.name === 'AbortError') return;
    ui.summary.replaceChildren('No results');
    ui.grid.replaceChildren();
    message('That did not work', error.message);
  }
  ui.grid.removeAttribute('aria-busy');
}

function render({ hits, milliseconds, like }, asked, k) {
  if (like) token(like.thumbnail, like.caption || 'The chosen picture');
  const what = asked.text ? ['for “', h('q', {}, asked.text), '”']
    : asked.like ? ['like ', h('button', { class: 'text-button', type: 'button', onclick: () => open(like) }, like.caption ? `“${like.caption}”` : 'the chosen picture')]
      : ['like your picture'];
  ui.summary.replaceChildren(
    h('strong', {}, count(hits.length, 'result')), ' ', ...what,
    h('span', { class: 'took' }, ` ${milliseconds < 1 ? 'under 1' : Math.round(milliseconds)} ms`));
  ui.grid.replaceChildren(...hits.map((hit) => card(hit, asked.text)));
  ui.more.hidden = hits.length < k || k >= MOST;
  if (!hits.length) message('Nothing of that kind in the index', 'Show all kinds, or index more pictures.');
  announce(count(hits.length, 'result'));
}

function message(title, text) {
  ui.message.hidden = false;
  ui.message.replaceChildren(h('h3', {}, title), h('p', {}, text));
  announce(`${title} – ${text}`);
}
