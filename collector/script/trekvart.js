/*
 * Trekvart's tracking script: what a site's pages say to the collector. It stores nothing on the visitor's device and
 * reads nothing from it: no cookie, no storage, no cache, no screen, no time zone, no language. What is sent is one
 * JSON text per beacon; docs/script.md names its fields and the attributes of the script's tag (`asked` below).
 *
 *   <script defer src="https://stats.example/t.js" data-site="shop.example"></script>
 *
 * Every byte is paid by every visitor: what is shipped (trekvart.min.js, made by `python -m tests.build_script`) has to
 * stay within 1,100 bytes of gzip -9. Hence one function for all that happens on the page, and `let` throughout: the
 * minifier joins the declarations, and 8 bytes go. Needs ES2020 and fetch; an older browser refuses the whole file.
 *
 * `try` around all of it and around each call: nothing here may ever be an error of the page's.
 */
try {
  let tag = document.currentScript;
  let asked = tag.dataset;
  // Calls made before this file came, by the stub function of docs/script.md: [name, properties] each.
  let waiting = self.trekvart?.q || [];
  // How the page was opened and with which HTTP status. Empty in Firefox with privacy.resistFingerprinting.
  let [opened] = performance.getEntriesByType('navigation');

  // A visitor who objects (GDPR 21) comes first; then what is no visit: a frame, a robot, a page with no public name
  // (file:, localhost, an intranet's single word, an IP address, .local). data-test counts the last two all the same.
  // The key that data-optout names is read here, once, and only where the site asks for it.
  let blocked =
    self != top ||
    navigator.doNotTrack == 1 ||
    navigator.globalPrivacyControl ||
    !asked.test && (!/\.(?!local)[a-z][^.]+$/.test(origin) || navigator.webdriver) ||
    asked.optout && localStorage[asked.optout];

  let page; // the address of the view that was sent last, without query and fragment; undefined before the first
  let deepest; // pixels from the page's top down to the lowest that has been on screen
  let since = 0; // when the time now running began, 0 or false while the page is hidden or not in focus
  let engaged = 0; // milliseconds of attention not sent yet

  // No credentials: the shop's cookies never reach the collector. A text body is text/plain: no preflight. keepalive:
  // it is sent even when the page goes. Texts are cut, so that one that is too long does not cost the beacon.
  let send = (beacon) =>
    fetch(asked.to || new URL('t', tag.src), {
      method: 'POST',
      body: JSON.stringify({ s: asked.site, u: page, ...beacon }, (key, value) => value?.slice?.(0, 500) ?? value),
      referrerPolicy: 'no-referrer',
      credentials: 'omit',
      keepalive: true,
    }).catch(() => {});

  // An address without query and fragment. With data-hash a fragment that begins with / or !/ is part of the path.
  let cut = (address) => address.replace(asked.hash ? /#!?(?=\/)|\?[^#]*|#.*/g : /[?#].*/, '');

  // Whatever happened (a DOM event, or nothing in particular): what is to be said about it?
  let notice = (event = 0) => {
    try {
      // The first view waits until somebody sees the page: a prerendered one, or one in a tab behind, is hidden.
      if (page || !blocked && !document.hidden) {
        let at = location; // what an event below is about
        let text = !page && asked[opened?.responseStatus]; // that event, "Name&key=value"; here data-404 may name it
        let here = cut(at.href);
        let gone = document.hidden || event.type == 'pagehide';

        // Attention is what passes between two signs of life, at most a minute at a time, in view and in focus. Nothing
        // asks for the page's layout before there is some: while the page loads, that would make the browser hurry.
        if (since) {
          engaged += Math.min(performance.now() - since, 6e4);
          deepest = Math.max(deepest, scrollY + innerHeight);
        }
        since = !gone && document.hasFocus() && performance.now();
        if (engaged && (gone || page != here)) {
          send({ k: 't', t: engaged | 0, d: deepest / document.documentElement.scrollHeight * 100 | 0 });
          engaged = 0;
        }

        // A view: the first, or the router has changed the address, or the page came back from the browser's cache.
        if (page != here || event.persisted && !gone) {
          send({
            u: here + '?' + at.search.replace(/[?&](?!(utm_(source|medium|campaign)|ref|source)=)[^&]*/g, '').slice(1),
            r: page || cut(document.referrer),
            n: page ? event.persisted ? 'c' : 'i' : opened?.type[0],
          });
          page = here;
          deepest = 0;
        }

        // "click0", "auxclick1": the left or middle button; or a form is sent. Only a form has elements.
        if (/k[01]|mi/.test(event.type + event.button)) {
          at = event.target.closest('form,a,[class*=trekvart-],[data-trekvart]');
          if (at && !at.elements != (event.type == 'submit'))
            text =
              at.dataset.trekvart ||
              at.className.match(/trekvart-(\S+)/)?.[1] ||
              (at.matches(asked.files)
                ? 'Download'
                : event.type == 'submit'
                  ? asked.forms
                  : at.host && at.origin != origin && asked.links);
        }
        if (text) {
          let [[name], ...properties] = new URLSearchParams(text);
          waiting.push([name, { ...Object.fromEntries(properties), url: at.host ? cut(at.href) : page }]);
        }
        waiting.splice(0).map(([e, p]) => send({ k: 'e', e, p }));
      }
    } catch {}
  };

  // The router's way to a new page. A replaceState is seen at the next sign of life: redirects and tidied queries use
  // it more than pages do, and a page that matters is followed by one (an event, a scroll, a click, the leaving).
  let push = history.pushState;
  history.pushState = (...call) => notice(push.apply(history, call));

  self.trekvart = (...call) => notice(waiting.push(call));

  // pointerover, not pointermove: enough to see that somebody is there, at a fraction of the calls. Never unload: it is not reliable and keeps the page out of the browser's cache of pages gone by.
  'visibilitychange pagehide pointerover popstate click blur keydown pageshow focus scroll auxclick submit'
    .split(' ')
    .map((type) => addEventListener(type, notice, true));
  notice();
} catch {}
