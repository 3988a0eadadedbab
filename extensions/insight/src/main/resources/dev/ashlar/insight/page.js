'use strict';
(() => {
  const MOST_SAMPLES = 1200; // as in Samples.java
  const MAP_MILLIS = 5000;
  const SPARSE = 0.25;
  const UNBOUNDED = 2147483647; // as in Pool.java

  let data = JSON.parse(document.getElementById('data').textContent);
  const samples = data.samples;
  const maps = data.maps;
  const isLive = document.body.dataset.live === 'true';
  const byEvents = data.axis === 'EVENTS';
  let chosen = data.allocators.length ? data.allocators[0].name : null;
  let selected = null; // the address of the slab whose blocks are shown
  let isPaused = false;

  // Words and numbers

  const $ = id => document.getElementById(id);
  const has = value => value !== undefined && value !== null;
  const grouped = new Intl.NumberFormat('en');
  const number = value => has(value) ? grouped.format(value) : '–';
  const percent = value => has(value) ? (value * 100).toFixed(value > 0.999 && value < 1 ? 3 : 1) + ' %' : '–';
  const clock = millis => new Date(millis).toLocaleTimeString('en-GB');

  function bytes(value) {
    if (!has(value)) return '–';
    const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
    let unit = 0;
    let size = value;
    while (Math.abs(size) >= (unit ? 1023.95 : 1024) && unit < units.length - 1) {
      size /= 1024;
      unit++;
    }
    return (unit === 0 || size >= 100 || size % 1 === 0 ? Math.round(size) : size.toFixed(1)) + ' ' + units[unit];
  }

  function age(millis) {
    const seconds = millis / 1000;
    return seconds < 60 ? seconds.toFixed(1) + ' s'
        : seconds < 3600 ? (seconds / 60).toFixed(1) + ' min'
        : (seconds / 3600).toFixed(1) + ' h';
  }

  /** A figure of any kind, which its name tells. */
  function figure(name, value) {
    if (/Bytes$/.test(name)) return value === -1 ? 'none' : bytes(value);
    if (name === 'maxIdle' && value === UNBOUNDED) return 'any number';
    if (/(Rate|Ratio|utilisation|Fragmentation|metadata)$/i.test(name)) return percent(value);
    return typeof value === 'number' && value % 1 !== 0 ? value.toFixed(2) : number(value);
  }

  const words = name => name.replace(/([A-Z])/g, ' $1').trim().toLowerCase().replace(/^./, first => first.toUpperCase());

  // Elements

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === 'class') made.className = value;
      else if (value !== false && has(value)) made.setAttribute(name, value);
    }
    made.append(...children.filter(has));
    return made;
  }

  /** Replaces the content only if it has changed, so that nothing that is read moves. What is open stays open. */
  function fill(parent, key, make) {
    const text = JSON.stringify(key);
    if (parent.shown !== text) {
      const open = [...parent.querySelectorAll('details')].map(one => one.open);
      parent.shown = text;
      parent.replaceChildren(...[make()].flat());
      parent.querySelectorAll('details').forEach((one, i) => {
        one.open = open[i] === true;
      });
    }
  }

  /** Columns are [heading, function of a row, 'text' or 'wrap' if it is no number]. */
  function table(columns, rows) {
    const cell = (tag, kind, content) => element(tag, {class: kind ? 'text ' + kind : ''}, content);
    return element('table', {},
        element('thead', {}, element('tr', {}, ...columns.map(([heading, , kind]) => cell('th', kind, heading)))),
        element('tbody', {}, ...rows.map(row =>
            element('tr', {}, ...columns.map(([, of, kind]) => cell('td', kind, of(row)))))));
  }

  function showTable(id, columns, rows) {
    $(id).hidden = rows.length === 0;
    fill($(id).querySelector('.scroll'), rows, () => table(columns, rows));
  }

  // Charts

  const charts = new Map();
  const color = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

  function chart(id, options) {
    const box = $(id).querySelector('.chart');
    $(id).hidden = false;
    if (!charts.has(id)) {
      const made = echarts.init(box, null, {renderer: 'canvas'});
      charts.set(id, made);
      new ResizeObserver(() => made.resize()).observe(box);
    }
    const muted = {color: color('muted')};
    const text = {textStyle: {color: color('text'), fontFamily: 'system-ui, sans-serif'}, animation: false};
    const axis = part => ({
      axisLabel: muted, nameTextStyle: muted, axisLine: {lineStyle: {color: color('line')}},
      splitLine: {lineStyle: {color: color('line')}}, ...part
    });
    charts.get(id).setOption({
      ...text,
      aria: {enabled: true},
      grid: {left: 8, right: 28, top: 36, bottom: 8, containLabel: true},
      legend: {top: 0, left: 0, icon: 'roundRect', itemWidth: 14, itemHeight: 4, textStyle: muted},
      tooltip: {
        trigger: 'axis', renderMode: 'richText', backgroundColor: color('card'), borderColor: color('line'),
        textStyle: {color: color('text'), fontSize: 13}, valueFormatter: options.format
      },
      ...options,
      xAxis: axis(options.xAxis),
      yAxis: [options.yAxis].flat().map(axis)
    }, {notMerge: true});
  }

  const labels = formatter => ({color: color('muted'), hideOverlap: true, formatter});

  const horizontal = () => ({
    type: byEvents ? 'value' : 'time', max: byEvents ? 'dataMax' : null, splitLine: {show: false}, splitNumber: 4,
    axisLabel: {...labels(byEvents ? number : clock), margin: 10}
  });

  const line = (name, tone, points, more) => ({
    name, type: 'line', showSymbol: points.length < 2, symbolSize: 4, data: points,
    itemStyle: {color: tone}, lineStyle: {color: tone, width: 2}, ...more
  });

  /** An axis from 0 whose marks are at powers of two, so that they have short names. */
  function byteAxis(values) {
    const most = values.reduce((max, value) => Math.max(max, value || 0), 1024);
    const interval = 2 ** Math.ceil(Math.log2(most / 5));
    return {type: 'value', min: 0, interval, max: Math.ceil(most / interval) * interval, axisLabel: labels(bytes)};
  }

  function showMemory() {
    const columns = samples[chosen];
    if (!columns) {
      $('memory').hidden = true;
      return;
    }
    const points = name => columns.x.map((x, i) => [x, columns[name][i]]);
    const known = name => columns[name].some(has);
    const drawn = ['committedBytes', 'allocatedBytes', 'requestedBytes'].filter(known);
    const values = drawn.flatMap(name => columns[name]);
    const limit = Math.max(...columns.limitBytes);
    const isNear = known('limitBytes') && limit < 2.5 * values.reduce((max, value) => Math.max(max, value), 0);
    const areas = {committedBytes: {opacity: 0.15}, requestedBytes: {opacity: 0.2}};
    const series = drawn.map(name => line(words(name.replace('Bytes', '')), color(name.replace('Bytes', '')), points(name), {areaStyle: areas[name]}));
    if (isNear) series.push(line('Limit', color('limit'), points('limitBytes'), {lineStyle: {color: color('limit'), type: 'dashed', width: 1.5}}));
    chart('memory', {xAxis: horizontal(), yAxis: byteAxis(isNear ? [...values, limit] : values), series, format: bytes});
    $('above').textContent = known('limitBytes') && !isNear ? 'The limit of ' + bytes(limit) + ' is far above.' : '';
  }

  /** What happened between each sample and the one before. */
  function showRequests() {
    const columns = samples[chosen];
    if (!columns || !columns.allocations.some(has)) {
      $('requests').hidden = true;
      return;
    }
    const rates = [];
    const refusals = [];
    for (let i = 1; i < columns.x.length; i++) {
      const served = columns.allocations[i] - columns.allocations[i - 1];
      const seconds = (columns.x[i] - columns.x[i - 1]) / (byEvents ? 1 : 1000);
      rates.push([columns.x[i], served > 0 ? 1 - (columns.misses[i] - columns.misses[i - 1]) / served : null]);
      refusals.push([columns.x[i], seconds > 0 ? (columns.refused[i] - columns.refused[i - 1]) / seconds : null]);
    }
    chart('requests', {
      xAxis: horizontal(),
      yAxis: [
        {type: 'value', min: 0, max: 1, axisLabel: labels(value => Math.round(value * 100) + ' %')},
        {type: 'value', min: 0, minInterval: 1, position: 'right', splitLine: {show: false}}
      ],
      series: [
        line('Hit rate', color('requested'), rates, {yAxisIndex: 0, connectNulls: true, tooltip: {valueFormatter: percent}}),
        line('Refused a second', color('limit'), refusals, {
          yAxisIndex: 1, areaStyle: {opacity: 0.25, color: color('limit')},
          tooltip: {valueFormatter: value => has(value) ? value.toFixed(1) : '–'}
        })
      ]
    });
  }

  const TONES = ['#3b82c4', '#e08a00', '#2e9e6b', '#b65fb0', '#8b96a5', '#c9504a', '#5f6fd0', '#9a8f2d', '#2aa3a3', '#a0662f'];

  function showComparison() {
    if (data.allocators.length < 2) return;
    const drawn = data.allocators.filter(one => samples[one.name] && samples[one.name].committedBytes.some(has));
    $('comparison').querySelector('.chart').hidden = drawn.length === 0;
    $('comparison').hidden = false;
    if (drawn.length) {
      chart('comparison', {
        xAxis: horizontal(), yAxis: byteAxis(drawn.flatMap(one => samples[one.name].committedBytes)), format: bytes,
        series: drawn.map((one, i) => line(one.name, TONES[i % TONES.length], samples[one.name].x.map((x, at) => [x, samples[one.name].committedBytes[at]])))
      });
    }
    const wanted = ['nsPerEvent', 'requestedBytes', 'peakRequestedBytes', 'committedBytes', 'peakCommittedBytes', 'liveBlocks', 'allocations', 'refused', 'hitRate',
      'internalFragmentation', 'utilisation', 'metadata', 'upstreamCalls'].filter(name => data.allocators.some(one => has(one[name])));
    showTable('comparison', [['Allocator', one => one.name, 'text'],
      ...wanted.map(name => [name === 'nsPerEvent' ? 'ns an event' : words(name.replace(/Bytes$/, '')), one => figure(name, one[name])])], data.allocators);
  }

  // Figures

  const tiles = new Map();

  function tile(id, label, value, more) {
    if (!tiles.has(id)) {
      const made = element('div', {class: 'tile', id: 'tile-' + id}, element('span', {}, label), element('b'), element('span', {class: 'exact'}));
      $('figures').append(made);
      tiles.set(id, made);
    }
    const [, strong, exact] = tiles.get(id).children;
    if (strong.textContent !== value) strong.textContent = value;
    if (exact.textContent !== more) exact.textContent = more;
  }

  const exactBytes = value => number(value) + ' bytes';

  function showFigures(one) {
    for (const made of tiles.values()) made.hidden = true;
    const show = (id, isKnown, ...rest) => {
      if (!isKnown) return;
      tile(id, ...rest);
      tiles.get(id).hidden = false;
    };
    show('requested', has(one.requestedBytes), 'Requested', bytes(one.requestedBytes), exactBytes(one.requestedBytes));
    show('committed', has(one.committedBytes), 'Committed', bytes(one.committedBytes), exactBytes(one.committedBytes));
    show('limit', has(one.limitBytes), 'Limit', bytes(one.limitBytes), percent(one.usedBytes / one.limitBytes) + ' used');
    show('peak', has(one.peakCommittedBytes), 'Peak committed', bytes(one.peakCommittedBytes), exactBytes(one.peakCommittedBytes));
    show('blocks', has(one.liveBlocks), 'Live blocks', number(one.liveBlocks), number(one.allocations) + ' allocated');
    show('hits', has(one.hitRate), 'Hit rate', percent(one.hitRate), has(one.misses) ? number(one.misses) + ' misses' : '');
    show('refused', has(one.refused), 'Refused', number(one.refused), one.refused === 1 ? 'request' : 'requests');
    show('waste', has(one.internalFragmentation), 'Waste in blocks', percent(one.internalFragmentation),
        has(one.allocatedBytes) ? exactBytes(one.allocatedBytes - one.requestedBytes) : '');
    show('utilisation', has(one.utilisation), 'Utilisation', percent(one.utilisation), 'of the committed bytes');
    show('metadata', has(one.metadataBytes), 'Bookkeeping', bytes(one.metadataBytes), exactBytes(one.metadataBytes));
    show('invalid', one.invalidFrees > 0, 'Invalid frees', number(one.invalidFrees), 'refused');
    show('time', has(one.nsPerEvent), 'Time', figure('', one.nsPerEvent) + ' ns', 'an event');
  }

  function showProblems(one) {
    const problems = [...(data.health ? data.health.reasons : []),
      ...(one.alerts || []).map(alert => ({status: 'DEGRADED', text: alert.text})),
      ...(one.closed ? [{status: 'DOWN', text: 'The allocator is closed; these are its last figures.'}] : [])];
    $('problems').hidden = problems.length === 0;
    fill($('problems').firstElementChild, problems, () => problems.map(problem => element('li', {class: problem.status}, problem.text)));
    $('health').hidden = !data.health;
    if (data.health) {
      $('health').className = 'pill ' + data.health.status;
      $('health').textContent = data.health.status.toLowerCase();
    }
  }

  function showTables(one) {
    showTable('tiers', [
      ['Tier', tier => tier.name, 'text'], ['Strategy', tier => tier.strategy, 'text'], ['Up to', tier => bytes(tier.upTo)],
      ['Live blocks', tier => number(tier.liveBlocks)], ['Requested', tier => bytes(tier.requestedBytes)],
      ['Committed', tier => bytes(tier.committedBytes)], ['Waste in blocks', tier => percent(tier.internalFragmentation)],
      ['Utilisation', tier => percent(tier.utilisation)], ['Hit rate', tier => percent(tier.hitRate)],
      ['Retained at most', tier => bytes(tier.retainedBytes)], ['Size classes', tier => number(tier.classes || null)]
    ], one.tiers || []);
    showTable('tags', [
      ['Tag', tag => tag.name, 'text'], ['Live blocks', tag => number(tag.liveBlocks)], ['Requested', tag => bytes(tag.requestedBytes)],
      ['Committed', tag => bytes(tag.committedBytes)], ['Utilisation', tag => percent(tag.utilisation)], ['Hit rate', tag => percent(tag.hitRate)]
    ], one.tags || []);
    showTable('history', [
      ['Time', event => has(event.time) ? clock(event.time) : '', 'text'],
      ['Event', event => words(event.kind), 'text'], ['What and why', event => event.text, 'text wrap']
    ], [...(one.history || []), ...(data.events || []).filter(event => !event.allocator || event.allocator === chosen)].reverse());
    showWatched([...data.watched, ...(one.pools || [])]);
  }

  /** A section for each type: every figure of a few things, or a table with a row for each of many. */
  function showWatched(things) {
    fill($('watched'), things, () => [...new Set(things.map(thing => thing.type))].map(type => {
      const those = things.filter(thing => thing.type === type);
      const shown = those.length > 2 ? [watchedTable(those)] : those.flatMap(watchedFigures);
      return element('section', {'data-type': type}, element('h2', {}, words(type) + (those.length > 1 ? 's' : '')), ...shown);
    }));
  }

  const watchedTable = things => element('div', {class: 'scroll', tabindex: 0}, table([
    ['Name', thing => thing.name, 'text'],
    ...Object.keys(things[0].figures).map(name => [words(name), thing => figure(name, thing.figures[name])])
  ], things));

  const watchedFigures = thing => [element('h3', {}, thing.name), element('dl', {}, ...Object.entries(thing.figures).map(([name, value]) =>
      element('div', {}, element('dt', {}, words(name)), element('dd', {}, figure(name, value)))))];

  // The map

  const slots = place => Math.floor(place.bytes / place.slot);
  const share = place => Math.min(1, place.live / place.bytes);

  const hex = address => '0x' + address.toString(16); // below 2 to the power of 53

  function kindOf(place) {
    if (place.live === 0) return 'empty';
    if (place.slot ? place.blocks === slots(place) : share(place) > 0.99) return 'full';
    return share(place) < SPARSE ? 'sparse' : 'part';
  }

  const titleOf = place => (place.slot ? 'Slab of ' + number(place.slot) + '-byte slots' : 'Part of ' + bytes(place.bytes) + ' without slabs');
  const stateOf = place => place.slot
      ? number(place.blocks) + ' of ' + number(slots(place)) + ' slots live'
      : percent(share(place)) + ' live';

  function placeButton(place) {
    const kind = kindOf(place);
    const button = element('button', {
      type: 'button', class: 'place ' + kind + (place.slot ? ' slab' : ' cell'), tabindex: -1, 'data-address': hex(place.address),
      'aria-pressed': hex(place.address) === selected ? 'true' : 'false',
      'aria-label': titleOf(place) + ', ' + stateOf(place) + ', ' + kind, title: titleOf(place) + ': ' + stateOf(place)
    });
    if (kind === 'part' || kind === 'sparse') button.style.setProperty('--fill', Math.max(12, Math.round(share(place) * 100)) + '%');
    return button;
  }

  function showMap() {
    const map = maps[chosen];
    $('map').hidden = !map || map.chunks.length === 0;
    if (!map) {
      $('classes').hidden = true;
      return;
    }
    const places = map.chunks.flatMap(chunk => chunk.places);
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.address : null;
    $('cells').hidden = places.every(place => place.slot);
    const fills = map.chunks.map(chunk => [chunk.address, chunk.free, ...chunk.places.map(place => [place.address, place.slot, place.live])]);
    fill($('chunks'), [chosen, fills], () => map.chunks.map(chunk => element('div', {class: 'chunk'},
        element('span', {}, bytes(chunk.bytes) + (chunk.free > 0 && chunk.places.some(place => place.slot) ? ', ' + bytes(chunk.free) + ' without slabs' : '')),
        element('div', {}, ...chunk.places.map(placeButton)))));
    const stop = buttonOf(focused) || buttonOf(selected) || $('chunks').querySelector('.place');
    if (stop) stop.tabIndex = 0;
    if (focused && buttonOf(focused)) buttonOf(focused).focus({preventScroll: true});
    showSummary(map, places);
    showPins(map, places);
    showDetail();
    showClasses(map.classes, places);
  }

  const sum = (all, value) => all.reduce((total, one) => total + value(one), 0);

  const buttonOf = address => address ? $('chunks').querySelector('[data-address="' + address + '"]') : null;

  function showSummary(map, places) {
    const slabs = places.filter(place => place.slot);
    const of = kind => slabs.filter(place => kindOf(place) === kind);
    const sparse = of('sparse');
    $('summary').textContent = number(map.chunks.length) + ' chunks, ' + bytes(sum(map.chunks, chunk => chunk.bytes)) + ' together, with '
        + number(slabs.length) + ' slabs: ' + number(of('full').length) + ' full, ' + number(of('part').length) + ' partly used, '
        + number(sparse.length) + ' sparse, ' + number(of('empty').length) + ' empty.'
        + (sparse.length ? ' In the sparse ones ' + bytes(sum(sparse, place => place.live)) + ' of live blocks keep '
            + bytes(sum(sparse, place => place.bytes)) + ' from other use.' : '')
        + (map.leftOut ? ' ' + number(map.leftOut) + ' more are not drawn.' : '');
  }

  /** Server.serve(Server.java:12), without the package. */
  const siteName = site => site.frames.length ? site.frames[0].replace(/^.*\/|([a-z_][\w]*\.)+(?=[A-Z])/g, '') : 'an unknown place';

  function siteElement(site) {
    if (!site.frames.length) return siteName(site);
    return element('details', {}, element('summary', {}, element('code', {}, siteName(site))), element('pre', {class: 'frames'}, site.frames.join('\n')));
  }

  const OWNER_COLUMNS = sites => [
    ['Tag', owner => sites[owner.site].tag || '–', 'text'],
    ['Allocated at', owner => siteElement(sites[owner.site]), 'text'],
    ['Blocks', owner => number(owner.blocks) + (owner.unreachable ? ', ' + number(owner.unreachable) + ' lost' : '')], ['Bytes', owner => bytes(owner.bytes)], ['Oldest', owner => age(owner.oldestMillis)]
  ];

  /** The owners of the blocks in sparse slabs, together: by site with tracking, otherwise by part of the allocator. */
  function showPins(map, places) {
    if (!map.tracked) {
      showParts(map);
      return;
    }
    const bySite = new Map();
    for (const place of places.filter(one => one.slot && kindOf(one) === 'sparse')) {
      for (const owner of place.owners || []) {
        const sum = bySite.get(owner.site) || {site: owner.site, slabs: 0, blocks: 0, unreachable: 0, bytes: 0, oldestMillis: 0};
        sum.slabs++;
        sum.blocks += owner.blocks;
        sum.bytes += owner.bytes;
        sum.unreachable += owner.unreachable;
        sum.oldestMillis = Math.max(sum.oldestMillis, owner.oldestMillis);
        bySite.set(owner.site, sum);
      }
    }
    const rows = [...bySite.values()].sort((one, other) => other.slabs - one.slabs).slice(0, 8);
    showTable('pins', [...OWNER_COLUMNS(map.sites), ['Slabs', owner => number(owner.slabs)]], rows);
  }

  function showParts(map) {
    const byPart = new Map();
    for (const chunk of map.chunks.filter(one => one.part)) {
      for (const place of chunk.places.filter(one => one.slot && kindOf(one) === 'sparse')) {
        const sum = byPart.get(chunk.part) || {part: chunk.part, blocks: 0, live: 0, slabs: 0};
        sum.slabs++;
        sum.blocks += place.blocks;
        sum.live += place.live;
        byPart.set(chunk.part, sum);
      }
    }
    const rows = [...byPart.values()].sort((one, other) => other.slabs - one.slabs).slice(0, 8);
    showTable('pins', [
      ['Part', row => row.part, 'text'],
      ['Blocks', row => number(row.blocks)], ['Bytes', row => bytes(row.live)], ['Slabs', row => number(row.slabs)]
    ], rows);
  }

  function showDetail() {
    const map = maps[chosen];
    const chunk = selected && map ? map.chunks.find(one => one.places.some(place => hex(place.address) === selected)) : null;
    const place = chunk ? chunk.places.find(one => hex(one.address) === selected) : null;
    $('detail').hidden = !place;
    for (const button of $('chunks').querySelectorAll('[aria-pressed=true]')) button.setAttribute('aria-pressed', 'false');
    if (!place) return;
    buttonOf(selected).setAttribute('aria-pressed', 'true');
    fill($('detail'), [place, map.tracked], () => {
      const close = element('button', {type: 'button', 'aria-label': 'Close'}, '×');
      close.addEventListener('click', unselect);
      const known = place.sampled
          ? [element('p', {class: 'small muted'}, number(place.sampled) + ' of ' + number(place.blocks) + ' blocks are tracked.'),
            element('div', {class: 'scroll', tabindex: 0}, table(OWNER_COLUMNS(map.sites), place.owners))]
          : [element('p', {class: 'small muted'}, place.blocks === 0 ? 'No block is live in it.'
              : map.tracked ? 'None of its blocks is in the sample of the tracking.'
              : 'Who allocated its blocks is not known. Allocators.tracking makes an allocator that knows.')];
      return [
        element('h3', {}, titleOf(place), close),
        element('p', {}, stateOf(place) + ', ' + bytes(place.bytes - place.live) + ' of ' + bytes(place.bytes) + ' free, at ', element('code', {}, hex(place.address))),
        ...(chunk.part ? [element('p', {}, 'It belongs to the part ', element('strong', {}, chunk.part), ' of the allocator.')] : []),
        ...known
      ];
    });
  }

  function unselect() {
    const button = buttonOf(selected);
    selected = null;
    showDetail();
    if (button) button.focus();
  }

  function select(button) {
    $('detail').shown = null; // what was open belongs to another slab
    $('detail').replaceChildren();
    selected = button.dataset.address;
    focusPlace(button);
    showDetail();
  }

  function focusPlace(button) {
    for (const other of $('chunks').querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
  }

  function moveInMap(event) {
    const buttons = [...$('chunks').querySelectorAll('.place')];
    const at = buttons.indexOf(document.activeElement);
    if (at < 0) return;
    const box = buttons[at].getBoundingClientRect();
    const steps = {
      ArrowRight: () => buttons[at + 1],
      ArrowLeft: () => buttons[at - 1],
      Home: () => buttons[0],
      End: () => buttons[buttons.length - 1],
      ArrowDown: () => nearest(buttons, box, other => other.top - box.top),
      ArrowUp: () => nearest(buttons, box, other => box.top - other.top)
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const to = step();
    if (to) focusPlace(to);
  }

  /** The place in the next row of a direction that is nearest sideways. */
  function nearest(buttons, box, distance) {
    let best = null;
    let bestRank = Infinity;
    for (const button of buttons) {
      const other = button.getBoundingClientRect();
      const down = distance(other);
      const rank = down * 1e4 + Math.abs(other.left - box.left);
      if (down > box.height / 2 && rank < bestRank) {
        best = button;
        bestRank = rank;
      }
    }
    return best;
  }

  function showClasses(classes, places) {
    $('classes').hidden = classes.length === 0;
    if (!classes.length) return;
    chart('classes', {
      xAxis: {type: 'category', data: classes.map(one => bytes(one.slot)), axisTick: {show: false}, axisLabel: {...labels(), margin: 10}},
      yAxis: byteAxis(classes.map(one => one.slabBytes)), format: bytes,
      series: [
        {name: 'Live', type: 'bar', stack: 'all', barMaxWidth: 36, itemStyle: {color: color('requested')}, data: classes.map(one => one.blocks * one.slot)},
        {name: 'Free in slabs', type: 'bar', stack: 'all', itemStyle: {color: color('committed'), opacity: 0.45}, data: classes.map(one => one.slabBytes - one.blocks * one.slot)}
      ]
    });
    const waste = one => {
      const sampled = places.filter(place => place.slot === one.slot && place.sampled);
      const count = sum(sampled, place => place.sampled);
      return count ? percent(1 - sum(sampled, place => place.sampledRequestedBytes) / (count * one.slot)) : 'needs tracking';
    };
    showTable('classes', [
      ['Slot', one => number(one.slot) + ' bytes'], ['Slabs', one => number(one.slabs)], ['Live blocks', one => number(one.blocks)],
      ['Live', one => bytes(one.blocks * one.slot)], ['Slab bytes', one => bytes(one.slabBytes)], ['Fill', one => percent(one.blocks * one.slot / one.slabBytes)],
      ['Waste in blocks', one => one.waste]
    ], classes.map(one => ({...one, waste: waste(one)})));
  }

  // All of it

  function allocator() {
    return data.allocators.find(one => one.name === chosen) || {};
  }

  function showNow() {
    const one = allocator();
    showFigures(one);
    showProblems(one);
    showTables(one);
    showMemory();
    showRequests();
    showComparison();
    $('state').textContent = isLive ? (isPaused ? 'paused' : 'live, read at ' + clock(data.time))
        : 'report of ' + new Date(data.time).toLocaleString('en-GB');
    document.body.dataset.time = data.time;
  }

  function showAll() {
    showNow();
    showMap();
  }

  /** The same as Samples.java: the recent past stays exact, and the distant past becomes coarser. */
  function addSamples(update) {
    for (const one of update.allocators) {
      const columns = samples[one.name];
      for (const name of Object.keys(columns)) {
        columns[name].push(name === 'x' ? update.time : has(one[name]) ? one[name] : null);
        if (columns[name].length >= MOST_SAMPLES) {
          columns[name] = columns[name].filter((_, i) => i >= MOST_SAMPLES / 2 || i % 2 === 0);
        }
      }
    }
  }

  async function readMap() {
    const name = chosen;
    try {
      const answer = await fetch('map?' + encodeURIComponent(name));
      if (!answer.ok) return;
      const map = await answer.json();
      if (isPaused) return;
      maps[name] = map;
      if (name === chosen) showMap();
    } catch (e) {
      if (e instanceof TypeError) return; // no connection, which the events report
      throw e;
    }
  }

  /** Reads the map only while it is on the screen, because it costs the program a walk over its memory. */
  function followMap() {
    let isSeen = true;
    new IntersectionObserver(entries => {
      isSeen = entries[entries.length - 1].isIntersecting;
    }).observe($('map'));
    setInterval(() => {
      if (!document.hidden && !isPaused && (isSeen || $('map').hidden)) readMap();
    }, MAP_MILLIS);
  }

  function follow() {
    const events = new EventSource('events');
    events.onmessage = event => {
      const update = JSON.parse(event.data);
      addSamples(update);
      if (isPaused) return;
      data = {...update, axis: data.axis, samples, maps};
      if (!document.hidden) showNow();
    };
    events.onerror = () => {
      $('state').textContent = 'no connection, trying again';
    };
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && !isPaused) showNow();
    });
    $('pause').hidden = false;
    $('save').hidden = false;
    $('pause').addEventListener('click', () => {
      isPaused = !isPaused;
      $('pause').textContent = isPaused ? 'Resume' : 'Pause';
      showNow();
      if (!isPaused) readMap();
    });
    readMap();
    followMap();
  }

  function remember(theme) {
    try {
      localStorage.setItem('ashlar-theme', theme);
    } catch (e) {
      return; // a file may have no storage
    }
  }

  function remembered() {
    try {
      return localStorage.getItem('ashlar-theme') || 'auto';
    } catch (e) {
      return 'auto';
    }
  }

  function useTheme(theme) {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    $('theme').value = theme;
  }

  document.title = data.title;
  $('title').textContent = data.title;
  $('note').hidden = !data.note;
  $('note').textContent = data.note || '';
  $('choice').hidden = data.allocators.length < 2;
  $('allocator').append(...data.allocators.map(one => element('option', {value: one.name}, one.name)));
  $('allocator').addEventListener('change', () => {
    chosen = $('allocator').value;
    selected = null;
    showAll();
    if (isLive) readMap();
  });
  $('theme').addEventListener('change', () => {
    useTheme($('theme').value);
    remember($('theme').value);
    showAll();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showAll);
  $('only').addEventListener('change', () => $('chunks').classList.toggle('only', $('only').checked));
  $('chunks').addEventListener('click', event => {
    const button = event.target.closest('.place');
    if (button) select(button);
  });
  $('chunks').addEventListener('keydown', moveInMap);
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape' && selected) unselect();
  });
  useTheme(remembered());
  showAll();
  if (isLive) follow();
})();
