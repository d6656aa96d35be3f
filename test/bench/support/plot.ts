/** The report's plot: a bar a row on a logarithmic axis, with a mark where the target is. Plain SVG. */
import { advantage, type Row, verdict } from './row.ts';

const WIDTH = 960;
const LABEL_WIDTH = 470;
const ROW_HEIGHT = 22;
const TOP = 44;
const MARGIN = 60;
const DECADES = [0.1, 1, 10, 100, 1000];

const colours = { met: '#2f855a', missed: '#c05621', 'no target': '#718096' } as const;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** @returns an SVG document */
export function plot(rows: readonly Row[]): string {
  const drawn = rows.filter((row) => verdict(row) !== 'no target' && Number.isFinite(advantage(row)));
  const height = TOP + drawn.length * ROW_HEIGHT + 16;
  const [least = 0.1, most = 1000] = [DECADES[0], DECADES.at(-1)];
  const scale = (value: number): number => {
    const within = Math.min(Math.max(value, least), most);
    const share = Math.log10(within / least) / Math.log10(most / least);
    return LABEL_WIDTH + share * (WIDTH - LABEL_WIDTH - MARGIN);
  };
  const bottom = height - 12;
  const axis = DECADES.map((value) => {
    const x = scale(value).toFixed(1);
    const stroke = value === 1 ? '#1a202c' : '#cbd5e0';
    return (
      `<line x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${bottom}" stroke="${stroke}"/>` +
      `<text x="${x}" y="${TOP - 12}" text-anchor="middle">${value}×</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="12" y="20" font-size="14">How many times better than the peer (│ target; green met, orange missed)</text>
${axis.join('\n')}
${drawn.map((row, i) => bar(row, TOP + i * ROW_HEIGHT, scale)).join('\n')}
</svg>
`;
}

function bar(row: Row, top: number, scale: (value: number) => number): string {
  const value = advantage(row);
  const [from, to] = [scale(1), scale(value)];
  const x = Math.min(from, to).toFixed(1);
  const width = Math.max(Math.abs(to - from), 1).toFixed(1);
  const middle = top + ROW_HEIGHT / 2;
  const target = row.target === undefined ? undefined : scale(row.target).toFixed(1);
  const mark =
    target === undefined
      ? ''
      : `<line x1="${target}" x2="${target}" y1="${top + 2}" y2="${top + ROW_HEIGHT - 2}" stroke="#1a202c" stroke-width="2"/>`;
  return (
    `<text x="12" y="${middle + 4}">${escaped(`${row.id}  ${row.what}`)}</text>` +
    `<rect x="${x}" y="${top + 4}" width="${width}" height="${ROW_HEIGHT - 8}" fill="${colours[verdict(row)]}"/>` +
    mark +
    `<text x="${(Math.max(from, to) + 6).toFixed(1)}" y="${middle + 4}">${value.toPrecision(2)}×</text>`
  );
}
