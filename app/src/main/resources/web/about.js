// What this is, what it is not, and what is being served.
import { slides, status } from './api.js';
import { count, h } from './dom.js';

let facts;

export function mount(root) {
  facts = h('dl', { class: 'facts' });
  root.append(
    h('article', { class: 'prose' },
      h('h1', {}, 'About OpenPLIP'),
      h('p', { class: 'lead' },
        'OpenPLIP learns from pathology pictures and the words that people write beside them. One model turns '
        + 'pictures and phrases into points of the same space; what lies close together belongs together.'),
      h('div', { class: 'callout' },
        h('h2', {}, 'Research use only'),
        h('p', {}, 'OpenPLIP is not a medical device. Nothing on these pages is a diagnosis, and no result may be '
          + 'used to decide about a patient. Pictures that you drop here are sent to this server only, are not '
          + 'stored, and must not show who a patient is.')),
      h('h2', {}, 'What this server holds'),
      facts,
      h('h2', {}, 'Reading the numbers'),
      h('p', {}, 'The similarity of a hit is the cosine of the angle between two embeddings, from −1 to 1. '
        + 'A phrase and a fitting picture often reach only 0.2 to 0.4, while two pictures easily reach 0.8: compare numbers within '
        + 'one result, never between a search by words and one by picture. There is always a nearest picture, even when '
        + 'nothing in the index fits.'),
      h('p', {}, 'On the slide map the colours span the smallest and the largest similarity on that slide for that phrase. '
        + 'Yellow is where the slide fits the phrase best, which need not be a good fit.'),
      h('h2', {}, 'Where it comes from'),
      h('p', {}, 'The method is that of Huang, Bianchi, Yuksekgonul, Montine and Zou, ',
        h('cite', {}, 'A visual–language foundation model for pathology image analysis using medical Twitter'),
        ', Nature Medicine 29, 2307–2316 (2023). OpenPLIP is free software under the Apache License 2.0.')));
}

export async function update() {
  try {
    const [s, { slides: list }] = await Promise.all([status(), slides()]);
    const row = (name, ...value) => [h('dt', {}, name), h('dd', {}, ...value)];
    facts.replaceChildren(
      ...row('Model', s.model),
      ...row('Index', `${count(s.index.pictures, 'picture')} and ${count(s.index.tiles, 'slide tile')}, embeddings of ${s.index.width} numbers`),
      ...(s.notice ? row('Data', s.notice) : []),
      ...(list.length ? row('Slides', list.map((slide) => slide.title).join(', ')) : []),
    );
  } catch (error) {
    facts.replaceChildren(h('dd', { class: 'error' }, error.message));
  }
}
