// The REST interface, as promises. Each rejects with an Error whose message can be shown.

async function ask(url, options = {}) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The server does not answer. Is “plip serve” still running?');
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Error(body?.error ?? `The server answered ${response.status}.`);
  return body;
}

const query = (values) => {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') parameters.set(key, value);
  }
  return parameters.toString();
};

let statusOnce;
/** Counts, model, notice, examples, limits; asked once. */
export const status = () => (statusOnce ??= ask('/api/status'));

export const searchText = (text, k, kind, signal) =>
  ask(`/api/search?${query({ text, k, kind })}`, { signal });

export const searchImage = (file, k, kind, signal) =>
  ask(`/api/search?${query({ k, kind })}`, {
    method: 'POST',
    headers: { 'Content-Type': file.type || 'application/octet-stream' },
    body: file,
    signal,
  });

export const similar = (id, k, kind, signal) => ask(`/api/similar?${query({ id, k, kind })}`, { signal });

export const slides = () => ask('/api/slides');

export const slideMap = (id, text, min, max, signal) =>
  ask(`/api/slides/${encodeURIComponent(id)}/map?${query({ text, min, max })}`, { signal });
