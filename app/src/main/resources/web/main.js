// Pages by address, links without reloading, theme, and dropped or pasted pictures.
import { status } from './api.js';
import { announce, count, h, icon } from './dom.js';
import * as about from './about.js';
import * as search from './search.js';
import * as slides from './slides.js';

const PAGES = {
  '/': { name: 'search', title: 'Search', page: search },
  '/slides': { name: 'slides', title: 'Slide map', page: slides },
  '/about': { name: 'about', title: 'About', page: about },
};
const view = document.getElementById('view');
let shown = null;

function show() {
  const entry = PAGES[location.pathname] ?? PAGES['/'];
  if (shown !== entry) {
    shown = entry;
    view.replaceChildren();
    view.className = `page-${entry.name}`;
    for (const link of document.querySelectorAll('nav [data-page]')) {
      if (link.dataset.page === entry.name) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    entry.page.mount(view, go);
  }
  document.title = `${entry.title} · OpenPLIP`;
  entry.page.update(new URLSearchParams(location.search), history.state ?? {});
}

/** Goes to `address` within the page; `replace` leaves no step in the history. */
function go(address, { state = {}, replace = false } = {}) {
  const from = location.pathname;
  history[replace ? 'replaceState' : 'pushState'](state, '', address);
  show();
  if (!replace) {
    window.scrollTo({ top: 0 });
    if (location.pathname !== from) view.focus({ preventScroll: true });
  }
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href]');
  if (!link || event.defaultPrevented || event.button !== 0 || link.target || link.hasAttribute('download')) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !(url.pathname in PAGES) || url.hash) return;
  event.preventDefault();
  document.querySelector('dialog[open]')?.close();
  go(url.pathname + url.search);
});
window.addEventListener('popstate', show);

document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, textarea, [contenteditable]');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    view.querySelector('input[type=search]')?.focus();
  }
});

const picture = (transfer) => [...(transfer?.files ?? [])].find((f) => f.type.startsWith('image/') || /\.(tiff?|jpe?g|png)$/i.test(f.name));
const searchFor = (file) => go('/?image', { state: search.remember(file) });

document.addEventListener('paste', (event) => {
  const file = picture(event.clipboardData);
  if (file) {
    event.preventDefault();
    searchFor(file);
  }
});

const veil = document.getElementById('drop');
let inside = 0;
const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');
window.addEventListener('dragenter', (event) => {
  if (!carriesFiles(event)) return;
  inside++;
  veil.hidden = false;
});
window.addEventListener('dragleave', (event) => {
  if (carriesFiles(event) && --inside <= 0) veil.hidden = true;
});
window.addEventListener('dragover', (event) => {
  if (carriesFiles(event)) event.preventDefault();
});
window.addEventListener('drop', (event) => {
  inside = 0;
  veil.hidden = true;
  if (!carriesFiles(event)) return;
  event.preventDefault();
  const file = picture(event.dataTransfer);
  if (file) searchFor(file);
  else announce('That is not a picture.');
});

const THEMES = { auto: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' };
const themeButton = document.getElementById('theme');
function theme(name) {
  if (name === 'auto') {
    localStorage.removeItem('theme');
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem('theme', name);
    document.documentElement.dataset.theme = name;
  }
  themeButton.replaceChildren(icon({ auto: 'auto', light: 'sun', dark: 'moon' }[name]));
  themeButton.title = THEMES[name];
  themeButton.setAttribute('aria-label', THEMES[name]);
  themeButton.onclick = () => theme({ auto: 'light', light: 'dark', dark: 'auto' }[name]);
}
theme(document.documentElement.dataset.theme ?? 'auto');

status().then(
  (s) => {
    const notice = document.getElementById('notice');
    notice.textContent = s.notice;
    notice.hidden = !s.notice;
    document.getElementById('counts').replaceChildren(
      h('span', {}, [count(s.index.pictures, 'picture'), count(s.index.tiles, 'slide tile')].join(' · ')),
    );
  },
  () => {},
);
show();
