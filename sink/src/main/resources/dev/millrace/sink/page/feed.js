// The connection to the sink: questions by fetch, news by server-sent events. A stream that ends or
// falls silent is opened again, and whoever listens is told to ask for what was missed.

// A status takes six seconds or so while Kafka does not answer.
const SILENCE_MS = 15000;
const PAUSE_MS = 1500;

/** Asks; what the sink has against the question is the error's message. */
export async function ask(path, parameters, signal) {
  const query = new URLSearchParams(parameters);
  const answer = await fetch(path + (query.size ? '?' + query : ''), { signal });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error ?? 'answer ' + answer.status);
  return body;
}

export class Feed {
  #listener;
  #source = null;
  #path = '/api/stream';
  #heard = 0;
  #retry = 0;

  /** @param listener has `rows`, `status`, `missed` (ask again) and `state` (connecting, live, lost) */
  constructor(listener) {
    this.#listener = listener;
    setInterval(() => this.#watch(), 1000);
  }

  /** Listens, from now on to the heat map of this series. */
  open(service, route) {
    this.#path = '/api/stream?' + new URLSearchParams({ service, route });
    this.#connect();
  }

  #connect() {
    this.#source?.close();
    clearTimeout(this.#retry);
    this.#heard = Date.now();
    const source = new EventSource(this.#path);
    this.#source = source;
    const on = (name, act) => source.addEventListener(name, event => {
      if (source !== this.#source) return;
      this.#heard = Date.now();
      act(event);
    });
    on('open', () => {
      this.#listener.state('live');
      // The first time too: what was written between an answer and this moment nobody has told us.
      this.#listener.missed();
    });
    on('rows', event => this.#listener.rows(JSON.parse(event.data)));
    on('status', event => this.#listener.status(JSON.parse(event.data)));
    on('reload', () => this.#listener.missed());
    on('error', () => {
      this.#isLost();
      // After an answer that is no stream the browser gives up by itself.
      if (source.readyState === EventSource.CLOSED) this.#again();
    });
  }

  #isLost() {
    this.#listener.state('lost');
  }

  #again() {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), PAUSE_MS);
  }

  // A connection can be dead without anybody saying so: a status comes every second.
  #watch() {
    if (this.#source && this.#source.readyState === EventSource.OPEN && Date.now() - this.#heard > SILENCE_MS) {
      this.#isLost();
      this.#connect();
    }
  }
}
