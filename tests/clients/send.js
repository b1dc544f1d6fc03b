// Two server-side clients, as their own documents say: node send.js SERVER WEBSITE IDSITE TOKEN AGENT
const { Umami } = require('@umami/node');
const MatomoTracker = require('matomo-tracker');

const [server, website, idsite, token, agent] = process.argv.slice(2);
const page = 'http://shop.test/matomo';

async function umami() {
  const client = new Umami({ hostUrl: server, websiteId: website, userAgent: agent });
  const told = [];
  const sent = [
    client.track({ hostname: 'shop.test', url: '/umami', referrer: 'https://www.google.com/', title: 'x' }),
    client.track({ hostname: 'shop.test', url: '/umami', name: 'Signup', data: { plan: 'year', email: 'a@b.se' } }),
    client.identify({ email: 'a@b.se' }),
  ];
  for (const answer of await Promise.all(sent)) told.push([answer.status, answer.headers.get('x-trekvart'), await answer.json()]);
  return told;
}

async function matomo() {
  const client = new MatomoTracker(idsite, `${server}/matomo.php`);
  const wrong = [];
  client.on('error', (error) => wrong.push(String(error)));
  const visitor = (number, more) => ({ url: page, token_auth: token, cip: `198.19.${number}.9`, ua: agent, uid: `person-${number}`, ...more });
  // track() has no callback, so the bulks that follow are what tells when all is there.
  client.track(visitor(0, { urlref: 'https://www.google.com/' }));
  const bulk = (events) => new Promise((done) => client.trackBulk(events, (text) => done(JSON.parse(text))));
  const numbers = [...Array(24).keys()].slice(1);
  const views = await bulk(numbers.map((number) => visitor(number, {})));
  const events = await bulk(numbers.map((number) => visitor(number, { e_c: 'Video', e_a: 'Play' })));
  return { wrong, views, events };
}

Promise.all([umami(), matomo()]).then(([one, two]) => {
  console.log(JSON.stringify({ umami: one, matomo: two }));
  process.exit(0); // matomo-tracker reads no answer of track(), so its connection would keep the process for a minute
});
