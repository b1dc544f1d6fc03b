/*
 * The button of the opt-out, for the page of the site that offers it (GDPR 21: the visitor objects). Loaded on that page
 * only, and on /opt-out. A click keeps one mark under one key in this browser, for this site; another takes it away.
 * The tracking script of a tag with data-optout reads that key and then sends nothing.
 *
 *   <div data-trekvart-optout></div>
 *   <script defer src="https://stats.example/optout.js"></script>
 */
for (const place of document.querySelectorAll('[data-trekvart-optout]')) {
  const key = 'trekvart-optout';
  const swedish = /^sv\b/i.test(place.closest('[lang]')?.lang ?? '');
  const words = swedish
    ? {
        counted: 'Ditt besök räknas i den här webbläsaren.',
        out: 'Du räknas inte i den här webbläsaren. Ett märke sparas i den för att komma ihåg det.',
        leave: 'Räkna mig inte',
        back: 'Räkna mig igen',
        closed: 'Den här webbläsaren låter inget sparas för sidan. Då räknas du inte heller.',
      }
    : {
        counted: 'Your visit is counted in this browser.',
        out: 'You are not counted in this browser. A mark is kept in it to remember that.',
        leave: 'Do not count me',
        back: 'Count me again',
        closed: 'This browser lets nothing be kept for the page. Then you are not counted either.',
      };
  const status = document.createElement('p');
  const button = document.createElement('button');
  status.setAttribute('role', 'status');
  button.type = 'button';

  const show = () => {
    const out = localStorage.getItem(key) !== null;
    status.textContent = out ? words.out : words.counted;
    button.textContent = out ? words.back : words.leave;
    // The tracking script has read the key already, when this page was loaded. Its tag's data-to is read at each
    // beacon: nothing more is sent from now on, not even how long this page was read.
    if (out) for (const tag of document.querySelectorAll('script[data-optout]')) tag.dataset.to = 'data:,';
    return out;
  };
  try {
    show();
    button.addEventListener('click', () => {
      if (localStorage.getItem(key) === null) localStorage.setItem(key, '1');
      else localStorage.removeItem(key);
      show();
    });
    place.replaceChildren(status, button);
  } catch {
    status.textContent = words.closed;
    place.replaceChildren(status);
  }
}
