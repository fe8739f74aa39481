// What is sounding where, and the STOP button. No framework; whatever comes from the server becomes text, never markup.
// Plain scripts, loaded in order, so that the compiled copy and the source are the same to a browser.
(() => {
const { drawMap } = globalThis.clarionPicture;
const { dayOf, otherLanguage, say, timeOf } = globalThis.clarionWords;
const { enrol } = globalThis.clarionEnrol;

const $ = (id) => document.getElementById(id);
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? '';
const STOP_URL = `${location.protocol}//${location.hostname}:${meta('clarion-stop-port')}/stop`;
const KEEP = 'clarion-session';
/** The feed sends a picture every two seconds at least: this long without one means that it is gone. */
const STALE_MS = 5_000;
const SHOWN_FAILURES = 40;
const SHOWN_EVENTS = 30;

/** `stopper` outlives a session that ended for nobody did anything: whoever runs back to the desk can still press STOP. */
const known = { session: readSession(), stopper: null, enrolling: false, picture: null, heardAt: -Infinity, areas: [], names: new Map(), map: { note: '', shapes: [] }, paint: () => undefined, events: [], incidents: [], chosen: null, open: new Map(), area: null, stop: null, problem: '' };
let feed = null;
let polling = null;

function readSession() {
  try {
    const session = JSON.parse(sessionStorage.getItem(KEEP) ?? 'null');
    return session !== null && session.expiresAt > Date.now() ? session : null;
  } catch {
    return null;
  }
}

function make(name, { text, ...attributes } = {}, children = []) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

/** Whether a person did something since the last question; a page that only looks again keeps nobody signed in. */
let touched = true;
for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, () => { touched = true; }, { capture: true });

async function ask(path, options = {}, session = known.session) {
  const isOurs = path.startsWith('/api/');
  const headers = {
    ...(options.body === undefined ? {} : { 'content-type': 'application/json' }), ...(session === null ? {} : { authorization: `Bearer ${session.token}` }),
    ...(isOurs && !touched ? { 'clarion-unattended': '1' } : {}),
  };
  if (isOurs) touched = false;
  const response = await fetch(path, { ...options, headers });
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  if (response.status === 401 && isOurs && session !== null && session === known.session) leave(say().ended);
  throw Object.assign(new Error(body.message ?? String(response.status)), { code: body.code ?? `HTTP_${response.status}` });
}

// ---- signing in and out -------------------------------------------------------------------------

$('sign-in-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  $('enter').disabled = true;
  const [account, code, unlock] = [$('account').value.trim(), $('code').value.trim(), $('unlock').value.trim()];
  const given = unlock === '' ? device(account) : unlock;
  try {
    const { known: token, ...session } = await ask('/api/session', { method: 'POST', body: JSON.stringify({ account, password: $('password').value, ...(code === '' ? {} : { code }), ...(given === null ? {} : { known: given }) }) }, null);
    if (token !== undefined) device(account, token);
    $('unlock-field').hidden = true;
    $('unlock').value = '';
    $('password').value = '';
    known.problem = '';
    await enter(session);
  } catch (cause) {
    if (cause.code === 'TOO_MANY_REQUESTS') $('unlock-field').hidden = false;
    if (cause.code === 'SECOND_FACTOR_WANTED') askForCode();
    else known.problem = cause.code === 'TOO_MANY_REQUESTS' ? say().tooMany : cause.code === undefined ? say().unreachable : say().signInFailed;
    render();
  } finally {
    $('code').value = '';
    $('enter').disabled = false;
  }
});

/** What this browser was told when the account signed in here before: with it others' guessing keeps nobody out here. It opens nothing. */
function device(account, token) {
  try {
    if (token !== undefined) localStorage.setItem(`clarion-known:${account}`, token);
    return localStorage.getItem(`clarion-known:${account}`);
  } catch {
    return null;
  }
}

function askForCode() {
  known.problem = say().codeWanted;
  $('code-field').hidden = false;
  $('code').focus();
}

/** A session that may only enrol leads to a whole one first. */
async function enter(session) {
  if (session.factor === 'enrol') {
    known.enrolling = true;
    render();
    try {
      return await enter(await enrol($('enrol'), say(), (path, options) => ask(path, options, session)));
    } finally {
      known.enrolling = false;
      render();
    }
  }
  known.session = session;
  known.stopper = session;
  known.enrolling = false;
  $('code-field').hidden = true;
  sessionStorage.setItem(KEEP, JSON.stringify(session));
  await start();
}

function leave(problem = '') {
  const ended = known.session;
  known.session = null;
  if (problem === '') known.stopper = null;
  known.picture = null;
  known.heardAt = -Infinity;
  known.problem = problem;
  known.chosen = null;
  if (problem === '') known.stop = null;
  known.open.clear();
  said.clear();
  sessionStorage.removeItem(KEEP);
  feed?.close();
  feed = null;
  clearInterval(polling);
  if (ended !== null && problem === '') fetch('/api/session', { method: 'DELETE', headers: { authorization: `Bearer ${ended.token}` } }).catch(() => undefined);
  render();
}

$('leave').addEventListener('click', () => leave());
$('language').addEventListener('click', () => {
  otherLanguage();
  draw();
  render();
});

// ---- what comes in ------------------------------------------------------------------------------

async function start() {
  render();
  await readPlaces();
  listen();
  polling = setInterval(() => void refresh(), 3_000);
  await refresh();
}

async function readPlaces() {
  try {
    [known.areas, known.map] = await Promise.all([ask('/api/areas'), ask('/api/map')]);
    known.names = new Map(known.areas.map(({ id, name }) => [id, name]));
    draw();
  } catch {
    // Tried again with the next refresh.
  }
}

function draw() {
  const shown = new Set(known.areas.map(({ id }) => id));
  known.paint = drawMap($('map'), known.map.shapes.filter(({ area }) => shown.has(area)), known.names, (area) => {
    known.area = area;
    render();
  });
}

function listen() {
  if (typeof globalThis.io !== 'function') return;
  feed?.close();
  feed = globalThis.io('/live', { transports: ['websocket'], auth: { token: known.session.token }, reconnectionDelayMax: 3_000 });
  feed.on('on-air', take);
  feed.on('incidents', (incidents) => {
    known.incidents = incidents;
    render();
  });
}

function take(picture) {
  if (known.picture !== null && picture.at < known.picture.at) return;
  known.picture = picture;
  known.heardAt = performance.now();
  render();
}

/** The feed is a convenience: what it misses comes this way, and so do the lists that are open. */
async function refresh() {
  if (known.session === null) return;
  if (known.areas.length === 0) await readPlaces();
  try {
    if (performance.now() - known.heardAt > STALE_MS - 1_500) take(await ask('/api/on-air'));
    known.events = await ask(`/api/events?count=${SHOWN_EVENTS}`);
    for (const id of known.open.keys()) known.open.set(id, await ask(`/api/messages/${id}/deliveries`));
    known.incidents = await ask(`/api/incidents?count=${SHOWN_EVENTS}`);
  } catch {
    // Said by the banner when it lasts.
  }
  render();
}

// ---- stopping -----------------------------------------------------------------------------------

/** Then another way is needed; the listener itself answers in less. */
const STOP_MS = 3_000;
const mayStop = () => known.stopper !== null && known.stopper.expiresAt > Date.now() && known.stopper.roles.some((role) => role === 'stopper' || role === 'duty');

async function stop() {
  if (!mayStop()) return;
  const chosen = known.picture?.messages.find(({ id }) => id === known.chosen);
  known.stop = { text: say().stopSending, bad: false };
  render();
  try {
    const answer = await ask(STOP_URL, { method: 'POST', signal: AbortSignal.timeout(STOP_MS), body: JSON.stringify(chosen === undefined ? {} : { messages: [chosen.messageDigest] }) }, known.stopper);
    known.stop = { text: `${say().stopDone(timeOf(answer.issuedAt), answer.written)}${answer.kept ? '' : ` · ${say().stopNotKept}`}`, bad: !answer.kept };
  } catch (cause) {
    known.stop = { text: say().stopFailed(cause.name === 'TimeoutError' ? say().noAnswer : cause.message), bad: true };
  }
  render();
}

$('stop').addEventListener('click', () => void stop());
document.addEventListener('keydown', (event) => {
  if (event.key !== 'F9') return;
  event.preventDefault();
  if (!event.repeat) void stop();
});

// ---- what is shown ------------------------------------------------------------------------------

/**
 * Builds the children of a place anew only when what they say has changed, and puts the focus back where it was: a
 * picture comes twice a second, and nobody could work with the keyboard otherwise.
 */
const said = new Map();
function fill(id, facts, build) {
  const key = JSON.stringify([say().htmlLang, facts]);
  if (said.get(id) === key) return;
  said.set(id, key);
  const focused = document.activeElement?.dataset?.focus;
  $(id).replaceChildren(...build());
  if (focused !== undefined) for (const element of $(id).querySelectorAll('[data-focus]')) if (element.dataset.focus === focused) element.focus();
}

function label(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

function render() {
  const words = say();
  const inside = known.session !== null;
  document.documentElement.lang = words.htmlLang;
  $('demo').hidden = meta('clarion-demo') !== 'yes' && known.session?.demo !== true;
  label('demo', words.demo);
  label('language', words.other);
  label('leave', words.leave);
  label('speak', words.speak);
  // Whoever may write may speak; the page itself says under what.
  $('speak').hidden = known.session?.roles.includes('author') !== true;
  $('speak').href = `${meta('clarion-sign-origin')}/#/live`;
  label('who', known.session?.title ?? '');
  $('leave').hidden = !inside;
  $('sign-in').hidden = inside || known.enrolling;
  $('enrol').hidden = !known.enrolling;
  $('board').hidden = !inside;
  $('stop-bar').hidden = !inside && !mayStop();
  $('drills').hidden = true;
  for (const [id, text] of [['sign-in-title', words.signIn], ['account-label', words.account], ['password-label', words.password], ['code-label', words.code], ['unlock-label', words.unlock], ['enter', words.enter], ['sign-in-problem', known.problem]]) label(id, text);
  if (!$('stop-bar').hidden) renderStop(words);
  if (!inside) return;
  renderFreshness(words);
  renderDrills(words);
  renderMap(words);
  renderMessages(words);
  renderIncidents(words);
  renderEvents(words);
}

function renderFreshness(words) {
  const stale = known.picture !== null && performance.now() - known.heardAt > STALE_MS;
  document.body.classList.toggle('is-stale', stale);
  $('stale').hidden = !stale;
  if (stale) label('stale', words.stale(timeOf(known.picture.at)));
  label('clock', known.picture === null ? '' : timeOf(known.picture.at));
}

/** Above everything else, so that neither the room nor the next shift takes a drill for real. */
function renderDrills(words) {
  const drills = known.picture?.drills ?? [];
  $('drills').hidden = drills.length === 0;
  fill('drills', drills, () => drills.map(({ name, phase, opensAt, closesAt }) => make('li', { class: phase, text: words.drill[phase](name, dayOf(phase === 'running' ? closesAt : opensAt)) })));
}

function renderMap(words) {
  const { picture } = known;
  label('label-sounding', words.sounding);
  label('label-online', words.online);
  label('label-messages', words.open);
  label('figure-sounding', picture === null ? '–' : String(picture.terminals.sounding));
  label('figure-online', picture === null ? '–' : `${picture.terminals.online}/${picture.terminals.total}`);
  label('figure-messages', picture === null ? '–' : String(picture.messages.filter(({ state }) => ['submitted', 'approved', 'dispatched'].includes(state)).length));
  label('map-title', words.map);
  label('map-note', known.map.note);
  fill('legend', null, () => Object.entries(words.legend).map(([kind, text]) => make('li', { class: kind, text })));
  if (picture === null) return;
  known.paint(picture.areas, words.areaDetail);
  const area = picture.areas.find(({ id }) => id === known.area);
  label('map-detail', area === undefined ? words.mapHint : words.areaDetail(known.names.get(area.id) ?? area.id, area));
  const towns = known.areas.filter(({ tier }) => tier === 'township');
  const rows = towns.map(({ id, name }) => ({ name, row: picture.areas.find((one) => one.id === id) ?? { online: 0, total: 0, sounding: 0 } }));
  fill('towns-head', null, () => words.towns.map((text) => make('th', { text })));
  fill('towns', rows, () => rows.map(({ name, row }) => {
    return make('tr', {}, [make('td', { text: name }), make('td', { text: `${row.online}/${row.total}` }), make('td', { text: row.sounding === 0 ? '–' : `${row.sounding}/${row.total}`, class: row.sounding > 0 ? 'loud' : undefined })]);
  }));
}

function renderMessages(words) {
  const messages = known.picture?.messages ?? [];
  label('messages-title', words.messages);
  label('no-messages', words.noMessages);
  $('no-messages').hidden = messages.length > 0 || known.picture === null;
  fill('messages', [messages, known.chosen, [...known.open]], () => messages.map((message) => card(words, message)));
}

/** A drill is never shown without saying so. */
function titleOf(words, { mode, title }) {
  return `${words.marked[mode]}${title}`;
}

function card(words, message) {
  const { tally } = message;
  const severity = words.severity[message.severity];
  const flags = [
    ...(severity === '' ? [] : [make('span', { class: `flag ${message.severity}`, text: severity })]),
    make('span', { class: 'kind', text: words.class[message.class] }),
    ...(message.live ? [make('span', { class: 'kind', text: words.live })] : []),
    ...(words.mode[message.mode] === '' ? [] : [make('span', { class: 'drill', text: words.mode[message.mode] })]),
  ];
  const names = message.areas.map((id) => known.names.get(id) ?? id);
  const where = words.toAreas(names.slice(0, 4).join(words.list), names.length > 4 ? names.length : 0);
  const choose = make('button', { type: 'button', class: 'choose', 'data-focus': message.id, title: words.select, 'aria-pressed': String(known.chosen === message.id) }, [
    make('span', { class: 'flags' }, flags), make('span', { class: 'title', text: titleOf(words, message) }), make('span', { class: `state ${message.state}`, text: words.state[message.state] }),
  ]);
  choose.addEventListener('click', () => {
    known.chosen = known.chosen === message.id ? null : message.id;
    render();
  });
  const lines = [choose, make('p', { class: 'where', text: [where, ...(message.startAt === null ? [] : [words.starts(timeOf(message.startAt))])].join(' · ') })];
  if (tally.targeted > 0) lines.push(bar(words, tally), counts(words, tally));
  if (tally.failed > 0) lines.push(reasons(words, message));
  return make('article', { class: `card${known.chosen === message.id ? ' chosen' : ''}` }, lines);
}

function bar(words, tally) {
  const track = make('div', { class: 'bar', role: 'img', 'aria-label': words.proved(tally.done + tally.audible, tally.targeted) });
  for (const kind of ['done', 'audible', 'acked', 'sent', 'failed', 'queued']) {
    if (tally[kind] === 0) continue;
    const part = make('span', { class: kind });
    part.style.flexGrow = String(tally[kind]);
    track.append(part);
  }
  return track;
}

function counts(words, tally) {
  const parts = ['audible', 'done', 'acked', 'sent', 'queued', 'failed'].filter((kind) => tally[kind] > 0).map((kind) => make('li', { class: kind, text: `${words.tally[kind]} ${tally[kind]}/${tally.targeted}` }));
  return make('ul', { class: 'counts' }, parts);
}

function reasons(words, message) {
  const sum = Object.entries(message.tally.reasons).map(([reason, count]) => `${words.reason[reason] ?? reason} ${count}`).join(words.comma);
  const details = make('details', { class: 'failures' }, [make('summary', { 'data-focus': `${message.id} failures`, text: sum === '' ? words.failures : sum })]);
  const rows = known.open.get(message.id);
  details.open = rows !== undefined;
  if (rows !== undefined) {
    const failed = rows.filter(({ state }) => state === 'failed');
    const list = failed.slice(0, SHOWN_FAILURES).map((row) => make('li', { text: words.because(row.name, words.reason[row.reason] ?? row.reason, row.refusal) }));
    if (failed.length > SHOWN_FAILURES) list.push(make('li', { text: words.more(failed.length - SHOWN_FAILURES) }));
    details.append(make('ul', {}, list));
  }
  details.firstChild.addEventListener('click', (event) => {
    event.preventDefault();
    if (known.open.has(message.id)) known.open.delete(message.id);
    else known.open.set(message.id, []);
    void refresh();
  });
  return details;
}

function renderIncidents(words) {
  label('incidents-title', words.incidents);
  label('no-incidents', words.noIncidents);
  $('no-incidents').hidden = known.incidents.length > 0;
  fill('incidents', known.incidents, () => known.incidents.slice(0, SHOWN_EVENTS).map((incident) => make('li', {}, [
    make('time', { text: timeOf(incident.lastAt) }),
    make('span', { class: 'what', text: `${words.incidentState[incident.state] ?? incident.state}${words.list}${words.incidentKind[incident.kind] ?? incident.kind}` }),
    make('code', { text: incident.kind === 'papers-expire' ? incident.cause : incident.codes.join(' ') }),
    make('span', { class: 'place', text: incident.terminals.length === 1 ? incident.terminals[0] : `${words.platform} ${incident.platform}` }),
    make('span', { class: 'times', text: words.times(incident.count) }),
    ...(incident.postureUntil === null ? [] : [make('span', { text: words.posture(timeOf(incident.postureUntil)) })]),
  ])));
  const late = known.picture?.lateSignatures;
  $('late').hidden = late === undefined || late.owed === 0;
  if (late !== undefined) label('late', words.late(late.owed, late.overdue));
}

function renderEvents(words) {
  label('events-title', words.events);
  label('no-events', words.noEvents);
  $('no-events').hidden = known.events.length > 0;
  fill('events', known.events, () => known.events.slice(0, SHOWN_EVENTS).map((event) => make('li', {}, [
    make('time', { text: timeOf(event.receivedAt) }),
    make('span', { class: 'what', text: words.eventKind[event.kind] ?? event.kind }),
    make('code', { text: event.code ?? '' }),
    make('span', { class: 'place', text: event.terminal ?? `${words.platform} ${event.platform}` }),
    ...(event.count > 1 ? [make('span', { class: 'times', text: words.times(event.count) })] : []),
  ])));
}

function renderStop(words) {
  const chosen = known.picture?.messages.find(({ id }) => id === known.chosen);
  label('stop-label', `${words.stop} (F9)`);
  label('stop-scope', !mayStop() ? words.stopForbidden : chosen === undefined ? words.stopAll : words.stopOne(titleOf(words, chosen)));
  $('stop').disabled = !mayStop();
  label('stop-result', known.stop?.text ?? '');
  $('stop-result').classList.toggle('bad', known.stop?.bad === true);
}

setInterval(() => {
  if (known.session !== null) renderFreshness(say());
}, 1_000);
known.stopper = known.session;
if (known.session === null) render();
else void start();
})();
