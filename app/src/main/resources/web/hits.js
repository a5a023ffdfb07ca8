// A hit as a card, and a hit in full.
import { h, icon, score } from './dom.js';

const KINDS = { picture: 'Picture', tile: 'Slide tile' };
export const likeAddress = (id) => `/?${new URLSearchParams({ like: id })}`;
export const slideAddress = (slide, text, tile) => {
  const parameters = new URLSearchParams({ slide });
  if (text) parameters.set('q', text);
  if (tile) parameters.set('tile', tile);
  return `/slides?${parameters}`;
};

const alt = (hit) => hit.caption || hit.label || KINDS[hit.kind] || 'Picture';
const origin = (hit) => (hit.slide ? hit.slide.title : hit.source);

/** A card; its link leads to more like this, its button opens the hit in full. */
export function card(hit, text) {
  const image = h('img', { src: hit.thumbnail, alt: alt(hit), loading: 'lazy', decoding: 'async' });
  image.addEventListener('error', () => image.replaceWith(h('span', { class: 'missing' }, 'The picture is gone')));
  return h('li', { class: 'card' },
    h('a', { class: 'card-link', href: likeAddress(hit.id), title: 'More like this' },
      h('span', { class: 'frame' }, image, hit.kind === 'tile' ? h('span', { class: 'tag' }, 'Slide tile') : null),
      h('span', { class: 'score' },
        h('span', { class: 'visually-hidden' }, 'Similarity '),
        h('span', { class: 'number' }, score(hit.similarity)),
        hit.label ? h('span', { class: 'label', title: hit.label }, hit.label) : null),
      hit.caption ? h('span', { class: 'caption' }, hit.caption) : null,
      origin(hit) ? h('span', { class: 'origin' }, origin(hit)) : null,
      h('span', { class: 'visually-hidden' }, '. More like this')),
    h('button', { class: 'open icon-button', type: 'button', title: 'Open', 'aria-label': `Open: ${alt(hit)}`, onclick: () => open(hit, text) },
      icon('expand')));
}

/** Shows a hit in full, in a dialog that Escape closes. */
export function open(hit, text) {
  const row = (name, value) => (value ? [h('dt', {}, name), h('dd', {}, value)] : []);
  const dialog = h('dialog', { class: 'detail', 'aria-label': alt(hit) },
    h('img', { src: hit.picture, alt: alt(hit) }),
    h('div', { class: 'detail-text' },
      h('p', { class: 'detail-caption' }, hit.caption || KINDS[hit.kind]),
      h('dl', { class: 'facts' },
        ...row('Similarity', hit.similarity === undefined ? null : score(hit.similarity)),
        ...row('Label', hit.label),
        ...row('Kind', KINDS[hit.kind]),
        ...row('Source', origin(hit)),
        ...row('Place', hit.region && `${hit.region.x}, ${hit.region.y} (${hit.region.width} × ${hit.region.height} pixels of level 0)`),
        ...row('Id', hit.id)),
      h('p', { class: 'actions' },
        h('a', { class: 'button primary', href: likeAddress(hit.id) }, icon('similar'), 'More like this'),
        hit.slide ? h('a', { class: 'button', href: slideAddress(hit.slide.id, text, hit.id) }, icon('map'), 'On the slide') : null)),
    h('button', { class: 'icon-button close', type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('close')));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** Grey cards while the answer is on its way. */
export const skeletons = (n) =>
  Array.from({ length: n }, () =>
    h('li', { class: 'card skeleton', 'aria-hidden': 'true' }, h('span', { class: 'frame' }), h('span', { class: 'line' }), h('span', { class: 'line short' })));
