const $ = (s, e = document) => [...e.querySelectorAll(s)];
const json = id => JSON.parse(document.getElementById(id).textContent);
const form = document.getElementById('filter');
const most = 500; // rows of a table that are laid out at once
let all = false, wanted, views = [];

// What a cell is filtered by stands on its row of the cells table; everything else knows its cell.
const cells = $('[data-rows=cells] tbody tr').map(r => ({...r.dataset, text: r.textContent.toLowerCase()}));
const match = c => $('select', form).every(s => !s.value || c[s.name] === s.value) &&
  form.text.value.toLowerCase().split(/\s+/).every(w => c.text.includes(w));

function tables() {
  for (const table of $('[data-rows]')) {
    let count = 0;
    for (const row of table.tBodies[0].rows) row.hidden = !wanted.has(row.dataset.cell) || (++count > most && !all);
    const more = table.parentNode.nextElementSibling;
    more.hidden = all || count <= most;
    more.innerHTML = `The first ${most} of ${count} lines are shown. <button type="button">Show all</button>`;
  }
}
function filter() {
  wanted = new Set(cells.filter(match).map(c => c.cell));
  document.getElementById('shown').textContent = wanted.size === cells.length
    ? `${cells.length} cells` : `${wanted.size} of ${cells.length} cells`;
  tables();
  for (const {div, view, rows} of views) {
    const some = rows.filter(r => !r.cell || wanted.has(r.cell)); // rows of no cell frame the others
    div.hidden = !some.some(r => r.cell);
    div.nextElementSibling.hidden = !div.hidden;
    if (!div.hidden) view.data('rows', some).runAsync();
  }
}
form.addEventListener('input', filter);
form.addEventListener('reset', () => setTimeout(filter));
form.addEventListener('submit', e => e.preventDefault());
$('.more').forEach(p => p.addEventListener('click', e => e.target.matches('button') && (all = true, tables())));

// Sorting: by data-v where a cell has it, else by its text; empty values last in both directions.
const collator = new Intl.Collator('en', {numeric: true});
for (const th of $('.sortable th')) {
  th.tabIndex = 0;
  const sort = () => {
    const i = th.cellIndex, down = th.ariaSort === 'ascending', body = th.closest('table').tBodies[0];
    const key = r => r.cells[i].dataset.v ?? r.cells[i].textContent.trim();
    const order = (a, b) => (a === '') - (b === '') || (a === '' ? 0 :
      (down ? -1 : 1) * (isNaN(a) || isNaN(b) ? collator.compare(a, b) : a - b));
    $('th', th.closest('tr')).forEach(t => t.removeAttribute('aria-sort'));
    th.ariaSort = down ? 'descending' : 'ascending';
    body.replaceChildren(...[...body.rows].map(r => [key(r), r]).sort((a, b) => order(a[0], b[0])).map(p => p[1]));
    tables();
  };
  th.addEventListener('click', sort);
  th.addEventListener('keydown', e => (e.key === 'Enter' || e.key === ' ') && (e.preventDefault(), sort()));
}

// Light and dark: the system's, until the button is pressed. Plots draw in currentColor and follow by themselves.
document.getElementById('theme').addEventListener('click', () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
});

if (window.vegaEmbed) Promise.all($('[data-plot]').map(async div => {
  const rows = json(`rows-${div.dataset.query}`), spec = json(`spec-${div.dataset.plot}`);
  delete spec.title;
  const {view} = !rows.length ? {} : await vegaEmbed(div, {...spec, data: {name: 'rows', values: rows}}, {
    renderer: 'svg', actions: {export: true, source: false, compiled: false, editor: false},
    downloadFileName: div.dataset.plot, config: json('plot-config')});
  views.push({div, view, rows});
})).then(() => (filter(), document.documentElement.dataset.plots = 'drawn'));
filter();
document.documentElement.classList.add('ready');
