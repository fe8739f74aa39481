// Setting up the second factor of an account that has none yet. The QR code is drawn from its modules, never parsed from text.
(() => {
const SVG = 'http://www.w3.org/2000/svg';
const QUIET = 4;

function make(name, { text, ...attributes } = {}, children = []) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

function drawQr(rows) {
  const size = rows.length + 2 * QUIET;
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${size} ${size}`, class: 'qr', role: 'img', 'shape-rendering': 'crispEdges' })) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', rows.flatMap((row, y) => [...row].flatMap((dark, x) => (dark === '1' ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : []))).join(''));
  svg.append(path);
  return svg;
}

/** Leads through it in `place`; answers the whole session once the recovery codes were taken down. `ask` speaks for the half one. */
async function enrol(place, words, ask) {
  const offer = await ask('/api/session/totp', { method: 'POST', body: '{}' });
  const code = make('input', { id: 'enrol-code', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: '6', required: '' });
  const problem = make('p', { class: 'problem', role: 'alert' });
  const form = make('form', {}, [
    make('h1', { text: words.enrolTitle }), make('p', { text: words.enrolHow }), drawQr(offer.qr), make('code', { class: 'secret', text: offer.secret }),
    make('label', {}, [make('span', { text: words.enrolCode }), code]), make('button', { type: 'submit', class: 'primary', text: words.enrolGo }), problem,
  ]);
  place.replaceChildren(form);
  code.focus();
  const { recoveryCodes, session } = await new Promise((resolve) => {
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      try {
        resolve(await ask('/api/session/totp/confirm', { method: 'POST', body: JSON.stringify({ code: code.value.trim() }) }));
      } catch (cause) {
        problem.textContent = cause.code === 'TOO_MANY_REQUESTS' ? words.tooMany : words.enrolWrong;
      }
    });
  });
  const done = make('button', { type: 'button', class: 'primary', text: words.recoveryDone });
  place.replaceChildren(make('form', {}, [make('h1', { text: words.enrolTitle }), make('p', { text: words.recoveryHow }), make('ul', { class: 'recovery' }, recoveryCodes.map((text) => make('li', { text }))), done]));
  done.focus();
  await new Promise((resolve) => done.addEventListener('click', resolve));
  place.replaceChildren();
  return session;
}

globalThis.clarionEnrol = { enrol };
})();
