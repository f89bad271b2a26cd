// Draws the curves and bars with ECharts, in the colours of the page's theme.
const palette = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7', '--c8'];
const charts = new Map();
const resizing = new ResizeObserver(entries => entries.forEach(e => charts.get(e.target)?.chart.resize()));

// ECharts is large: it is loaded while the page connects.
const ready = window.echarts ? Promise.resolve() : new Promise((resolve, reject) => {
  const script = document.getElementById('echarts');
  script.addEventListener('load', resolve);
  script.addEventListener('error', () => reject(new Error('ECharts could not be loaded')));
});

export async function draw(place, spec) {
  await ready;
  if (!place?.isConnected) return;
  let entry = charts.get(place);
  if (!entry) {
    entry = { chart: echarts.init(place, null, { renderer: 'canvas' }) };
    charts.set(place, entry);
    resizing.observe(place);
  }
  entry.spec = spec;
  paint(entry);
  place.dataset.drawn = spec.series[0].y.length;
}

export function remove(place) {
  const entry = charts.get(place);
  if (!entry) return;
  resizing.unobserve(place);
  entry.chart.dispose();
  charts.delete(place);
}

function repaint() { charts.forEach(paint); }
new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);

// Colours written with light-dark() are resolved by a probe that has them as its own colour.
function resolver() {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  return { of: name => { probe.style.color = `var(${name})`; return style.color; }, end: () => probe.remove() };
}

function paint(entry) {
  const resolve = resolver();
  const colours = palette.map(resolve.of);
  const text = resolve.of('--muted'), grid = resolve.of('--line'), strong = resolve.of('--text'), back = resolve.of('--panel');
  resolve.end();
  const base = { animation: false, color: colours, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: text } };
  const make = { line: lines, spark: spark, bars: bars }[entry.spec.kind];
  entry.chart.setOption({ ...base, ...make(entry.spec, { colours, text, grid, strong, back }) }, { notMerge: true });
}

function value(unit) {
  return v => v === null || v === undefined ? '–' : unit === '%' ? `${(v * 100).toFixed(1)} %` : short(v) + (unit ? ` ${unit}` : '');
}

function short(v) {
  const size = Math.abs(v);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return v.toExponential(2);
  return size >= 1000 ? Math.round(v).toLocaleString('en-US') : String(Number(v.toPrecision(4)));
}

const escape = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);

function tooltip(spec, look) {
  const show = value(spec.unit);
  return {
    trigger: 'axis', confine: true, backgroundColor: look.back, borderColor: look.grid, textStyle: { color: look.strong, fontSize: 12 },
    formatter: items => {
      const head = spec.kind === 'bars' ? escape(items[0].name) : `step ${Number(items[0].axisValue).toLocaleString('en-US')}`;
      const rows = items.filter(i => i.seriesType !== 'custom').map(i =>
        `${i.marker}${spec.series.length > 1 ? escape(i.seriesName) + ' ' : ''}<b>${show(Array.isArray(i.value) ? i.value[1] : i.value)}</b>`);
      return [head, ...rows].join('<br>');
    },
  };
}

function lines(spec, look) {
  const show = value(spec.unit), course = spec.series.some(s => s.isCourse), many = spec.series.length > 1 && !course;
  return {
    grid: { left: 8, right: 20, top: many ? 34 : 12, bottom: 6, containLabel: true },
    legend: many ? { type: 'scroll', top: 0, left: 4, textStyle: { color: look.text }, icon: 'roundRect', itemHeight: 3, itemWidth: 16 } : undefined,
    tooltip: tooltip(spec, look),
    xAxis: {
      type: 'value', min: 'dataMin', max: 'dataMax', axisLine: { lineStyle: { color: look.grid } }, axisTick: { show: false },
      splitLine: { show: false }, splitNumber: 4, minInterval: 1,
      axisLabel: { color: look.text, fontSize: 11, hideOverlap: true, showMinLabel: true, formatter: v => Math.round(v).toLocaleString('en-US') },
    },
    yAxis: {
      type: 'value', scale: true, splitNumber: 4, axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: look.grid } },
      axisLabel: { color: look.text, fontSize: 11, hideOverlap: true, formatter: show },
    },
    dataZoom: [{ type: 'inside', zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false, moveOnMouseMove: false }],
    series: spec.series.map(s => ({
      name: s.name, type: 'line', showSymbol: s.y.length < 2, symbolSize: 5,
      lineStyle: course ? (s.isCourse ? { width: 2, color: look.colours[0] } : { width: 1, opacity: 0.35 }) : { width: many ? 1.6 : 1.3 },
      itemStyle: course ? { color: look.colours[0] } : undefined,
      data: s.y.map((y, k) => [s.x[k], y]),
    })),
  };
}

function spark(spec, look) {
  const s = spec.series[0];
  return {
    grid: { left: 2, right: 4, top: 4, bottom: 4 }, tooltip: { show: false },
    xAxis: { type: 'value', show: false, min: 'dataMin', max: 'dataMax' }, yAxis: { type: 'value', show: false, scale: true },
    series: [{ type: 'line', silent: true, showSymbol: false, lineStyle: { width: 1.5 }, data: s.y.map((y, k) => [s.x[k], y]) }],
  };
}

function bars(spec, look) {
  const show = value(spec.unit), groups = spec.series.length;
  const whiskers = spec.series.flatMap((s, group) => !s.low ? [] : [{
    type: 'custom', name: s.name, silent: true, z: 5, data: s.y.map((y, k) => [k, s.low[k], s.high[k]]),
    renderItem: (params, api) => {
      const layout = api.barLayout({ barMaxWidth: 42, barGap: '20%', barCategoryGap: '30%', count: groups })[group];
      const [x, low] = api.coord([api.value(0), api.value(1)]), high = api.coord([api.value(0), api.value(2)])[1];
      const middle = x + layout.offsetCenter, style = { stroke: look.strong, lineWidth: 1 };
      const line = (x1, y1, x2, y2) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style });
      return { type: 'group', children: [line(middle, low, middle, high), line(middle - 4, low, middle + 4, low), line(middle - 4, high, middle + 4, high)] };
    },
  }]);
  return {
    grid: { left: 8, right: 12, top: groups > 1 ? 34 : 12, bottom: 6, containLabel: true }, tooltip: tooltip(spec, look),
    legend: groups > 1 ? { type: 'scroll', top: 0, left: 4, textStyle: { color: look.text }, itemHeight: 8, itemWidth: 14, data: spec.series.map(s => s.name) } : undefined,
    xAxis: {
      type: 'category', data: spec.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: look.grid } },
      axisLabel: { color: look.text, fontSize: 11, interval: 0, overflow: 'break', width: 110 },
    },
    yAxis: { type: 'value', splitNumber: 4, splitLine: { lineStyle: { color: look.grid } }, axisLabel: { color: look.text, fontSize: 11, formatter: show } },
    series: [...spec.series.map(s => ({ name: s.name, type: 'bar', barMaxWidth: 42, barGap: '20%', barCategoryGap: '30%', data: s.y })), ...whiskers],
  };
}
