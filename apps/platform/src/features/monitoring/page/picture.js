// The schematic map: one shape per area, drawn once, painted by what is known now. Shapes are built, never parsed from text.
(() => {
const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 1000;
/** A degree of longitude is shorter than one of latitude up here (about 29° north). */
const FLATTEN = 0.875;

function make(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (parent !== undefined) parent.append(element);
  return element;
}

/** Draws the shapes into `place`; `choose(areaId)` is called when one is picked. Answers a painter. */
function drawMap(place, shapes, names, choose) {
  place.replaceChildren();
  if (shapes.length === 0) return () => undefined;
  const points = shapes.flatMap(({ polygon }) => polygon);
  const west = Math.min(...points.map(([x]) => x));
  const east = Math.max(...points.map(([x]) => x));
  const south = Math.min(...points.map(([, y]) => y));
  const north = Math.max(...points.map(([, y]) => y));
  const scale = WIDTH / ((east - west) * FLATTEN || 1);
  const height = Math.max(200, (north - south) * scale);
  const at = ([x, y]) => [(x - west) * FLATTEN * scale, (north - y) * scale];
  const svg = make('svg', { viewBox: `-6 -6 ${WIDTH + 12} ${height + 12}`, role: 'group' }, undefined);
  const hatch = make('pattern', { id: 'hatch', width: 10, height: 10, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, make('defs', {}, svg));
  make('rect', { width: 10, height: 10, class: 'hatch-ground' }, hatch);
  make('rect', { width: 5, height: 10, class: 'hatch-line' }, hatch);
  const drawn = new Map();
  for (const { area, polygon } of shapes) {
    const corners = polygon.map(at);
    const group = make('g', { class: 'area', tabindex: 0, role: 'button' }, svg);
    make('polygon', { points: corners.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ') }, group);
    const cx = corners.reduce((sum, [x]) => sum + x, 0) / corners.length;
    const cy = corners.reduce((sum, [, y]) => sum + y, 0) / corners.length;
    const name = names.get(area) ?? area;
    const label = make('text', { x: cx.toFixed(1), y: (cy - 4).toFixed(1), class: 'name' }, group);
    label.textContent = name.replace(/(村民委员会|社区居委会|村委会|居委会)$/, '').slice(0, 5);
    const count = make('text', { x: cx.toFixed(1), y: (cy + 16).toFixed(1), class: 'count' }, group);
    const title = make('title', {}, group);
    group.addEventListener('click', () => choose(area));
    group.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') choose(area);
    });
    drawn.set(area, { group, count, title, name });
  }
  place.append(svg);
  return (areas, describe) => {
    for (const row of areas) {
      const one = drawn.get(row.id);
      if (one === undefined) continue;
      one.group.setAttribute('class', `area${row.sounding > 0 ? ' sounding' : ''}${row.total > 0 && row.online < row.total ? ' offline' : ''}${row.total === 0 ? ' empty' : ''}`);
      one.count.textContent = row.total === 0 ? '' : `${row.online < row.total ? '△' : ''}${row.online}/${row.total}`;
      one.title.textContent = describe(one.name, row);
      one.group.setAttribute('aria-label', one.title.textContent);
    }
  };
}

globalThis.clarionPicture = { drawMap };
})();
