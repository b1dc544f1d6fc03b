// Watches what a page's other scripts touch. Each name that is touched is kept; only what the script may use works.
window.touched = [];
const note = (name) => { window.touched.push(name); };
const watch = (holder, name, label, also = {}) => {
  const real = Object.getOwnPropertyDescriptor(holder, name);
  if (!real || !real.configurable) return note(`cannot watch ${label}`);
  Object.defineProperty(holder, name, {
    configurable: true,
    get() { note(label); throw new Error(`${label} was read`); },
    set() { note(`${label} =`); throw new Error(`${label} was written`); },
    ...also,
  });
};

// Everything of navigator but the two objections and webdriver.
const free = ['globalPrivacyControl', 'doNotTrack', 'webdriver', 'constructor'];
for (const name of Object.getOwnPropertyNames(Navigator.prototype))
  if (!free.includes(name)) watch(Navigator.prototype, name, `navigator.${name}`);

watch(Document.prototype, 'cookie', 'cookie');
for (const name of ['cookieStore', 'indexedDB', 'caches', 'screen', 'devicePixelRatio', 'visualViewport', 'outerWidth',
  'outerHeight', 'screenX', 'screenY', 'sessionStorage', 'Intl', 'matchMedia', 'OffscreenCanvas', 'AudioContext',
  'name', 'opener', 'clientInformation', 'speechSynthesis'])
  if (name in window) watch(Object.hasOwn(window, name) ? window : Window.prototype, name, name);
for (const name of Object.getOwnPropertyNames(Screen.prototype))
  if (name !== 'constructor') watch(Screen.prototype, name, `screen.${name}`);
for (const name of ['getContext', 'toDataURL', 'toBlob']) watch(HTMLCanvasElement.prototype, name, `canvas.${name}`);
for (const name of Object.getOwnPropertyNames(Date.prototype))
  if (/zone|locale/i.test(name)) watch(Date.prototype, name, `Date.${name}`);
for (const name of ['getItem', 'setItem', 'removeItem', 'key', 'length', 'clear'])
  watch(Storage.prototype, name, `Storage.${name}`);
watch(Performance.prototype, 'timeOrigin', 'performance.timeOrigin');
watch(History.prototype, 'length', 'history.length');
watch(Document.prototype, 'title', 'title');
watch(Document.prototype, 'fonts', 'fonts');

// The one declared key works; which keys of localStorage are read is kept.
const store = { seller: 'yes' };
watch(window, 'localStorage', 'localStorage', {
  get: () => new Proxy(store, { get(_, key) { note(`localStorage ${String(key)}`); return store[key]; } }),
});
